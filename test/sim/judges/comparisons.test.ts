import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import type { StateHash } from '../../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { comparisons } from '../../../src/sim/judges/comparisons.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { dataServers, emptyLog, epoch, extend, NOOP, primary, service, step } from '../../support/sim/bad-cluster.ts';

// A state that differs is found within a bounded time (PROTOCOL §11.8).

const ONE = epoch(1, 's1');
const COMPARE_EVERY = 1_000;
const LOG = extend(emptyLog(), ONE, NOOP, NOOP, NOOP);
const [sums] = service.apps;

type Leading = Partial<NonNullable<SeenReplica['leading']>>;

/** s1, primary since 0, whose entries are all visible. */
function leading(more: Leading = {}, rest: Partial<SeenReplica> = {}, log = LOG): SeenReplica {
  const last = log.entries.size;
  const seen = primary(log, ONE, last);
  return { ...seen, leading: { epoch: ONE, raftCommit: last, first: 1, since: 0, beatAt: 0, ...more }, ...rest };
}

/** What the judge says of a step of s1 at that time. */
function judged(
  now: number,
  before: SeenReplica,
  after: SeenReplica,
  code: App | undefined = sums,
): string | undefined {
  const settings = { ...DEFAULT_SETTINGS, compareEvery: COMPARE_EVERY };
  return comparisons({ settings, codeAt: () => code, millisOf: () => now }).stepped?.(step('s1', after, before));
}

/** What it says of a heartbeat that such a primary sends at that time. */
function beats(now: number, more: Leading = {}, rest: Partial<SeenReplica> = {}, log = LOG, code = sums): unknown {
  return judged(now, leading(more, rest, log), leading({ ...more, beatAt: now }, rest, log), code);
}

const LATE = 3 * COMPARE_EVERY + 1;

describe('A primary that compares no states', () => {
  test('for three times compareEvery while its log grows, is found at its next heartbeat.', () => {
    expect(beats(LATE)).toBe('sums at s1 has compared no states for 3001 ms');
    const compared = { compared: { index: 2, at: 500 } };
    expect(beats(LATE + 500, compared, { hashes: [hash(2, 7)] })).toBe('sums at s1 has compared no states for 3001 ms');
  });

  test('may wait so long, and is looked at when it sends a heartbeat.', () => {
    expect(beats(LATE - 1)).toBeUndefined();
    expect(beats(LATE, { compared: { index: 2, at: 1 } }, { hashes: [hash(2, 7)] })).toBeUndefined();
    expect(judged(LATE, leading(), leading())).toBeUndefined();
  });

  test('has nothing to compare, or something that goes before it.', () => {
    const transfer = { to: 's2', isOffered: true, until: 9_000, held: [] };
    expect(beats(LATE, { transfer })).toBeUndefined();
    expect(beats(LATE, {}, { diverged: 2 })).toBeUndefined();
    expect(beats(LATE, { first: 9 })).toBeUndefined();
    expect(beats(LATE, {}, {}, extend(emptyLog(dataServers('s1')), ONE, NOOP))).toBeUndefined();
    expect(beats(LATE, { compared: { index: 3, at: 0 } }, { hashes: [hash(3, 7)] })).toBeUndefined();
    expect(beats(LATE, { compared: { index: 2, at: 0 } }, { hashes: [] })).toBeUndefined();
    expect(beats(LATE, {}, {}, LOG, sums && { ...sums, version: 2 })).toBeUndefined();
  });
});

describe('A primary that goes on to another comparison', () => {
  const first = { compared: { index: 2, at: 0 } };
  const next = { compared: { index: 3, at: 1_000 } };

  test('without acting on a hash that differs from its own, is found.', () => {
    const heard = { hashes: [hash(2, 7)] };
    const found = 'sums at s1 has heard that the state of s2 differs after 2, and goes on to 3';
    expect(judged(1_000, leading({ ...first, ...peer(hash(2, 8)) }, heard), leading(next, heard))).toBe(found);
    const ofVersion = peer({ ...hash(2, 7), version: 2 });
    expect(judged(1_000, leading({ ...first, ...ofVersion }, heard), leading(next, heard))).toBe(found);
  });

  test('may, where it acted on it, the hashes are equal or of other indexes, or its own is not made.', () => {
    const heard = { hashes: [hash(2, 7)] };
    const goesOn = (of: Leading, rest: Partial<SeenReplica> = heard, after: Partial<SeenReplica> = rest): unknown =>
      judged(1_000, leading({ ...first, ...of }, rest), leading(next, after));
    expect(goesOn(peer(hash(2, 8), hash(2, 7)))).toBeUndefined();
    expect(goesOn(peer(hash(2, 8)), heard, { ...heard, diverged: 2 })).toBeUndefined();
    expect(goesOn(peer(hash(2, 7)))).toBeUndefined();
    expect(goesOn(peer(hash(1, 8)))).toBeUndefined();
    expect(goesOn(peer(hash(2, 8)), { hashes: [] })).toBeUndefined();
  });
});

function hash(index: number, value: number): StateHash {
  return { index, version: 1, hash: value };
}

function peer(hashed: StateHash, differs?: StateHash): Leading {
  const heard = { heardAt: 0, stalledSince: undefined, match: 3, matchedIn: 1 };
  return { progress: { s2: { ...heard, hashed, differs } } };
}
