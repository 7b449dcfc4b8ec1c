import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accepted, type App, type Outcome } from '../../src/protocol/model/app.ts';
import { applyEntry, channelOf } from '../../src/protocol/model/apply.ts';
import { OUTCOME_AT_MOST } from '../../src/protocol/model/contain.ts';
import { assert } from '../../src/protocol/model/assert.ts';
import { configurationOf } from '../../src/protocol/model/configuration.ts';
import type { Body, Entry, LogBase } from '../../src/protocol/model/entry.ts';
import { chain } from '../../src/protocol/model/log.ts';
import { initialMachine, type Machine } from '../../src/protocol/model/machine.ts';
import { hashValue } from '../../src/protocol/model/value-hash.ts';
import { decodeOperation, decodeSnapshot, encodeOperation, encodeSnapshot } from '../../src/protocol/wire/codec.ts';
import { BANK, COUNTER, counter } from '../support/protocol/counter.ts';

const WALL = 1_700_000_000_000;
const WINDOW = { dedupeFor: 50, dedupeMargin: 10 };
const BASE: LogBase = { index: 0, epoch: { counter: 0, nodeId: '' }, hash: 7, lamport: 0, wall: 0 };

/** What happens, and how much later than what happened before. */
interface Event {
  readonly body: Body;
  readonly after: number;
}

const command = fc.record({
  type: fc.constantFrom('add' as const, 'pay' as const),
  by: fc.integer({ min: -5, max: 9 }),
});

const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Body>({ type: 'noop' }) },
  {
    weight: 6,
    // A uuid belongs to one time of issue, as a version 7 does: that is what makes it safe to forget it.
    arbitrary: fc
      .tuple(fc.constantFrom(-60, -30, -10, 0, 20), fc.constantFrom('a', 'b'), command)
      .map(([issued, name, said]): Body => ({
        type: 'write',
        uuid: `${name}${issued}`,
        issuedAt: WALL + issued,
        command: said,
      })),
  },
  { weight: 2, arbitrary: fc.constant<Body>({ type: 'open', name: 'f1/1' }) },
  {
    weight: 6,
    // A front end gives a number to one command, for ever.
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), fc.nat({ max: 3 }))
      .map(([session, number, done]): Body => ({
        type: 'write',
        uuid: `${session}.${number}`,
        slot: { session, number, done },
        command: { type: number === 3 ? 'pay' : 'add', by: session + number },
      })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 4 }), fc.integer({ min: -5, max: 9 }))
      .map(([number, settled, by]): Body => ({
        type: 'call',
        from: BANK,
        historyId: 'h',
        number,
        uuid: `call-${number}`,
        settled: Math.min(settled, number - 1),
        command: { type: 'add', by },
      })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()).map(([number, isAccepted]): Body => ({
      type: 'settle',
      group: BANK,
      number,
      outcome: isAccepted ? { type: 'accepted', value: null } : { type: 'refused', reason: 'closed' },
      index: number,
    })),
  },
);

const story: fc.Arbitrary<Event[]> = fc.array(fc.record({ body, after: fc.nat({ max: 20 }) }), { maxLength: 40 });

function logOf(events: readonly Event[]): readonly Entry[] {
  let last = BASE;
  let wall = WALL - 60;
  return events.map((event) => {
    wall += event.after;
    const entry = chain(last, { counter: 1, nodeId: 'A' }, { lamport: 0, wall }, event.body);
    last = entry;
    return entry;
  });
}

function applied(machine: Machine, entries: readonly Entry[]): Machine {
  return entries.reduce((before, entry) => applyEntry(counter, before, entry).machine, machine);
}

const blank = (): Machine => initialMachine(BASE, counter.initial, WINDOW);

/** The machine as another node has it after a full copy. */
function copied(machine: Machine): Machine {
  const decoded = decodeSnapshot(encodeSnapshot({ base: machine.at, configuration: configurationOf([]), machine }));
  assert(decoded.type === 'decoded' && decoded.value.machine !== undefined, 'what is encoded can be decoded');
  return decoded.value.machine;
}

/** An entry as another node's disk has it. */
function stored(entry: Entry): Entry {
  const decoded = decodeOperation(encodeOperation({ type: 'append', entries: [entry] }));
  assert(decoded.type === 'decoded' && decoded.value.type === 'append', 'what is encoded can be decoded');
  const [only] = decoded.value.entries;
  assert(only !== undefined, 'an entry comes back');
  return only;
}

describe('The machine', () => {
  test('It is the same on every replica, also on one that got a full copy halfway and its entries by wire', () => {
    fc.assert(
      fc.property(story, fc.nat(), (events, pick) => {
        const entries = logOf(events);
        const half = entries.length === 0 ? 0 : pick % entries.length;
        const one = applied(blank(), entries);
        const two = applied(copied(applied(blank(), entries.slice(0, half))), entries.slice(half).map(stored));
        expect(hashValue(two)).toBe(hashValue(one));
        expect(two).toEqual(one);
      }),
    );
  });

  /** The twin remembers everything for ever, in plain objects, and executes each uuid and each call number once. */
  test('Each uuid takes effect once, each call once and in order, and what calls reserve is kept apart', () => {
    fc.assert(
      fc.property(story, (events) => {
        const entries = logOf(events);
        const machine = applied(blank(), entries);
        const digests: Record<string, string> = {};
        const calls: { by: number; isSettled: boolean }[] = [];
        let total = 0;
        let reserved = 0;
        let cursor = 0;
        const sessions: Record<number, { wall: number; done: number }> = {};
        for (const { index, body: said, wall } of entries) {
          if (said.type === 'open') sessions[index] = { wall, done: 0 };
          if (said.type === 'write') {
            const { type, by } = counterCommand(said.command);
            const { issuedAt = Number.NaN, slot } = said;
            const session = slot && sessions[slot.session];
            const isAlive = session !== undefined && wall - session.wall <= WINDOW.dedupeFor;
            if (slot !== undefined && isAlive) {
              session.wall = wall;
              session.done = Math.max(session.done, slot.done);
            }
            const isTimely =
              slot === undefined
                ? wall - issuedAt <= WINDOW.dedupeFor && issuedAt - wall <= WINDOW.dedupeMargin
                : isAlive && slot.number > session.done;
            if (digests[said.uuid] !== undefined || !isTimely) continue;
            digests[said.uuid] = JSON.stringify(said.command);
            if (type === 'add') total = Math.max(0, total + by) === total + by ? total + by : total;
            else if (total >= by) {
              total -= by;
              reserved += by;
              calls.push({ by, isSettled: false });
            }
          } else if (said.type === 'call') {
            if (said.number !== cursor + 1) continue;
            cursor += 1;
            const { by } = counterCommand(said.command);
            if (total + by >= 0) total += by;
          } else if (said.type === 'settle') {
            const call = calls[said.number - 1];
            if (call === undefined || call.isSettled) continue;
            call.isSettled = true;
            reserved -= call.by;
            if (said.outcome.type === 'refused') total += call.by;
          }
        }
        expect(machine.state).toEqual({ total, reserved });
        expect(machine.incoming.get(channelOf(BANK, 'h'))?.cursor ?? 0).toBe(cursor);
        const pending = calls.flatMap(({ isSettled }, place) => (isSettled ? [] : [place + 1]));
        expect(machine.outgoing.get(BANK)?.pending.keySeq().sort().toArray() ?? []).toEqual(pending);
        const first = calls.findIndex(({ isSettled }) => !isSettled);
        expect(machine.outgoing.get(BANK)?.settled ?? 0).toBe(first < 0 ? calls.length : first);
      }),
      { numRuns: 300 },
    );
  });

  test('No invariant of the app is broken, and what is remembered is remembered in order', () => {
    fc.assert(
      fc.property(story, (events) => {
        const machine = applied(blank(), logOf(events));
        expect(machine.order.toSet().size).toBe(machine.results.size);
        const walls = machine.order.map((uuid) => machine.results.get(uuid)?.wall ?? 0).toArray();
        expect(walls).toEqual([...walls].sort((a, b) => a - b));
      }),
    );
  });
});

function counterCommand(value: unknown): { readonly type: 'add' | 'pay'; readonly by: number } {
  const decoded = counter.decode(value);
  assert(decoded.type === 'decoded', `${COUNTER} decodes its own commands`);
  return decoded.value;
}

function app(over: Partial<typeof counter>): App {
  return { ...counter, ...over };
}

function through(by: App, ...bodies: readonly Body[]): Machine {
  return logOf(bodies.map((said) => ({ body: said, after: 0 }))).reduce(
    (before, entry) => applyEntry(by, before, entry).machine,
    blank(),
  );
}

function calling(number: number): Body {
  const said = { type: 'add', by: 1 };
  return { type: 'call', from: BANK, historyId: 'h', number, uuid: `call-${number}`, settled: 0, command: said };
}

describe('An outcome longer than `OUTCOME_AT_MOST`', () => {
  const long = 'x'.repeat(OUTCOME_AT_MOST);
  const write: Body = { type: 'write', uuid: 'u', issuedAt: WALL - 60, command: { type: 'add', by: 1 } };
  const told: Outcome = { type: 'refused', reason: 'the outcome of this command is longer than 1048576 bytes' };

  test.each(['accepted', 'refused'] as const)('of a write, %s, is refused, and the write has no effect', (type) => {
    const outcome: Outcome = type === 'accepted' ? { type, value: [long] } : { type, reason: long };
    const machine = through(app({ apply: (state) => ({ state: { ...state, total: 99 }, outcome }) }), write);
    expect(machine.state).toEqual(counter.initial);
    expect(machine.results.get('u')?.outcome).toEqual(told);
  });

  test('of a call is refused, the call has no effect, and later ones are not held up', () => {
    const talkative = app({ apply: (state) => ({ state: { ...state, total: 99 }, outcome: accepted(long) }) });
    const machine = through(talkative, calling(1), calling(2));
    expect(machine.state).toEqual(counter.initial);
    const { cursor, results } = machine.incoming.get(channelOf(BANK, 'h')) ?? {};
    expect([cursor, results?.get(1)?.outcome, results?.get(2)?.outcome]).toEqual([2, told, told]);
  });

  test('of a write whose call is settled is refused, and what the app made of the call stays', () => {
    const talkative = app({
      apply: (state) => ({ state, call: { group: BANK, command: null } }),
      resume: (state) => ({ state: { ...state, total: 99 }, outcome: accepted(long) }),
    });
    const settle: Body = { type: 'settle', group: BANK, number: 1, outcome: accepted(null), index: 7 };
    const machine = through(talkative, write, settle);
    expect(machine.state).toMatchObject({ total: 99 });
    expect(machine.results.get('u')?.outcome).toEqual(told);
  });

  test('as the command of a call is refused, and no call is made', () => {
    const machine = through(app({ apply: (state) => ({ state, call: { group: BANK, command: long } }) }), write);
    expect(machine.outgoing.size).toBe(0);
    expect(machine.results.get('u')?.outcome).toMatchObject({ type: 'refused' });
  });
});
