import * as fc from 'fast-check';
import {
  type FaultInput,
  faultsOf,
  type Ground,
  PASSING,
  type Strike,
  type StrikeKind,
  type Target,
} from './strikes.ts';

export interface FaultOptions {
  /** Kinds of fault; all that pass by default. Earlier kinds count as simpler. */
  readonly kinds?: readonly StrikeKind[];
  /** 6 by default. */
  readonly strikesAtMost?: number;
}

/**
 * Fault schedules for a cluster of known size, each fault with its end, in order of time. They shrink to none, to the
 * simpler kind, to the primary, to early and short.
 */
export function faultSchedules(ground: Ground, options: FaultOptions = {}): fc.Arbitrary<readonly FaultInput[]> {
  return strikes(ground.horizon, options).map((struck) => scheduleOf(struck, ground));
}

/** The same before the cluster is known. */
export function strikes(horizonAtMost: number, options: FaultOptions = {}): fc.Arbitrary<readonly Strike[]> {
  const { kinds = PASSING, strikesAtMost = 6 } = options;
  if (kinds.length === 0) return fc.constant([]);
  const strike: fc.Arbitrary<Strike> = fc.record({
    kind: fc.constantFrom(...kinds),
    at: tens(200, horizonAtMost),
    lasting: tens(20, 3_000),
    target,
    severity: fc.integer({ min: 0, max: 99 }),
  });
  return fc.array(strike, { maxLength: strikesAtMost });
}

/** The faults, once the cluster is known. */
export function scheduleOf(struck: readonly Strike[], ground: Ground): readonly FaultInput[] {
  return struck
    .flatMap((strike, place) => faultsOf(strike, place + 1, ground))
    .map((fault, place) => ({ fault, place }))
    .sort((a, b) => a.fault.at - b.fault.at || a.place - b.place)
    .map(({ fault }) => fault);
}

/** Milliseconds in steps of ten, for readability. */
export function tens(low: number, high: number): fc.Arbitrary<number> {
  return fc.integer({ min: Math.ceil(low / 10), max: Math.floor(high / 10) }).map((count) => count * 10);
}

const target: fc.Arbitrary<Target> = fc.record({
  type: fc.constantFrom('primary', 'server', 'server', 'frontEnd', 'highest'),
  number: fc.nat({ max: 6 }),
});
