import { describe, expect, test } from 'vitest';
import { accepted, type App, type Outcome, refused } from '../../../src/protocol/model/app.ts';
import { applyEntry } from '../../../src/protocol/model/apply.ts';
import type { Body } from '../../../src/protocol/model/entry.ts';
import { genesis, type Log } from '../../../src/protocol/model/log.ts';
import { initialMachine, type Machine } from '../../../src/protocol/model/machine.ts';
import { bookkeeping } from '../../../src/sim/judges/bookkeeping.ts';
import { calls } from '../../../src/sim/judges/calls.ts';
import { forgetting } from '../../../src/sim/judges/forgetting.ts';
import type { Judge } from '../../../src/sim/judges/judge.ts';
import type { CommitRecord, GroupRecord } from '../../../src/sim/judges/record.ts';
import { dataServers, entriesOf, epoch, extend, NOOP, replica } from '../../support/sim/bad-cluster.ts';

// Records built by hand: a log, and machines that are right about it but for one mistake.

const ONE = epoch(1, 's1');
const WINDOW = { dedupeFor: 1_000, dedupeMargin: 100 };
const THREE = dataServers('s1', 's2', 's3');

/** `shop` sells what `stock` has: a sale is a call, and undone when it is refused. */
const shop: App = {
  name: 'shop',
  initial: 0,
  decode: (value) => ({ type: 'decoded', value: Number(value) }),
  apply: (state, command) =>
    Number(command) === 0
      ? { state: Number(state), outcome: refused('nothing to sell') }
      : { state: Number(state) + Number(command), call: { group: 'stock', command: Number(command) } },
  resume: (state, command, outcome) => ({
    state: outcome.type === 'accepted' ? Number(state) : Number(state) - Number(command),
    outcome,
  }),
  decodeQuery: () => ({ type: 'decoded', value: null }),
  read: (state) => accepted(Number(state)),
  invariants: [],
};

const stock: App = {
  ...shop,
  name: 'stock',
  initial: 10,
  apply: (state, command) =>
    Number(command) > Number(state)
      ? { state: Number(state), outcome: refused('sold out') }
      : { state: Number(state) - Number(command), outcome: accepted(Number(state) - Number(command)) },
};

const EMPTY: Readonly<Record<string, Log>> = {
  shop: genesis('test', 'shop', THREE, WINDOW),
  stock: genesis('test', 'stock', THREE, WINDOW),
};

function logOf(group: string, bodies: readonly Body[]): Log {
  return extend(EMPTY[group] ?? genesis('test', group, THREE, WINDOW), ONE, ...bodies);
}

function machinesOf(app: App, log: Log): Machine[] {
  const machines = [initialMachine(log.base, app.initial, WINDOW)];
  for (const entry of entriesOf(log)) {
    const last = machines.at(-1);
    if (last !== undefined) machines.push(applyEntry(app, last, entry).machine);
  }
  return machines;
}

type Spoil = (machines: Machine[]) => void;

/** What a judge says of a record of these logs, once `spoil` has changed the machines of `shop` or `stock`. */
function judged(
  judgeOf: (evidence: { readonly record: CommitRecord; readonly service: { readonly apps: readonly App[] } }) => Judge,
  logs: Readonly<Record<string, Log>>,
  spoil: Readonly<Record<string, Spoil>> = {},
): string | undefined {
  const groups = new Map<string, GroupRecord>();
  const known = new Map<string, number>();
  for (const app of [shop, stock]) {
    const log = logs[app.name] ?? logOf(app.name, []);
    const machines = machinesOf(app, log);
    spoil[app.name]?.(machines);
    groups.set(app.name, {
      app,
      get last() {
        return known.get(app.name) ?? 0;
      },
      entryAt: (index) => log.entries.get(index - 1),
      committedIn: () => ONE,
      committedAt: () => 0,
      machineAt: (index) => machines[index],
      firstWriteOf: () => undefined,
      learn: () => undefined,
    });
  }
  const judge = judgeOf({
    record: {
      group(name) {
        const found = groups.get(name);
        if (found === undefined) throw new RangeError(name);
        return found;
      },
    },
    service: { apps: [shop, stock] },
  });
  // The shop's first five entries are committed first, then what the stock makes of them, then the rest.
  for (const [group, last] of [
    ['shop', 5],
    ['stock', 99],
    ['shop', 99],
  ] as const) {
    const log = logs[group] ?? logOf(group, []);
    known.set(group, Math.min(last, log.entries.size));
    const after = replica(log, 0, { machine: undefined });
    const reason = judge.stepped?.({ node: 's1', group, before: undefined, after });
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const sell = (uuid: string, command: number, issuedAt = 1_000): Body => ({ type: 'write', uuid, issuedAt, command });
const call = (number: number, uuid: string, command: number): Body => ({
  type: 'call',
  from: 'shop',
  historyId: 'test',
  number,
  uuid,
  settled: 0,
  command,
});
const settle = (number: number, outcome: Outcome, index: number): Body => ({
  type: 'settle',
  group: 'stock',
  number,
  outcome,
  index,
});

const SHOP = logOf('shop', [NOOP, sell('a', 3), sell('b', 9), sell('a', 3), sell('old', 1, -500)]);
const STOCK = logOf('stock', [NOOP, call(1, 'a/stock/1', 3), call(1, 'a/stock/1', 3), call(2, 'b/stock/2', 9)]);
const SETTLED = extend(
  SHOP,
  ONE,
  settle(1, accepted(7), 2),
  settle(2, refused('sold out'), 4),
  settle(1, accepted(7), 2),
);

/** Entry 4 is applied although its uuid is known. */
const twice: Spoil = (machines) => {
  const [third, fourth] = [machines[3], machines[4]];
  if (third !== undefined && fourth !== undefined) machines[4] = { ...fourth, state: Number(third.state) + 3 };
};

/** Entry 5 had expired, and has a result. */
const remembered: Spoil = (machines) => {
  const [before, after] = [machines[4], machines[5]];
  const result = before?.results.get('a');
  if (after === undefined || result === undefined) throw new Error('a has a result');
  machines[5] = {
    ...after,
    results: after.results.set('old', { ...result, index: 5 }),
    order: after.order.push('old'),
  };
};

/** Entry 3 is executed although its number is done. */
const again: Spoil = (machines) => {
  const [second, third] = [machines[2], machines[3]];
  if (second !== undefined && third !== undefined) machines[3] = { ...third, state: 4 };
};

/** Entry 3 is counted as a call of its own. */
const countedTwice: Spoil = (machines) => {
  const [second, third] = [machines[2], machines[3]];
  const done = second?.incoming.get('shop@test');
  if (third === undefined || done === undefined) throw new Error('call 1 was executed');
  machines[3] = { ...third, incoming: third.incoming.set('shop@test', { ...done, cursor: 2 }) };
};

/** Entry 2 is not executed. */
const never: Spoil = (machines) => {
  const [first, second] = [machines[1], machines[2]];
  if (first !== undefined && second !== undefined) machines[2] = { ...second, incoming: first.incoming };
};

/** Entry 6 settles a call, and its write keeps the result it had. */
const unmoved: Spoil = (machines) => {
  const [fifth, sixth] = [machines[5], machines[6]];
  if (fifth !== undefined && sixth !== undefined) machines[6] = { ...sixth, results: fifth.results };
};

/** Entry 3 forgets the oldest result. */
const evicted: Spoil = (machines) => {
  const last = machines[3];
  if (last !== undefined) machines[3] = { ...last, results: last.results.delete('a'), order: last.order.shift() };
};

/** Entry 3 loses the oldest result from the order only. */
const unordered: Spoil = (machines) => {
  const last = machines[3];
  if (last !== undefined) machines[3] = { ...last, order: last.order.shift() };
};

/** Entry 3 takes number 3. */
const reused: Spoil = (machines) => {
  const third = machines[3];
  const outgoing = third?.outgoing.get('stock');
  if (third === undefined || outgoing === undefined) throw new Error('shop has called');
  machines[3] = { ...third, outgoing: third.outgoing.set('stock', { ...outgoing, last: 3 }) };
};

describe('a second model of the log (PROTOCOL §7.3, §8.3)', () => {
  test('A record that keeps the rules passes: repeats, expired requests, calls, refusals, second settlements.', () => {
    expect(judged(bookkeeping, { shop: SETTLED, stock: STOCK })).toBeUndefined();
  });

  test('A repeat that is applied again is found.', () => {
    expect(judged(bookkeeping, { shop: SHOP }, { shop: twice })).toBe(
      'entry 4 of shop, write: the state should be another one',
    );
  });

  test('An expired request that is remembered is found.', () => {
    expect(judged(bookkeeping, { shop: SHOP }, { shop: remembered })).toBe(
      'entry 5 of shop, write: 2 results should be remembered, and 3 are',
    );
  });

  test('A call that is executed twice is found by its outcome, and one that is left out by the count.', () => {
    expect(judged(bookkeeping, { stock: STOCK }, { stock: again })).toContain('entry 3 of stock, call: the state');
    expect(judged(bookkeeping, { stock: STOCK }, { stock: never })).toBe(
      'entry 2 of stock, call: 1 calls of shop should have been executed',
    );
  });

  test('A settled call whose write keeps its old result is found.', () => {
    expect(judged(bookkeeping, { shop: SETTLED, stock: STOCK }, { shop: unmoved })).toBe(
      'entry 6 of shop, settle: a has another result',
    );
  });
});

/** Two sales that are refused at once, and at `wall` a third. */
function aged(wall: number): Log {
  const log = logOf('shop', [sell('a', 0), sell('b', 0), sell('c', 0, wall)]);
  const last = log.entries.get(2);
  return last === undefined ? log : { ...log, entries: log.entries.set(2, { ...last, wall }) };
}

describe('nothing is forgotten early (PROTOCOL §7.4)', () => {
  test('Results whose uuids have expired may be forgotten.', () => {
    expect(judged(forgetting, { shop: aged(2_001) })).toBeUndefined();
    expect(machinesOf(shop, aged(2_001)).at(-1)?.results.size).toBe(1);
  });

  test('One that a timely request could still ask for may not.', () => {
    expect(judged(forgetting, { shop: aged(2_000) }, { shop: evicted })).toBe(
      'entry 3 of shop forgets a, which a timely request could still ask for',
    );
  });

  test('One that waits for its call may not, however old, and no result may be lost from the order.', () => {
    expect(judged(forgetting, { shop: SHOP }, { shop: evicted })).toBe(
      'entry 3 of shop forgets a, which still waits for its call',
    );
    expect(judged(forgetting, { shop: SHOP }, { shop: unordered })).toBe(
      'after entry 3 of shop there are 2 results, and 1 to be forgotten in their turn',
    );
  });
});

describe('a call has one effect (PROTOCOL §8)', () => {
  test('Calls made, executed and settled in order pass, repeats included.', () => {
    expect(judged(calls, { shop: SETTLED, stock: STOCK })).toBeUndefined();
  });

  test('Executing what nobody made, or something else than was made, is found.', () => {
    const stranger = logOf('stock', [call(1, 'a/stock/1', 3), call(2, 'b/stock/2', 9), call(3, 'x', 1)]);
    expect(judged(calls, { shop: SHOP, stock: stranger })).toBe(
      'entry 3 of stock executes call 3 of shop, which was never made',
    );
    const other = logOf('stock', [call(1, 'b/stock/2', 9)]);
    expect(judged(calls, { shop: SHOP, stock: other })).toBe(
      'entry 1 of stock executes call 1 of shop as b/stock/2, and it was made as a/stock/1',
    );
  });

  test('Executing a call again is found.', () => {
    expect(judged(calls, { shop: SHOP, stock: STOCK }, { stock: countedTwice })).toContain(
      'executes call 1 of shop after call 1',
    );
  });

  test('Settling before the execution, or with another outcome, is found.', () => {
    expect(judged(calls, { shop: SETTLED, stock: logOf('stock', []) })).toBe(
      'entry 6 of shop settles call 1 to stock, which was not executed',
    );
    const invented = extend(SHOP, ONE, settle(1, refused('sold out'), 2));
    expect(judged(calls, { shop: invented, stock: STOCK })).toBe(
      'entry 6 of shop settles call 1 to stock with an outcome of its own',
    );
  });

  test('A number given twice is found.', () => {
    expect(judged(calls, { shop: SHOP }, { shop: reused })).toContain('makes call 3 to stock after call 2');
  });
});
