import { List, Map as PersistentMap } from 'immutable';
import type { Decoded } from '../../protocol/model/app.ts';
import type { Snapshot } from '../../protocol/model/machine.ts';
import { checkSnapshot } from '../../protocol/wire/codec.ts';
import { isObject } from '../../protocol/wire/decode.ts';

/** Items of collections that are checked at a time: 0.1 ms where they are short, 15 ms where each has 10 KB. */
const ITEMS_AT_ONCE = 100;

type Fields = Readonly<Record<string, unknown>>;
type Keyed = PersistentMap<unknown, unknown>;

/**
 * `checkSnapshot` in slices, with a pause behind each: the same verdict. A snapshot is right if it is right with any run
 * of the items of its collections in place of all of them, one after another.
 */
export function* checkInSlices(snapshot: unknown): Generator<undefined, Decoded<Snapshot>, undefined> {
  const machine = isObject(snapshot) ? snapshot['machine'] : undefined;
  if (!isObject(snapshot) || !isObject(machine)) return checkSnapshot(snapshot);
  const hollow = { ...machine, ...withoutItems(machine) };
  let decoded = checkSnapshot({ ...snapshot, machine: hollow });
  if (decoded.type === 'rejected') return decoded;
  const { base } = decoded.value;
  for (const run of runsOfMachine(machine)) {
    yield undefined;
    // What is no collection has been checked, and a configuration may be long.
    const part = { base, configuration: { voters: [], learners: [] }, machine: { ...hollow, ...run } };
    decoded = checkSnapshot(part);
    if (decoded.type === 'rejected') return decoded;
  }
  return isWhole(snapshot) ? { type: 'decoded', value: snapshot } : checkSnapshot(snapshot);
}

/** What has been checked run by run. */
function isWhole(snapshot: Fields): snapshot is Fields & Snapshot {
  return 'machine' in snapshot;
}

/** The collections of a machine that grow with what it has done, empty. Its `state` is the app's, and not checked. */
function withoutItems(machine: Fields): Fields {
  const empty: Record<string, unknown> = {};
  for (const name of ['results', 'sessions', 'outgoing', 'incoming'])
    if (PersistentMap.isMap(machine[name])) empty[name] = PersistentMap();
  if (List.isList(machine['order'])) empty['order'] = List();
  return empty;
}

/** All items of those collections, in runs. */
function* runsOfMachine({ results, order, sessions, outgoing, incoming }: Fields): Generator<Fields, void, undefined> {
  if (PersistentMap.isMap(results)) for (const run of runsOf(results)) yield { results: run };
  if (List.isList(order)) {
    for (let at = 0; at < order.size; at += ITEMS_AT_ONCE) yield { order: order.slice(at, at + ITEMS_AT_ONCE) };
  }
  if (PersistentMap.isMap(sessions)) for (const run of runsOfHolders(sessions, 'results')) yield { sessions: run };
  if (PersistentMap.isMap(outgoing)) for (const run of runsOfHolders(outgoing, 'pending')) yield { outgoing: run };
  if (PersistentMap.isMap(incoming)) for (const run of runsOfHolders(incoming, 'results')) yield { incoming: run };
}

function* runsOf(map: Keyed): Generator<Keyed, void, undefined> {
  if (map.size <= ITEMS_AT_ONCE) {
    yield map;
    return;
  }
  let run: [unknown, unknown][] = [];
  for (const pair of map) {
    if (run.push(pair) < ITEMS_AT_ONCE) continue;
    yield PersistentMap(run);
    run = [];
  }
  if (run.length > 0) yield PersistentMap(run);
}

/** Runs of a Map whose values hold Maps, under `name`; such a value comes several times where its own is long. */
function* runsOfHolders(map: Keyed, name: string): Generator<Keyed, void, undefined> {
  let run: [unknown, unknown][] = [];
  let items = 0;
  for (const [key, holder] of map) {
    for (const [part, count] of partsOf(holder, name)) {
      run.push([key, part]);
      items += count;
      if (items < ITEMS_AT_ONCE) continue;
      yield PersistentMap(run);
      run = [];
      items = 0;
    }
  }
  if (run.length > 0) yield PersistentMap(run);
}

/** A value with each run of its Map in place of the whole, and what that weighs. Each but the last weighs a run. */
function* partsOf(holder: unknown, name: string): Generator<readonly [unknown, number], void, undefined> {
  const held = isObject(holder) ? holder[name] : undefined;
  if (!isObject(holder) || !PersistentMap.isMap(held)) {
    yield [holder, 1];
    return;
  }
  for (const run of runsOf(held)) yield [{ ...holder, [name]: run }, run.size + 1];
}
