import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../../src/protocol/model/app.ts';
import { chain, hashEntry } from '../../src/protocol/model/log.ts';
import type { Message } from '../../src/protocol/model/messages.ts';
import {
  decodeEnvelope,
  decodeEnvelopes,
  decodeOperation,
  decodeSnapshot,
  encodeEnvelope,
  encodeEnvelopes,
  encodeOperation,
  encodeSnapshot,
  joinEnvelopes,
  TEXT_AT_MOST,
} from '../../src/protocol/wire/codec.ts';
import { NESTING_AT_MOST } from '../../src/protocol/model/json.ts';
import { parseClientJson, parseJson } from '../../src/protocol/wire/decode.ts';
import { body, envelope, envelopeOf, epoch, messages, operation, snapshot } from '../support/protocol/arbitraries.ts';

const heartbeat = {
  from: { node: 's1', unit: 'events' },
  to: { node: 's2', unit: 'events' },
  message: { type: 'heartbeat' as const, epoch: { counter: 3, nodeId: 's1' }, beat: 9, commit: 41 },
};

describe('an envelope', () => {
  test.each(Object.keys(messages))('with %s comes back as it was', (type) => {
    const message = Object.entries<fc.Arbitrary<Message>>(messages).find(([name]) => name === type)?.[1];
    if (message === undefined) throw new Error(type);
    fc.assert(
      fc.property(envelopeOf(message), (sent) => {
        expect(decodeEnvelope(encodeEnvelope(sent))).toEqual({ type: 'decoded', value: sent });
      }),
      { numRuns: 50 },
    );
  });

  test.each(['time', 'date'])('whose %s is no date is rejected', (name) => {
    const at = (millis: number): Decoded<unknown> =>
      decodeEnvelope(JSON.stringify({ ...heartbeat, message: { ...heartbeat.message, [name]: millis } }));
    expect(at(8.64e15).type).toBe('decoded');
    expect(at(8.64e15 + 2)).toMatchObject({ type: 'rejected' });
    expect(at(-Number.MAX_VALUE)).toMatchObject({ type: 'rejected' });
  });

  test('travels with others in one frame, in order', () => {
    fc.assert(
      fc.property(fc.array(envelope, { maxLength: 4 }), (sent) => {
        expect(decodeEnvelopes(encodeEnvelopes(sent))).toEqual({ type: 'decoded', value: sent });
        expect(joinEnvelopes(sent.map((one) => encodeEnvelope(one)))).toBe(encodeEnvelopes(sent));
      }),
      { numRuns: 50 },
    );
  });

  test('keeps the hashes of its entries true, whatever the order of keys in their commands', () => {
    fc.assert(
      fc.property(epoch, body, (servingPrimary, content) => {
        const base = { index: 4, epoch: servingPrimary, hash: 77, lamport: 5, wall: 6 };
        const entry = chain(base, servingPrimary, { lamport: 1, wall: 2 }, content);
        const sent = {
          ...heartbeat,
          message: {
            type: 'append' as const,
            epoch: servingPrimary,
            previousIndex: 4,
            previousHash: 77,
            entries: [entry],
            commit: 1,
          },
        };
        const [received] = entriesOf(decodeEnvelope(encodeEnvelope(sent)));
        expect(received && hashEntry(received)).toBe(entry.hash);
        // The text of an entry is written once and used again: it is that of the whole, to the letter.
        expect([encodeEnvelope(sent), encodeEnvelope(sent)]).toEqual([JSON.stringify(sent), JSON.stringify(sent)]);
        expect(encodeOperation({ type: 'append', entries: [entry] })).toBe(
          JSON.stringify({ type: 'append', entries: [entry] }),
        );
      }),
    );
  });

  test.each(Object.entries<fc.Arbitrary<Message>>(messages))(
    'with %s and one field spoiled is refused, or is another envelope of the same shape; never an error',
    (_, message) => {
      fc.assert(
        fc.property(envelopeOf(message), fc.nat(), fc.constantFrom(...SPOILERS), (sent, where, spoiler) => {
          const text = spoil(encodeEnvelope(sent), where, spoiler);
          const decoded = decodeEnvelope(text);
          if (decoded.type === 'rejected') expect(decoded.reason).toMatch(/^envelope[.:]/);
          else expect(decodeEnvelope(encodeEnvelope(decoded.value))).toEqual(decoded);
        }),
        { numRuns: 100 },
      );
    },
  );

  test.each(Object.entries<fc.Arbitrary<Message>>(messages))(
    'with %s that is cut off, or has a byte too many or another one, is refused or decoded; never an error',
    (_, message) => {
      fc.assert(
        fc.property(envelopeOf(message), fc.nat(), fc.constantFrom(...HOSTILE_BYTES), (sent, where, byte) => {
          const text = encodeEnvelope(sent);
          const place = where % text.length;
          expect(decodeEnvelope(text.slice(0, place)).type).toBe('rejected');
          for (const rest of [place, place + 1]) {
            const decoded = decodeEnvelope(text.slice(0, place) + byte + text.slice(rest));
            if (decoded.type === 'decoded') expect(decodeEnvelope(encodeEnvelope(decoded.value))).toEqual(decoded);
          }
        }),
        { numRuns: 50 },
      );
    },
  );

  test.each([
    ['.message.epoch.counter', { epoch: { counter: -1, nodeId: 's1' } }],
    ['.message.epoch.counter', { epoch: { counter: 1.5, nodeId: 's1' } }],
    ['.message.epoch.counter', { epoch: { counter: 2 ** 53 + 2, nodeId: 's1' } }],
    ['.message.epoch.nodeId', { epoch: { counter: 1, nodeId: 7 } }],
    ['.message.epoch.nodeId', { epoch: { counter: 1 } }],
    ['.message.epoch: an object', { epoch: null }],
    ['.message.epoch: unknown fields', { epoch: { counter: 1, nodeId: 's1', age: 3 } }],
    ['.message.beat', { beat: '9' }],
    ['.message: unknown fields', { cargo: 1 }],
    ['.message.type', { type: 'rumour' }],
    ['.message.services', { type: 'gossip' }],
    ['.message.type', { type: 'constructor' }],
    ['.message.type', { type: ['heartbeat'] }],
  ])('is refused with the path %s to what is wrong', (path, change) => {
    const text = JSON.stringify({ ...heartbeat, message: { ...heartbeat.message, ...change } });
    const decoded = decodeEnvelope(text);
    expect(decoded.type === 'rejected' && decoded.reason).toContain(`envelope${path}`);
  });

  test.each([
    ['nothing', ''],
    ['half of an envelope', encodeEnvelope(heartbeat).slice(0, 60)],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['a prototype instead of fields', '{"__proto__":{"from":{"node":"s1","unit":"u"}}}'],
    ['brackets without end', '['.repeat(100_000)],
    ['brackets with an end', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a number beyond all bounds', encodeEnvelope(heartbeat).replace('41', '1e999')],
    ['-0, which is written as 0', encodeEnvelope(heartbeat).replace('41', '-0')],
    ['a number that rounds to -0', encodeEnvelope(heartbeat).replace('41', '-1e-400')],
  ])('is not made from %s', (_what, text) => {
    expect(decodeEnvelope(text).type).toBe('rejected');
    expect(decodeEnvelopes(`[${text}]`).type).toBe(text === '' ? 'decoded' : 'rejected');
  });

  test('may carry any JSON as a command, but none that nobody could write again', () => {
    expect(decodeEnvelope(withCommand('['.repeat(NESTING_AT_MOST - 1) + ']'.repeat(NESTING_AT_MOST - 1))).type).toBe(
      'decoded',
    );
    expect(decodeEnvelope(withCommand('['.repeat(50_000) + ']'.repeat(50_000))).type).toBe('rejected');
    expect(decodeEnvelope(withCommand('{"a":1e999}')).type).toBe('rejected');
    expect(decodeEnvelope(withCommand('{"__proto__":{"a":1}}')).type).toBe('decoded');
  });

  test('with −0, which JSON is written without, is no command; a client’s −0 is read as 0', () => {
    expect(decodeEnvelope(withCommand('{"a":[-0]}')).type).toBe('rejected');
    for (const zero of ['-0', '-0.0', '-1e-400']) {
      expect(parseClientJson(`{"a":[${zero},-1]}`, 100)).toStrictEqual({ type: 'decoded', value: { a: [0, -1] } });
    }
    expect(parseClientJson('{"-":', 100).type).toBe('rejected');
  });

  test.each(['1', '-1'])('of a client is refused where it is nested too deep, around %s', (innermost) => {
    const nested = (depth: number): string => '['.repeat(depth) + innermost + ']'.repeat(depth);
    expect(parseClientJson(nested(NESTING_AT_MOST), 65_536).type).toBe('decoded');
    for (const depth of [NESTING_AT_MOST + 1, 30_000]) {
      expect(parseClientJson(nested(depth), 65_536)).toEqual({
        type: 'rejected',
        reason: 'nested more than 100 deep',
      });
    }
  });

  test('longer than the limit is refused before it is read', () => {
    expect(parseJson('[1,2]', 5)).toEqual({ type: 'decoded', value: [1, 2] });
    expect(parseJson('[1,23]', 5)).toEqual({ type: 'rejected', reason: '6 characters are more than the 5 allowed' });
    expect(TEXT_AT_MOST).toBeLessThan(2 ** 29);
  });
});

describe('a snapshot', () => {
  test('comes back as it was, its collections immutable', () => {
    fc.assert(
      fc.property(snapshot, (taken) => {
        const decoded = decodeSnapshot(encodeSnapshot(taken));
        expect(decoded).toEqual({ type: 'decoded', value: taken });
        const machine = decoded.type === 'decoded' ? decoded.value.machine : undefined;
        expect([Map.isMap(machine?.results), List.isList(machine?.order)]).toEqual(
          machine ? [true, true] : [false, false],
        );
      }),
      { numRuns: 100 },
    );
  });

  test('whose collections are none is refused, and so is one that is nested without end', () => {
    const [taken] = fc.sample(
      snapshot.filter(({ machine }) => machine !== undefined),
      { numRuns: 1, seed: 1 },
    );
    if (taken === undefined) throw new Error('no sample');
    const whole = encodeSnapshot(taken);
    expect(decodeSnapshot(whole.replace('"order":{"$list"', '"order":{"list"'))).toEqual({
      type: 'rejected',
      reason: 'snapshot.machine.order: a packed List was expected',
    });
    const bottomless = `${'{"$list":['.repeat(20_000)}${']}'.repeat(20_000)}`;
    expect(decodeSnapshot(whole.replace(/"machine":.*$/s, `"machine":${bottomless}}`)).type).toBe('rejected');
  });
});

describe('an operation', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(operation, (done) => {
        expect(decodeOperation(encodeOperation(done))).toEqual({ type: 'decoded', value: done });
      }),
      { numRuns: 200 },
    );
  });

  test('of a type that is not known is refused', () => {
    expect(decodeOperation('{"type":"forget"}')).toEqual({
      type: 'rejected',
      reason: 'operation.type: one of promise, append, truncate, install, compact was expected',
    });
  });
});

const SPOILERS: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  '',
  'x',
  [],
  [null],
  {},
  { type: 'noop' },
];

const HOSTILE_BYTES = ['"', '{', '}', '[', ']', ',', ':', '\\', '0', '-', 'e', '\u0000', '\ud800', ' '];

/** The text with the value at its `where`-th place, counted from the root through everything, replaced. */
function spoil(text: string, where: number, spoiler: unknown): string {
  let places = 0;
  JSON.parse(text, () => {
    places += 1;
  });
  let place = 0;
  const spoiled: unknown = JSON.parse(text, (_key, value: unknown) => {
    place += 1;
    return place - 1 === where % Math.max(1, places - 1) ? spoiler : value;
  });
  return JSON.stringify(spoiled);
}

function withCommand(command: string): string {
  const item = { type: 'write', id: '1', uuid: 'u', issuedAt: 0, command: 0 };
  const message = { type: 'requests', epoch: { counter: 1, nodeId: 's1' }, lamport: 1, items: [item] };
  return JSON.stringify({ ...heartbeat, message }).replace('"command":0', `"command":${command}`);
}

function entriesOf(decoded: Decoded<{ readonly message: Message }>): readonly Parameters<typeof hashEntry>[0][] {
  return decoded.type === 'decoded' && decoded.value.message.type === 'append' ? decoded.value.message.entries : [];
}
