import { describe, expect, test } from 'vitest';
import { applyEntry, type Applied } from '../../../src/protocol/model/apply.ts';
import type { Body, Slot } from '../../../src/protocol/model/entry.ts';
import { chain } from '../../../src/protocol/model/log.ts';
import { initialMachine, type Machine } from '../../../src/protocol/model/machine.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { NUMBERS_AT_MOST, sessionsOf, SESSIONS_AT_MOST } from '../../../src/protocol/model/write-sessions.ts';
import { BANK, counter } from '../../support/protocol/counter.ts';

const WINDOW = { dedupeFor: 1_000, dedupeMargin: 100 };

const OPEN: Body = { type: 'open', name: 'f1/1' };

/** Applies bodies one by one; the clock stands at `at`. */
class Ledger {
  at = 1_000_000;
  machine: Machine = initialMachine(
    { index: 0, epoch: { counter: 0, nodeId: '' }, hash: 7, lamport: 0, wall: 0 },
    counter.initial,
    WINDOW,
  );

  readonly #planted: ReadonlySet<PlantedBug>;

  constructor(planted: readonly PlantedBug[] = []) {
    this.#planted = new Set(planted);
  }

  apply(body: Body): Applied {
    const entry = chain(this.machine.at, { counter: 1, nodeId: 'A' }, { lamport: 0, wall: this.at }, body);
    const applied = applyEntry(counter, this.machine, entry, this.#planted);
    this.machine = applied.machine;
    return applied;
  }

  /** What a write that adds `by` comes to: the total, or why it has no outcome. */
  add(number: number, done = 0, { session = 1, by = number }: { session?: number; by?: number } = {}): unknown {
    return this.#told({ session, number, done }, { type: 'add', by });
  }

  pay(number: number, done = 0): unknown {
    return this.#told({ session: 1, number, done }, { type: 'pay', by: 1 });
  }

  settle(number: number): Applied {
    return this.apply({ type: 'settle', group: BANK, number, outcome: { type: 'accepted', value: null }, index: 9 });
  }

  get total(): unknown {
    return this.machine.state;
  }

  #told(slot: Slot, command: { readonly type: 'add' | 'pay'; readonly by: number }): unknown {
    const { unserved, result } = this.apply({ type: 'write', uuid: `${slot.session}.${slot.number}`, slot, command });
    if (unserved !== undefined) return unserved;
    return result?.outcome?.type === 'accepted' ? result.outcome.value : result?.outcome?.type;
  }
}

function opened(planted: readonly PlantedBug[] = []): Ledger {
  const ledger = new Ledger(planted);
  ledger.apply(OPEN);
  return ledger;
}

describe('§7.10: a session', () => {
  test('has the index of the entry that opened it for its id, and is another one each time', () => {
    const ledger = opened();
    ledger.apply({ type: 'noop' });
    const { uuid, result } = ledger.apply(OPEN);
    expect([uuid, result?.outcome]).toEqual(['f1/1', { type: 'accepted', value: 3 }]);
    expect([...sessionsOf(ledger.machine).keys()]).toEqual([1, 3]);
  });

  test('M141: has the id of another one, when that bug is planted, and gets its outcomes', () => {
    const ledger = opened(['reuses-session-ids']);
    ledger.add(1);
    expect(ledger.apply(OPEN).result?.outcome).toEqual({ type: 'accepted', value: 1 });
    expect(ledger.add(1, 0, { by: 7 })).toBe('reused');
  });

  test('ends when it has been without an entry for more than dedupeFor, by the stamps of entries alone', () => {
    const ledger = opened();
    ledger.at += 1_000;
    expect(ledger.add(1)).toBe(1);
    ledger.at += 1_000;
    expect(ledger.add(1)).toBe(1);
    ledger.at += 1_001;
    expect(ledger.add(2)).toBe('ended');
    expect(ledger.add(1)).toBe('ended');
    expect(ledger.total).toMatchObject({ total: 1 });
  });

  test('that has ended is dropped with the next one, or with the next no-op', () => {
    const ledger = opened();
    ledger.at += 1_001;
    ledger.apply(OPEN);
    expect([...sessionsOf(ledger.machine).keys()]).toEqual([2]);
    ledger.at += 1_001;
    ledger.apply({ type: 'noop' });
    expect(sessionsOf(ledger.machine).size).toBe(0);
  });

  test('is not opened by a write that names it', () => {
    const ledger = new Ledger();
    expect(ledger.add(1)).toBe('ended');
    expect([sessionsOf(ledger.machine).size, ledger.total]).toEqual([0, { total: 0, reserved: 0 }]);
  });

  test('M142: is opened by such a write, when that bug is planted, which so takes effect twice', () => {
    const ledger = opened(['opens-unknown-session']);
    ledger.add(1);
    ledger.at += 1_001;
    ledger.add(1);
    expect(ledger.total).toMatchObject({ total: 2 });
  });

  test(`is one of at most ${SESSIONS_AT_MOST}; those that have ended make room`, () => {
    const ledger = new Ledger();
    for (let count = 0; count < SESSIONS_AT_MOST; count += 1) ledger.apply(OPEN);
    expect(ledger.apply(OPEN)).toMatchObject({ unserved: 'busy', uuid: 'f1/1' });
    expect(sessionsOf(ledger.machine).size).toBe(SESSIONS_AT_MOST);
    ledger.at += 1_001;
    expect(ledger.apply(OPEN).unserved).toBeUndefined();
    expect(sessionsOf(ledger.machine).size).toBe(1);
  });
});

describe('§7.10: a number', () => {
  test('is applied once, and asked for again it has its first outcome', () => {
    const ledger = opened();
    expect([ledger.add(1), ledger.add(2), ledger.add(1)]).toEqual([1, 3, 1]);
    expect(ledger.total).toMatchObject({ total: 3 });
  });

  test('is applied in any order', () => {
    const ledger = opened();
    expect([ledger.add(3), ledger.add(1), ledger.add(2)]).toEqual([3, 4, 6]);
  });

  test('M144: is taken for done below the highest one, when that bug is planted', () => {
    const ledger = opened(['remembers-highest-number-only']);
    expect([ledger.add(3), ledger.add(1)]).toEqual([3, 'forgotten']);
  });

  test('with another command is refused, and the first one stands', () => {
    const ledger = opened();
    ledger.add(1);
    expect(ledger.add(1, 0, { by: 5 })).toBe('reused');
    expect(ledger.add(1)).toBe(1);
  });

  test('that is done is remembered no longer, and is not applied: neither again, nor for the first time', () => {
    const ledger = opened();
    ledger.add(1);
    expect(ledger.add(3, 2)).toBe(4);
    expect(sessionsOf(ledger.machine).get(1)?.results.keySeq().toArray()).toEqual([3]);
    expect([ledger.add(1), ledger.add(2)]).toEqual(['forgotten', 'forgotten']);
    expect(ledger.total).toMatchObject({ total: 4 });
  });

  test('M143: that is done is applied again, when that bug is planted', () => {
    const ledger = opened(['applies-numbers-done']);
    ledger.add(1);
    ledger.add(2, 1);
    ledger.add(1);
    expect(ledger.total).toMatchObject({ total: 4 });
  });

  test('too far beyond what is done is not applied, and may be later', () => {
    const ledger = opened();
    expect(ledger.add(NUMBERS_AT_MOST + 1)).toBe('busy');
    expect(ledger.add(NUMBERS_AT_MOST + 1, 1)).toBe(NUMBERS_AT_MOST + 1);
  });

  test('that names a huge one as done costs no more than what is remembered', () => {
    const ledger = opened();
    ledger.add(1);
    expect(ledger.add(2 ** 52 + 1, 2 ** 52, { by: 1 })).toBe(2);
    expect(sessionsOf(ledger.machine).get(1)?.results.size).toBe(1);
  });
});

describe('§8: a numbered write that makes a call', () => {
  test('waits in its place, and a repeat waits with it', () => {
    const ledger = opened();
    ledger.add(1);
    expect([ledger.pay(2), ledger.pay(2)]).toEqual([undefined, undefined]);
    expect(ledger.machine.outgoing.get(BANK)).toMatchObject({ last: 1 });
    expect(ledger.settle(1)).toMatchObject({ uuid: '1.2', result: { outcome: { type: 'accepted', value: 0 } } });
    expect(ledger.pay(2)).toBe(0);
  });

  test.each(['given up', 'ended'] as const)('takes effect though it was %s, and its requester is told', (how) => {
    const ledger = opened();
    ledger.add(1);
    ledger.pay(2);
    if (how === 'given up') ledger.add(3, 2);
    else {
      ledger.at += 1_001;
      ledger.apply({ type: 'noop' });
    }
    const sessions = sessionsOf(ledger.machine);
    expect(ledger.settle(1)).toMatchObject({ uuid: '1.2', result: { outcome: { type: 'accepted' } } });
    expect(ledger.total).toMatchObject({ reserved: 0 });
    expect(sessionsOf(ledger.machine)).toEqual(sessions);
  });
});

/** What a key from the future adds that is asked for twice, with its window in between. */
function futureTwice(planted: readonly PlantedBug[]): unknown {
  const ledger = new Ledger(planted);
  const write: Body = { type: 'write', uuid: 'u', issuedAt: ledger.at + 2_000, command: { type: 'add', by: 1 } };
  ledger.apply(write);
  ledger.at += 1_001;
  ledger.apply({ type: 'noop' });
  ledger.apply(write);
  return ledger.total;
}

test('M150: a key from the future is forgotten with its entry, when that bug is planted, and takes effect twice', () => {
  expect([futureTwice([]), futureTwice(['forgets-by-entry-time'])]).toMatchObject([{ total: 0 }, { total: 2 }]);
});

test('A write with neither a date nor a place is not applied', () => {
  const ledger = new Ledger();
  expect(ledger.apply({ type: 'write', uuid: 'u', command: { type: 'add', by: 1 } }).unserved).toBe('expired');
});
