import { expect, test } from 'vitest';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { Snapshot } from '../../../src/protocol/model/machine.ts';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { grantedCopies } from '../../../src/sim/judges/granted-copies.ts';
import type { Judge } from '../../../src/sim/judges/judge.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { emptyLog, epoch, extend, GROUP, NOOP, primary, step, write } from '../../support/sim/bad-cluster.ts';

// What a peer says of its state costs its primary little (PROTOCOL §11.8).

const ONE = epoch(1, 's1');
const LOG = extend(emptyLog(), ONE, NOOP, ...Array.from({ length: 40 }, (_, place) => write(`u${place}`)));
const SETTINGS = { ...DEFAULT_SETTINGS, snapshotEvery: 100, compareEvery: 1_000, copyWithin: 3_000 };

function snapshotAt(index: number): Snapshot {
  const base = { index, epoch: ONE, hash: 0, lamport: 0, wall: 0 };
  return { base, configuration: configurationOf([], []), machine: undefined };
}

/** s1, primary, whose peer s2 has the log up to `match`; the snapshot of `saving` is under way. */
function leading(match: number, saving: number | undefined, by = ONE): SeenReplica {
  const seen = primary(LOG, by, 41);
  const peer = { heardAt: 0, stalledSince: undefined, match, matchedIn: 1 };
  const tenure = seen.leading && { ...seen.leading, progress: { s2: peer } };
  return { ...seen, leading: tenure, saving: saving === undefined ? undefined : snapshotAt(saving) };
}

function copy(index: number): Envelope {
  const message = { type: 'install', epoch: ONE, snapshot: snapshotAt(index) } as const;
  return { from: { node: 's1', unit: GROUP }, to: { node: 's2', unit: GROUP }, message };
}

function judgeAt(clock: { millis: number }): Judge {
  return grantedCopies({ settings: SETTINGS, millisOf: () => clock.millis });
}

/** What it says of full copies of entry 10, sent at these times to a peer that has the log up to `match`. */
function verdict(match: number, ...times: readonly number[]): unknown {
  const clock = { millis: 0 };
  const judge = judgeAt(clock);
  judge.stepped?.(step('s1', leading(match, undefined)));
  for (const millis of times) {
    clock.millis = millis;
    const reason = judge.sent?.(copy(10));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

test('Full copies to a peer that has the log have a pause that doubles.', () => {
  expect(verdict(40, 0, 1_000, 3_000, 7_000)).toBeUndefined();
  expect(verdict(40, 0, 999)).toBe('sums at s1 sends s2 full copy 2 that it does not lack after 999 ms');
  expect(verdict(40, 0, 1_000, 2_999)).toBe('sums at s1 sends s2 full copy 3 that it does not lack after 1999 ms');
});

test('One that lacks entries may be sent as many as it needs.', () => {
  expect(verdict(9, 0, 1, 2, 3)).toBeUndefined();
});

/** How many snapshots pass before one is too many, where `copies` full copies are sent in between. */
function patience(copies: number, isAnotherTenure = false): number {
  const judge = judgeAt({ millis: 0 });
  judge.stepped?.(step('s1', leading(0, undefined)));
  for (let sent = 0; sent < copies; sent += 1) judge.sent?.(copy(41));
  for (let index = 1; index <= 40; index += 1) {
    const by = isAnotherTenure ? epoch(index + 1, 's1') : ONE;
    const before = leading(0, index - 1, by);
    const reason = judge.stepped?.(step('s1', leading(0, index, by), before));
    if (reason === undefined) continue;
    expect(reason).toContain(`takes snapshot ${index} of its tenure`);
    return index - 1;
  }
  return Infinity;
}

test('A primary that takes a snapshot for each word of a peer is found.', () => {
  expect(patience(0)).toBe(4);
  expect(patience(3)).toBe(7);
  expect(patience(0, true)).toBe(Infinity);
});
