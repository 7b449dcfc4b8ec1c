import type { App, Outcome } from '../../protocol/model/app.ts';
import { type Applied, applyEntry, canApply, channelOf } from '../../protocol/model/apply.ts';
import { containedDecode } from '../../protocol/model/contain.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import type { Migrated } from '../../protocol/model/migrate.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import { firstDifference } from '../../sim/judges/difference.ts';

/** The first entry at which two codes part. */
export interface Parting {
  readonly index: number;
  /** ISO 8601, of cluster time. */
  readonly time: string;
  readonly command: Json;
  readonly in: 'outcome' | 'state';
  /** Where in it: `seats.A1.token`; empty for all of it. */
  readonly path: string;
  /** By the old and by the new code: JSON, cut short. */
  readonly old: string;
  readonly new: string;
  /** Why the new code fails or refuses what the old one did not. */
  readonly why?: string;
}

/** Two codes over one log, from states that are alike. */
export interface Lines {
  readonly old: App;
  readonly new: App;
  readonly from: { readonly old: Machine; readonly new: Machine };
  readonly entries: readonly Entry[];
  /**
   * The version that the new code is active in all along: activations in the log are passed over, and so are commands
   * that it cannot read, behind which it goes on from the old state. Undefined: both codes follow the log.
   */
  readonly active: number | undefined;
  /** The state that the new code should have where the old code has that of a machine. */
  readonly translate: (machine: Machine) => Migrated;
}

export interface Compared {
  readonly parting: Parting | undefined;
  /** Entries that both codes have applied, and how many of the states behind them were compared. */
  readonly applied: number;
  readonly states: number;
  /** Why a state of the old code could not be migrated, first. */
  readonly failed: { readonly index: number; readonly reason: string } | undefined;
}

interface Stage {
  readonly entry: Entry;
  readonly old: Machine;
  /** Undefined behind a command that the new code cannot read. */
  readonly new: Machine | undefined;
}

/** Characters of states, as JSON, that are compared one by one; of larger ones some are, and then those between. */
const COMPARED_AT_MOST = 200_000_000;
const STATES_AT_LEAST = 16;

/**
 * Applies the entries by both codes up to the first that one of them lacks code for, and finds the first entry behind
 * which outcome or state differ.
 */
export function compare(lines: Lines): Compared {
  const stages: Stage[] = [];
  let parting: Parting | undefined;
  let before = lines.from.old;
  let behind: Machine | undefined = lines.from.new;
  for (const entry of lines.entries) {
    if (!canApply(lines.old, before.version, entry.body)) break;
    const old = applyEntry(lines.old, before, entry);
    if (isPassedOver(lines, entry)) behind = undefined;
    else {
      const from: Machine | undefined = behind ?? translated(lines, before);
      if (from !== undefined && !canApply(lines.new, from.version, entry.body)) break;
      const body = lines.active !== undefined && entry.body.type === 'activate' ? NOTHING : entry.body;
      const now: Applied | undefined = from && applyEntry(lines.new, from, { ...entry, body });
      behind = now?.machine;
      parting = now && partingOfOutcomes(entry, old, now);
    }
    before = old.machine;
    stages.push({ entry, old: before, new: behind });
    if (parting !== undefined) break;
  }
  const { found, states, failed } = firstOfStates(lines, stages);
  const first = found === undefined || found.index === parting?.index ? parting : found;
  return { parting: first, applied: stages.length, states, failed };
}

const NOTHING: Entry['body'] = { type: 'noop' };

function isPassedOver({ active, new: code }: Lines, { body }: Entry): boolean {
  return (
    active !== undefined &&
    body.type === 'write' &&
    containedDecode(() => code.decode(body.command)).type === 'rejected'
  );
}

/** The old machine as the new code would have it. */
function translated({ active, translate }: Lines, machine: Machine): Machine | undefined {
  const made = translate(machine);
  return made.type === 'failed' ? undefined : { ...machine, version: active ?? machine.version, state: made.state };
}

function partingOfOutcomes(entry: Entry, old: Applied, now: Applied): Parting | undefined {
  const [was, becomes] = [decidedBy(old, entry), decidedBy(now, entry)];
  const differs = firstDifference(was, becomes);
  if (differs === undefined) return undefined;
  const why =
    now.failure?.thrown.message ?? (isObject(becomes) && becomes['type'] === 'refused' ? becomes['reason'] : undefined);
  return { ...partingAt(entry, 'outcome', differs), ...(typeof why === 'string' ? { why } : {}) };
}

/** The first entry behind which the states differ; one at which the outcome does may be before it. */
function firstOfStates(
  { translate }: Lines,
  stages: readonly Stage[],
): { readonly found: Parting | undefined; readonly states: number; readonly failed: Compared['failed'] } {
  let states = 0;
  let failed: Compared['failed'];
  const partsAt = (place: number): Parting | undefined => {
    const stage = stages[place];
    if (stage?.new === undefined) return undefined;
    states += 1;
    const should = translate(stage.old);
    if (should.type === 'failed') {
      failed ??= { index: stage.entry.index, reason: should.thrown.message };
      return undefined;
    }
    const differs = firstDifference(should.state, stage.new.state);
    return differs && partingAt(stage.entry, 'state', differs);
  };
  const size = JSON.stringify(stages.at(-1)?.old.state ?? null).length;
  const step = Math.ceil(stages.length / Math.max(STATES_AT_LEAST, COMPARED_AT_MOST / size));
  for (let from = 0; from < stages.length; from += step) {
    const to = Math.min(from + step, stages.length) - 1;
    let found = partsAt(to);
    if (found === undefined) continue;
    // Alike behind the entry before `from`: between the two is one at which they part.
    for (let [low, high] = [from, to]; low < high;) {
      const middle = Math.floor((low + high) / 2);
      const there = partsAt(middle);
      if (there === undefined) low = middle + 1;
      else [high, found] = [middle, there];
    }
    return { found, states, failed };
  }
  return { found: undefined, states, failed };
}

function partingAt(
  { index, wall, body }: Entry,
  where: Parting['in'],
  { path, one, other }: NonNullable<ReturnType<typeof firstDifference>>,
): Parting {
  return {
    index,
    time: new Date(wall).toISOString(),
    command: commandOf(body),
    in: where,
    path: path.join('.'),
    old: one,
    new: other,
  };
}

/** What an entry asks for, for people. */
function commandOf(body: Entry['body']): Json {
  if (body.type === 'write' || body.type === 'call') return body.command;
  return body.type === 'settle' ? { type: 'settle', group: body.group, number: body.number } : { type: body.type };
}

/** What became of the request of an entry: its outcome, or the call that it waits for. */
function decidedBy({ machine, uuid, result }: Applied, { body }: Entry): Json | Outcome {
  if (body.type === 'call') {
    return machine.incoming.get(channelOf(body.from, body.historyId))?.results.get(body.number)?.outcome ?? null;
  }
  if (result?.outcome !== undefined) return result.outcome;
  const [call] = [...machine.outgoing].flatMap(([group, { pending }]) =>
    [...pending.values()].filter(({ origin }) => origin === uuid).map(({ command }) => ({ group, command })),
  );
  return call === undefined ? null : { type: 'calls', ...call };
}
