import { describe, expect, test } from 'vitest';
import { applyEntry } from '../../../src/protocol/model/apply.ts';
import type { Entry, Slot } from '../../../src/protocol/model/entry.ts';
import { chain, genesis } from '../../../src/protocol/model/log.ts';
import { initialMachine, type Machine } from '../../../src/protocol/model/machine.ts';
import type { Message, Request } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import type { Judge } from '../../../src/sim/judges/judge.ts';
import { writeSessions } from '../../../src/sim/judges/write-sessions.ts';
import { counter } from '../../support/protocol/counter.ts';
import { dataServers, replica } from '../../support/sim/bad-cluster.ts';

const WINDOW = { dedupeFor: 1_000, dedupeMargin: 100 };
const LOG = genesis('test', 'counter', dataServers('s1'), WINDOW);
const EPOCH = { counter: 1, nodeId: 's1' };
const SLOT: Slot = { session: 1, number: 1, done: 0 };
const COMMAND = { type: 'add', by: 1 };
const ASKED: Request = { type: 'write', id: 'ask', uuid: 'u', slot: SLOT, command: COMMAND };
const QUESTION = { type: 'outcome', id: 'what', history: 5, session: 1, number: 1, command: COMMAND } as const;

/** A session, in which a write is carried out. */
function written(
  slot: Slot,
  planted: readonly PlantedBug[],
): { readonly entries: readonly Entry[]; readonly machines: readonly Machine[] } {
  const none = { index: 0, epoch: { counter: 0, nodeId: '' }, hash: 7, lamport: 0, wall: 0 };
  const machines = [initialMachine(none, counter.initial, WINDOW)];
  const entries: Entry[] = [];
  const write = { type: 'write', uuid: 'u', slot, command: COMMAND } as const;
  for (const body of [{ type: 'open', name: 'f1/1' }, write] as const) {
    const before = machines.at(-1);
    if (before === undefined) throw new Error('there is a machine at the beginning');
    const entry = chain(before.at, EPOCH, { lamport: 0, wall: 1 }, body);
    entries.push(entry);
    machines.push(applyEntry(counter, before, entry, new Set(planted)).machine);
  }
  return { entries, machines };
}

function judge(slot = SLOT, planted: readonly PlantedBug[] = []): Judge {
  const { entries, machines } = written(slot, planted);
  return writeSessions({
    record: {
      group: () => ({
        app: counter,
        last: entries.length,
        entryAt: (index) => entries[index - 1],
        committedIn: () => EPOCH,
        committedAt: () => 0,
        machineAt: (index) => machines[index],
        firstWriteOf: () => undefined,
        learn: () => undefined,
      }),
    },
  });
}

const STEPPED = { node: 's1', group: 'counter', before: undefined, after: replica(LOG, 0) };

const front = { node: 'f1', unit: 'frontend' };
const server = { node: 's1', unit: 'counter' };

/** What the judge says of the write behind an answer to `item`. */
function verdict(item: Request, reason: 'ended' | 'forgotten' | 'busy'): string | undefined {
  const it = judge();
  const requests: Message = { type: 'requests', epoch: EPOCH, lamport: 0, items: [item] };
  it.sent?.({ from: front, to: server, message: requests });
  it.sent?.({
    from: server,
    to: front,
    message: {
      type: 'replies',
      epoch: EPOCH,
      historyId: 'history',
      primary: 's1',
      items: [{ type: 'unserved', id: item.id, reason }],
    },
  });
  return it.stepped?.(STEPPED);
}

test.each([
  [ASKED, 'ended'],
  [ASKED, 'forgotten'],
  [QUESTION, 'ended'],
  [QUESTION, 'forgotten'],
] as const)('A write is not carried out once %o was told %s', (item, reason) => {
  expect(verdict(item, reason)).toBe(`entry 2 of counter carries u out, which was told ${reason}`);
});

test.each([ASKED, QUESTION])('It may be once %o was told to wait', (item) => {
  expect(verdict(item, 'busy')).toBeUndefined();
});

/** The verdict on a write of a number of session 1, which is there and not done, or of another one. */
function told(reason: 'ended' | 'forgotten', session: number): string | undefined {
  return verdict({ ...QUESTION, session, number: 2 }, reason);
}

describe('What is told of a write without an outcome is true when it is told', () => {
  test.each(['ended', 'forgotten'] as const)(
    '%s is not, of a number that is not done in a session that is there',
    (reason) => {
      expect(told(reason, 1)).toBe(`s1 told ${reason} of number 2 of session 1 of counter, which is there`);
    },
  );

  test('ended is, of a session that there is not', () => {
    expect(told('ended', 9)).toBeUndefined();
  });
});

test('A fence is not carried out', () => {
  expect(judge({ ...SLOT, done: 1 }, ['applies-numbers-done']).stepped?.(STEPPED)).toBe(
    'entry 2 of counter carries the fence u out',
  );
});
