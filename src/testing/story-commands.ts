import type * as fc from 'fast-check';
import { type Call, type GroupName, type Outcome, refused } from '../protocol/model/app.ts';
import { channelOf, isForgettable } from '../protocol/model/apply.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Unserved } from '../protocol/model/messages.ts';
import { hashValue } from '../protocol/model/value-hash.ts';
import { pack } from '../protocol/wire/pack.ts';
import { type GroupStage, HISTORY_ID, STAGE_WINDOW } from './group-stage.ts';
import { law } from './law.ts';
import type { Books, Called, Twin, Written } from './twin.ts';

/*
 * The commands of a story. Each acts on the machines and updates the twins, and then both must agree. A pick counts
 * around the existing candidates, so that a story stays valid when an earlier command is removed.
 */

export type StoryCommand = fc.Command<Books, GroupStage>;

/** A client's write, under a fresh uuid made `age` milliseconds ago. */
export function write(group: GroupName, command: Json, age: number): StoryCommand {
  return {
    check: () => true,
    run(books, stage) {
      const uuid = `uuid ${books.writes.length + 1}`;
      const written: Written = { group, uuid, issuedAt: books.wall - age, command, outcome: undefined };
      const expected = untimely(age);
      const before = hashValue(stage.machineOf(group).state);
      const { unserved } = commitWrite(stage, written, command, books.wall);
      agree(`${group}: ${show(command)} issued ${age} ms ago is served`, unserved ?? 'yes', expected ?? 'yes');
      if (expected !== undefined) return unchanged(stage, group, before, 'an untimely write');
      books.writes.push(written);
      conclude(books, stage, written, twinOf(books, group).apply(command));
      compareReads(books, stage);
    },
    toString: () => `write(${group} ${show(command)}${age === 0 ? '' : `, issued ${age} ms ago`})`,
  };
}

/** A retry of a write under its uuid: with the same command, or with `other`. */
export function repeat(pick: number, other?: Json): StoryCommand {
  return {
    check: ({ writes }) => writes.length > 0,
    run(books, stage) {
      const written = pickFrom(books.writes, pick);
      const { group, uuid, issuedAt, command } = written;
      const before = stage.machineOf(group);
      const known = before.results.get(uuid);
      const isAnother = other !== undefined && show(other) !== show(command);
      const { unserved } = commitWrite(stage, written, other ?? command, books.wall);
      unchanged(stage, group, hashValue(before.state), `the repeated ${show(command)}`);
      if (unserved === 'expired') {
        const isForgotten = known === undefined || isForgettable(before, known, books.wall);
        const isLate = books.wall - issuedAt > STAGE_WINDOW.dedupeFor;
        return law(isForgotten && isLate, () => `${group}: ${show(command)} expired too early`);
      }
      agree(
        `${group}: the uuid of ${show(command)} again`,
        unserved ?? 'the result',
        isAnother ? 'reused' : 'the result',
      );
      const outcome = stage.machineOf(group).results.get(uuid)?.outcome;
      agree(`${group}: what ${show(command)} came to`, outcome, written.outcome);
    },
    toString: () => `repeat(${pick}${other === undefined ? '' : ` as ${show(other)}`})`,
  };
}

/** Time passes. */
export function wait(millis: number): StoryCommand {
  return {
    check: () => true,
    run(books) {
      books.wall += millis;
    },
    toString: () => `wait(${millis})`,
  };
}

/** A replica takes a full copy, and goes on from there. */
export function copy(group: GroupName): StoryCommand {
  return {
    check: () => true,
    run(books, stage) {
      stage.copy(group);
      compareReads(books, stage);
    },
    toString: () => `copy(${group})`,
  };
}

export interface Delivery {
  /** The answer is lost; the call will have to be delivered again. */
  readonly isLost: boolean;
  /** Both deliver: the primary and a deposed one. */
  readonly isTwice: boolean;
  /** The outcome in a group that is not part of the story. */
  readonly outcome: Outcome;
}

/** A pending call is delivered, maybe out of order. */
export function deliver(pick: number, delivery: Delivery): StoryCommand {
  return {
    check: ({ calls }) => calls.some(({ isSettled }) => !isSettled),
    run(books, stage) {
      const call = pickFrom(
        books.calls.filter(({ isSettled }) => !isSettled),
        pick,
      );
      for (let time = 0; time < (delivery.isTwice ? 2 : 1); time += 1) execute(books, stage, call, delivery.outcome);
      if (call.executed === undefined || delivery.isLost) return;
      settle(books, stage, call, call.executed);
      if (delivery.isTwice) settle(books, stage, call, call.executed);
      compareReads(books, stage);
    },
    toString: () => `deliver(${pick}${delivery.isLost ? ', lost' : ''}${delivery.isTwice ? ', twice' : ''})`,
  };
}

/** The other group executes the call, unless it did before or an earlier one is due first. */
function execute(books: Books, stage: GroupStage, call: Called, outcome: Outcome): void {
  const { from, to, number, command } = call;
  if (!stage.groups.includes(to)) {
    call.executed ??= { outcome, index: number };
    return;
  }
  const before = hashValue(stage.machineOf(to).state);
  const isDue = books.calls.every(
    (other) => other.from !== from || other.to !== to || other.number >= number || other.executed !== undefined,
  );
  const settled = stage.machineOf(from).outgoing.get(to)?.settled ?? 0;
  const uuid = `${call.origin.uuid}/${to}/${number}`;
  stage.commit(to, { type: 'call', from, historyId: HISTORY_ID, number, uuid, settled, command }, books.wall);
  if (!isDue || call.executed !== undefined) return unchanged(stage, to, before, 'a call out of turn');
  const machine = stage.machineOf(to);
  const result = machine.incoming.get(channelOf(from, HISTORY_ID))?.results.get(number);
  const expected =
    stage.appOf(to).decode(command).type === 'decoded' ? twinOf(books, to).apply(command) : refused(DOES_NOT_MATTER);
  law(result !== undefined, () => `${to}: call ${number} of ${from} has no result`);
  agreeOn(`${to}: what the call ${show(command)} comes to`, result.outcome, expected);
  call.executed = { outcome: result.outcome, index: result.index };
}

function settle(
  books: Books,
  stage: GroupStage,
  call: Called,
  { outcome, index }: NonNullable<Called['executed']>,
): void {
  const { from, to, number, origin } = call;
  const before = hashValue(stage.machineOf(from).state);
  stage.commit(from, { type: 'settle', group: to, number, outcome, index }, books.wall);
  if (call.isSettled) return unchanged(stage, from, before, 'an outcome that was known');
  call.isSettled = true;
  const twin = twinOf(books, from);
  conclude(books, stage, origin, twin.resume === undefined ? outcome : twin.resume(origin.command, outcome));
}

/** Compares the write with the twin: the expected outcome, or the expected call. */
function conclude(books: Books, stage: GroupStage, written: Written, expected: Outcome | Call): void {
  const { group, uuid, command } = written;
  const machine = stage.machineOf(group);
  const outcome = machine.results.get(uuid)?.outcome;
  if (!('group' in expected)) {
    law(outcome !== undefined, () => `${group}: ${show(command)} makes a call, and its twin does not`);
    agreeOn(`${group}: what ${show(command)} comes to`, outcome, expected);
    written.outcome = outcome;
    return;
  }
  law(outcome === undefined, () => `${group}: ${show(command)} makes no call, and its twin does`);
  const calls = machine.outgoing.get(expected.group);
  const call = calls?.pending.get(calls.last);
  agree(`${group}: the call that ${show(command)} makes`, call?.command, expected.command);
  books.calls.push({
    from: group,
    to: expected.group,
    number: calls?.last ?? 0,
    command: expected.command,
    origin: written,
    executed: undefined,
    isSettled: false,
  });
}

function compareReads(books: Books, stage: GroupStage): void {
  for (const [group, twin] of books.twins) {
    const app = stage.appOf(group);
    for (const { query, outcome } of twin.reads?.() ?? []) {
      const decoded = app.decodeQuery(query);
      law(decoded.type === 'decoded', () => `${group}: the twin reads ${show(query)}, which is no query`);
      agreeOn(`${group}: ${show(query)}`, app.read(stage.machineOf(group).state, decoded.value), outcome);
    }
  }
}

function commitWrite(
  stage: GroupStage,
  { group, uuid, issuedAt }: Written,
  command: Json,
  wall: number,
): { readonly unserved: Unserved | undefined } {
  return stage.commit(group, { type: 'write', uuid, issuedAt, command }, wall);
}

function untimely(age: number): Unserved | undefined {
  if (age > STAGE_WINDOW.dedupeFor) return 'expired';
  return -age > STAGE_WINDOW.dedupeMargin ? 'early' : undefined;
}

function unchanged(stage: GroupStage, group: GroupName, before: number, what: string): void {
  law(hashValue(stage.machineOf(group).state) === before, () => `${group}: ${what} changes the state`);
}

/** The reason of a refusal that is not compared, for a twin that does not know it. */
export const DOES_NOT_MATTER = '*';

function agreeOn(what: string, actual: Outcome, expected: Outcome | Call): void {
  if (actual.type === 'refused' && 'type' in expected && expected.type === 'refused') {
    if (expected.reason === DOES_NOT_MATTER) return;
  }
  agree(what, actual, expected);
}

function agree(what: string, actual: unknown, expected: unknown): void {
  const isSame = hashValue(plain(actual)) === hashValue(plain(expected));
  law(isSame, () => `${what}: the app says ${show(actual)}, its twin ${show(expected)}`);
}

function plain(value: unknown): Json {
  return value === undefined ? null : pack(value);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing yet' : JSON.stringify(value);
}

function pickFrom<Item>(items: readonly Item[], pick: number): Item {
  const item = items[pick % items.length];
  law(item !== undefined, () => 'there is something to pick from');
  return item;
}

function twinOf(books: Books, group: GroupName): Twin {
  const twin = books.twins.get(group);
  law(twin !== undefined, () => `${group} has no twin`);
  return twin;
}
