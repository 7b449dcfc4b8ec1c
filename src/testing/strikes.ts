import { unreachable } from '../protocol/model/assert.ts';
import type { PlanInput } from '../sim/plan/plan.ts';

export type FaultInput = NonNullable<PlanInput['faults']>[number];

/** A fault together with its end. */
export type StrikeKind = (typeof PASSING)[number] | (typeof FOR_GOOD)[number];

/** Faults that pass: all is as before after their end. The first is the simplest. */
export const PASSING = [
  'crash',
  'pause',
  'partition',
  'one-way',
  'hold',
  'flap',
  'weather',
  'reset',
  'suspect',
  'slow-process',
  'slow-disk',
  'stick-disk',
  'fill-disk',
  'fail-sync',
  'jump-clock',
] as const;

/**
 * Faults that a node does not recover from. Enough of them lose the cluster, which is neither a violation nor a story.
 */
export const FOR_GOOD = ['rot-disk', 'lose-disk'] as const;

/** One fault with its end, as plain values. */
export interface Strike {
  readonly kind: StrikeKind;
  /** Milliseconds since the start, and from there to its end. */
  readonly at: number;
  readonly lasting: number;
  readonly target: Target;
  /** From 0 to 99, for kinds that have degrees. */
  readonly severity: number;
}

export interface Target {
  readonly type: 'primary' | 'highest' | 'server' | 'frontEnd';
  /** The number of the target, counted around. */
  readonly number: number;
}

/** The cluster that faults may hit. */
export interface Ground {
  readonly servers: number;
  readonly frontEnds: number;
  readonly groups: readonly string[];
  readonly horizon: number;
}

/** The faults of a strike; none if it comes after the horizon. `number` distinguishes it from other strikes. */
export function faultsOf(strike: Strike, number: number, ground: Ground): readonly FaultInput[] {
  const { kind, at, severity, target } = strike;
  if (at > ground.horizon) return [];
  const until = Math.min(ground.horizon, at + strike.lasting);
  const node = placeOf(target, ground);
  const name = `${kind} ${number}`;
  switch (kind) {
    case 'crash': {
      // A severe crash falls between two actions of the process.
      const afterActions = Math.floor(severity / 10);
      return [{ type: 'crash', at, node, ...(afterActions === 0 ? {} : { afterActions }) }, restart(until)];
    }
    case 'pause':
      return [
        { type: 'pause', at, node, ...(severity < 50 ? {} : { clock: 'stops' as const }) },
        { type: 'resume', at: until },
      ];
    case 'partition':
      return [
        { type: 'partition', at, name, from: [node] },
        { type: 'heal', at: until, name },
      ];
    case 'one-way': {
      const sides = severity < 50 ? { from: [node] } : { from: ['others'], to: [node] };
      return [
        { type: 'partition', at, name, ...sides, oneWay: true },
        { type: 'heal', at: until, name },
      ];
    }
    case 'hold':
      return [
        { type: 'hold', at, name, from: [node], oneWay: severity < 50 },
        { type: 'release', at: until, name },
      ];
    case 'flap': {
      const millis = 20 + severity * 5;
      return [
        { type: 'flap', at, name, from: [node], downMillis: millis, upMillis: millis },
        { type: 'heal', at: until, name },
      ];
    }
    case 'weather':
      return [
        { type: 'weather', at, name, from: [node], drop: severity * 5, duplicate: severity * 2 },
        { type: 'clear', at: until, name },
      ];
    case 'reset':
      return [{ type: 'reset', at, node: frontEnd(target.number, ground) }];
    case 'suspect':
      return [{ type: 'suspect', at, node: frontEnd(target.number, ground), of: node }];
    case 'slow-process':
      return [
        { type: 'slow-process', at, node: named(target, ground), stepMicros: 1_000 + severity * 100 },
        { type: 'fast-process', at: until, node: named(target, ground) },
      ];
    case 'slow-disk':
    case 'stick-disk':
    case 'fill-disk':
    case 'fail-sync':
    case 'rot-disk':
    case 'lose-disk':
    case 'jump-clock':
      return hardwareFaultsOf(kind, { at, until, severity, node: named(target, ground) });
    default:
      return unreachable(kind);
  }
}

/** Faults of a disk or a clock, at a node known by name. */
function hardwareFaultsOf(
  kind: Extract<StrikeKind, `${string}-disk` | 'fail-sync' | 'jump-clock'>,
  { at, until, severity, node }: { at: number; until: number; severity: number; node: string },
): readonly FaultInput[] {
  switch (kind) {
    case 'slow-disk':
      return [
        { type: 'slow-disk', at, node, syncMicros: 20_000 + severity * 5_000 },
        { type: 'fast-disk', at: until, node },
      ];
    case 'stick-disk':
      return [
        { type: 'stick-disk', at, node },
        { type: 'free-disk', at: until, node },
      ];
    case 'fill-disk':
      return [{ type: 'fill-disk', at, node }, { type: 'empty-disk', at: until, node }, restart(until)];
    case 'fail-sync':
      return [{ type: 'fail-sync', at, node }, restart(until)];
    case 'jump-clock':
      return [
        { type: 'jump-clock', at, node, byMillis: (severity - 50) * 100 },
        { type: 'set-clock', at: until, node },
      ];
    case 'rot-disk':
      return [{ type: 'rot-disk', at, node }];
    case 'lose-disk':
      return [{ type: 'lose-disk', at, node }];
    default:
      return unreachable(kind);
  }
}

function restart(at: number): FaultInput {
  return { type: 'restart', at };
}

function placeOf({ type, number }: Target, ground: Ground): string {
  switch (type) {
    case 'primary':
    case 'highest':
      return `${type} of ${ground.groups[number % Math.max(1, ground.groups.length)] ?? ''}`;
    case 'server':
      return `s${1 + (number % ground.servers)}`;
    case 'frontEnd':
      return frontEnd(number, ground);
    default:
      return unreachable(type);
  }
}

/** By name, for a fault whose end must find the same node: a role may have moved meanwhile. */
function named(target: Target, ground: Ground): string {
  return target.type === 'frontEnd' ? frontEnd(target.number, ground) : onServer(target, ground);
}

function onServer(target: Target, ground: Ground): string {
  return `s${1 + (target.number % ground.servers)}`;
}

function frontEnd(number: number, { frontEnds }: Ground): string {
  return `f${1 + (number % frontEnds)}`;
}
