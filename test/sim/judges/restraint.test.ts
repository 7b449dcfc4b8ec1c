import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { restraint } from '../../../src/sim/judges/restraint.ts';
import { emptyLog, epoch, evidenceOf, extend, GROUP, NOOP, primary, write } from '../../support/sim/bad-cluster.ts';

const ONE = epoch(1, 's1');

function append(to: string): Envelope {
  const message = {
    type: 'append',
    epoch: ONE,
    previousIndex: 0,
    previousHash: 0,
    entries: [],
    commit: 0,
  } as const;
  return { from: { node: 's1', unit: GROUP }, to: { node: to, unit: GROUP }, message };
}

/** How many messages to s2 pass before one is found to be too many. */
function patience(settings: { readonly inFlightAtMost: number }, entries: number, sendsEvery = 0): number {
  let now = 0;
  const evidence = { ...evidenceOf({}, undefined, settings), now: () => now };
  const bodies = Array.from({ length: entries }, (_, place) => (place === 0 ? NOOP : write(`u${place}`)));
  evidence.record.group(GROUP).learn(primary(extend(emptyLog(), ONE, ...bodies), ONE, entries), 1, entries, 0);
  const judge = restraint(evidence);
  for (let sent = 0; sent < 10_000; sent += 1) {
    const reason = judge.sent?.(append('s2'));
    if (reason !== undefined) {
      expect(reason).toBe(`s1 sent s2 ${sent + 1} messages of ${GROUP} within 10 ms`);
      return sent;
    }
    now += sendsEvery;
  }
  return Infinity;
}

describe('nobody floods a link', () => {
  test('Two nodes that answer each message with several are found.', () => {
    expect(patience({ inFlightAtMost: 4 }, 0)).toBe(2_080);
  });

  test('A wider window, and entries that have to be sent, allow for more.', () => {
    expect(patience({ inFlightAtMost: 64 }, 0)).toBe(3_280);
    expect(patience({ inFlightAtMost: 4 }, 100)).toBe(2_180);
  });

  test('As many messages over a longer time are none too many, nor are those to others.', () => {
    expect(patience({ inFlightAtMost: 4 }, 0, 100)).toBe(Infinity);
    const judge = restraint(evidenceOf({}));
    for (let sent = 0; sent < 2_000; sent += 1) {
      expect(judge.sent?.(append('s2'))).toBeUndefined();
      expect(judge.sent?.(append('s3'))).toBeUndefined();
    }
  });
});
