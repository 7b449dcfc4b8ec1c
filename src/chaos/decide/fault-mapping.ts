import type { Fault, FaultType } from '../../sim/plan/fault.ts';
import type { Plan, STANDARD } from '../../sim/plan/plan.ts';

/** What comes of a fault of a plan where the processes are real. */
export type FaultMapping =
  /** What the plan says. */
  | { readonly type: 'done' }
  /** Something near it; `how` says what. */
  | { readonly type: 'adapted'; readonly how: string }
  /** Nothing, and the verdict says so. */
  | { readonly type: 'skipped'; readonly reason: string };

/** Something a plan asks for and a live cluster does otherwise, or not at all. */
export interface Limit {
  /** The type of a fault, or the path of a knob: `network.duplicate`. */
  readonly what: string;
  readonly how: 'adapted' | 'skipped';
  readonly reason: string;
}

const DONE: FaultMapping = { type: 'done' };

const NO_MEMBERS = 'the links of a node have their proxies before it runs, so nobody comes and nobody goes for good';

/** Why live processes are spared these. */
const BEYOND: Partial<Readonly<Record<FaultType, string>>> = {
  'slow-process': 'nothing here slows a process down by a given time per step; pause and resume stop it altogether',
  'fast-process': 'no process was slowed down',
  'jump-clock': 'all processes share the clock of this machine, and it is not ours to set',
  'set-clock': 'no clock was set wrong',
  'rot-disk': 'which bytes a record is made of is for the storage and its own tests to know',
  join: NO_MEMBERS,
  leave: NO_MEMBERS,
  remove: NO_MEMBERS,
  rejoin: NO_MEMBERS,
  suspect: 'hints come from refused connections alone; crash and restart give them',
};

/** Faults that are done as the plan says, unless `mapFault` makes an exception. */
const DOABLE: ReadonlySet<string> = new Set<FaultType>([
  'crash',
  'restart',
  'stop',
  'transfer',
  'pause',
  'resume',
  'partition',
  'heal',
  'hold',
  'release',
  'flap',
  'weather',
  'clear',
  'reset',
  'slow-disk',
  'fast-disk',
  'stick-disk',
  'free-disk',
  'fill-disk',
  'empty-disk',
  'fail-sync',
  'lose-disk',
]);

export function mapFault(fault: Fault): FaultMapping {
  if (!DOABLE.has(fault.type)) {
    return { type: 'skipped', reason: BEYOND[fault.type] ?? 'live processes are not asked for this yet' };
  }
  if (fault.type === 'crash' && fault.afterActions > 0) {
    return { type: 'adapted', how: 'kill −9 at once: nobody outside counts the actions of a process' };
  }
  if (fault.type === 'pause' && fault.clock === 'stops') {
    return { type: 'adapted', how: 'the clock of a process that stands still goes on' };
  }
  if (fault.type === 'weather' && (fault.duplicate ?? 0) > 0) {
    return { type: 'adapted', how: 'a stream doubles nothing: duplicate is left out' };
  }
  return DONE;
}

/** What a plan asks for besides its faults and does not get here. `defaults`: a plan that asks for nothing. */
export function limitsOf(plan: Plan, defaults: typeof STANDARD): readonly Limit[] {
  const limits: Limit[] = [];
  const skip = (what: string, isAsked: boolean, reason: string): void => {
    if (isAsked) limits.push({ what, how: 'skipped', reason });
  };
  skip('network.duplicate', plan.network.duplicate > 0, 'a stream doubles nothing');
  skip('disk', differs(plan.disk, defaults.disk), 'a disk takes the time it takes; slow-disk makes one slower');
  skip('clocks', differs(plan.clocks, defaults.clocks), 'all processes share the clock of this machine');
  skip('ending', plan.ending === 'core', 'everything is healed that still has its disk');
  const { dedupeFor, dedupeMargin } = plan.settings;
  skip(
    'settings.dedupeFor',
    dedupeFor !== undefined || dedupeMargin !== undefined,
    'how long requests count is part of the first configuration, with its default',
  );
  return limits;
}

function differs(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
