import { expect, test } from 'vitest';
import type { Message, Reply } from '../../../src/protocol/model/messages.ts';
import { notes, replies, says } from '../../support/protocol/effects-of.ts';
import { Actor, heard, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import { acknowledgement, adding, cast, CLIENT, epoch } from '../../support/protocol/replica-script.ts';

// Disks that hang while their processes answer (PROTOCOL §5.3, §4.5), and a primary that others know to be deposed.

const THREE = cast({ A: 3, B: 2, C: 1 });

/** A minute of heartbeats. `sound` peers also acknowledge what they are sent, `hung` ones only answer heartbeats. */
function pass(
  a: Actor,
  sound: readonly string[],
  hung: readonly string[],
  ownDisk: 'syncs' | 'hangs' = 'syncs',
): Actor {
  for (const until = a.millis + 60_000; a.millis < until && a.replica.leading !== undefined;) {
    const said = new Map<string, readonly Message[]>();
    const listen = (): void => {
      for (const node of sound) said.set(node, [...(said.get(node) ?? []), ...says(a, node)]);
    };
    a.wakesOnTime();
    listen();
    for (const node of hung) {
      if (a.replica.leading !== undefined) a.hears(node, heard(a, node, 0));
      listen();
    }
    for (const node of sound) {
      if (a.replica.leading === undefined) break;
      a.hears(node, heard(a, node, a.leading.progress[node]?.match));
      listen();
      for (const message of said.get(node) ?? []) {
        if (message.type !== 'append' || a.replica.leading === undefined) continue;
        const match = message.previousIndex + message.entries.length;
        a.hears(node, acknowledgement(node, message.epoch, match));
      }
    }
    if (ownDisk === 'syncs' && a.replica.leading !== undefined) a.syncs();
  }
  return a;
}

test('A data voter whose disk hangs, though it answers heartbeats, is removed after stallFor and the write goes through', () => {
  const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
  a.asked(adding('u2')).syncs();
  pass(a, ['B'], ['C']);
  expect(a.voters).toEqual(['A', 'B']);
  expect(a.replica.commit).toBe(a.entries.at(-1)?.index);
});

test('A new primary makes its no-op safe with the votes of witnesses although one data voter hangs', () => {
  const a = makePrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'W').syncs();
  pass(a, ['W'], ['B']);
  expect(a.voters).toEqual(['A', 'W']);
  expect(a.replica.commit).toBe(a.entries.at(-1)?.index);
});

test('Nobody is removed while the rest would be no quorum: with B hung and W silent, A and B lead on, and A alone could not', () => {
  const a = servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'B', 'W').syncs();
  a.asked(adding('u2')).syncs();
  pass(a, [], ['B']);
  expect(a.voters).toEqual(['A', 'B', 'W']);
  expect(a.replica.leading).toBeDefined();
  // W is back: without B there is a quorum now, and the write goes through.
  pass(a, ['W'], ['B']);
  expect(a.voters).toEqual(['A', 'W']);
  expect(a.replica.commit).toBe(a.entries.at(-1)?.index);
});

test('A primary whose own disk hangs steps down after stallFor: it can make nothing visible', () => {
  const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
  a.asked(adding('u2'));
  pass(a, ['B', 'C'], [], 'hangs');
  expect(a.replica.leading).toBeUndefined();
  expect(notes(a)).toContainEqual({ type: 'steps-down', epoch: epoch('1.A'), reason: 'stalled' });
});

test('A deposed primary steps down when a request names a newer epoch, and takes nothing', () => {
  const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
  const before = a.replica.log;
  a.takes({
    type: 'message',
    from: CLIENT,
    message: { type: 'requests', epoch: epoch('4.B'), lamport: 0, items: [adding('u2')] },
  });
  expect(a.replica.leading).toBeUndefined();
  expect(a.replica.log).toBe(before);
  const [reply] = replies(a);
  expect(reply).toMatchObject({ type: 'unserved', reason: 'not-primary' } satisfies Partial<Reply>);
});
