import type { Fault, FaultType } from '../../sim/plan/fault.ts';
import type { Plan, STANDARD } from '../../sim/plan/plan.ts';

/** How a fault of a plan maps to real processes. */
export type FaultMapping =
  /** As the plan says. */
  | { readonly type: 'done' }
  /** Something near it; `how` says what. */
  | { readonly type: 'adapted'; readonly how: string }
  /** Not at all; the verdict lists it. */
  | { readonly type: 'skipped'; readonly reason: string };

/** Part of a plan that a live cluster does otherwise, or not at all. */
export interface Limit {
  /** The type of a fault, or the path of a knob: `network.duplicate`. */
  readonly what: string;
  readonly how: 'adapted' | 'skipped';
  readonly reason: string;
}

const DONE: FaultMapping = { type: 'done' };

/** Of a node that joins, also again: it reaches the others, and they it, without proxies. */
const WITHOUT_PROXIES = 'links of a node that has joined go past the proxies, so they are not cut';

/** Faults that live processes cannot have, with the reason. */
const UNSUPPORTED: Partial<Readonly<Record<FaultType, string>>> = {
  'slow-process': 'a process cannot be slowed down by a given time per step; pause and resume stop it altogether',
  'fast-process': 'no process was slowed down',
  'jump-clock': 'all processes share the clock of this machine, which is not set',
  'set-clock': 'no clock was set wrong',
  deploy: 'all processes run the code of this command',
  'lose-record': 'no process can be asked whether the others have what its disk would lose',
  'rot-disk': 'the tests of the storage damage bytes of a record',
  'put-back': 'a disk that was set aside stays there; test/live puts one back',
  'back-up': 'a folder is not copied while its process writes; test/live starts a copy',
  'start-copy': 'no copy was made',
  'short-disk': 'how full a disk is, is asked of the system; test/live fills one',
  'roomy-disk': 'no disk was nearly full',
  poison: 'a hostile neighbour is not one of these processes; the tests of hostile peers are',
  forge: 'the hostile inputs of the live tests send what a stranger says',
  suspect: 'hints come from refused connections alone; crash and restart give them',
};

/** Faults done as the plan says, unless `mapFault` makes an exception. */
const SUPPORTED: ReadonlySet<string> = new Set<FaultType>([
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
  'join',
  'leave',
  'remove',
  'rejoin',
  'replace',
]);

export function mapFault(fault: Fault): FaultMapping {
  if (!SUPPORTED.has(fault.type)) {
    return { type: 'skipped', reason: UNSUPPORTED[fault.type] ?? 'live processes are not asked for this yet' };
  }
  if (fault.type === 'crash' && fault.afterActions > 0) {
    return { type: 'adapted', how: 'kill −9 at once: the actions of a process cannot be counted from outside' };
  }
  if (fault.type === 'pause' && fault.clock === 'stops') {
    return { type: 'adapted', how: 'the clock of a process that stands still goes on' };
  }
  if (fault.type === 'weather' && (fault.duplicate ?? 0) > 0) {
    return { type: 'adapted', how: 'a stream doubles nothing: duplicate is left out' };
  }
  if (fault.type === 'join' || fault.type === 'rejoin' || fault.type === 'replace') {
    return { type: 'adapted', how: WITHOUT_PROXIES };
  }
  return DONE;
}

/** Limits of a plan besides its faults. `defaults`: a plan without any wishes. */
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
    'the deduplication window is part of the first configuration, with its default',
  );
  return limits;
}

function differs(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
