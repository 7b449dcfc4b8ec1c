import { Map } from 'immutable';
import { type GroupName, refused } from '../../protocol/model/app.ts';
import { channelOf } from '../../protocol/model/apply.ts';
import type { CallResult, IncomingCalls, Machine, OutgoingCalls, PendingCall } from '../../protocol/model/machine.ts';

/**
 * Calls between two groups of which a disk has one half only: `from` has their outcome and `to` has not executed them,
 * or `to` has executed them and `from` does not know that it made them, or waits for an outcome that is forgotten.
 */
export interface Loss {
  readonly from: GroupName;
  readonly to: GroupName;
  readonly calls: number;
  readonly missing: 'their effect' | 'their cause' | 'their outcome';
}

const NO_CALLS: OutgoingCalls = { last: 0, settled: 0, pending: Map<number, PendingCall>() };
const NONE_HEARD: IncomingCalls = { cursor: 0, results: Map<number, CallResult>() };

/**
 * Reconciles the machines of one disk under a new history id.
 *
 * - Where the disk was in sync, all is consistent. Pending calls are delivered in the new history; the other group
 *   answers those that it has executed with their first outcome.
 * - Else the numbers of calls are advanced, so that no call is taken for another and none waits for ever.
 */
export function reconcile(
  groups: readonly { readonly group: GroupName; readonly machine: Machine }[],
  historyId: string,
): { readonly machines: Map<GroupName, Machine>; readonly losses: readonly Loss[] } {
  const before = Map(groups.map(({ group, machine }) => [group, machine] as const));
  const losses: Loss[] = [];
  let machines = before.map((machine) => ({ ...machine, incoming: Map<string, IncomingCalls>() }));
  for (const [from, { outgoing }] of before) {
    for (const [to, { incoming }] of before) {
      const made = outgoing.get(to);
      const heard = heardFrom(incoming, from);
      if (made === undefined && heard === undefined) continue;
      const pair = reconcilePair(made ?? NO_CALLS, heard ?? NONE_HEARD);
      losses.push(...pair.losses.filter(({ calls }) => calls > 0).map((loss) => ({ from, to, ...loss })));
      machines = machines
        .update(from, (machine) => machine && withoutOutcome(machine, to, pair.made, pair.orphans))
        .update(
          to,
          (machine) =>
            machine && { ...machine, incoming: machine.incoming.set(channelOf(from, historyId), pair.heard) },
        );
    }
  }
  return { machines, losses };
}

interface Pair {
  readonly made: OutgoingCalls;
  readonly heard: IncomingCalls;
  /** Writes that wait for a call whose outcome is lost. */
  readonly orphans: readonly string[];
  readonly losses: readonly Pick<Loss, 'calls' | 'missing'>[];
}

function reconcilePair(made: OutgoingCalls, heard: IncomingCalls): Pair {
  const isOrphan = (number: number): boolean => number <= heard.cursor && !heard.results.has(number);
  const pending = made.pending.filterNot((_, number) => isOrphan(number));
  const orphans = [...made.pending.filter((_, number) => isOrphan(number)).values()].map(({ origin }) => origin);
  const last = Math.max(made.last, heard.cursor);
  const settled = Math.min(last, ...[...pending.keys()].map((number) => number - 1));
  return {
    made: { last, settled, pending },
    heard: { ...heard, cursor: Math.max(heard.cursor, made.settled) },
    orphans,
    losses: [
      { calls: made.settled - heard.cursor, missing: 'their effect' },
      { calls: heard.cursor - made.last, missing: 'their cause' },
      { calls: orphans.length, missing: 'their outcome' },
    ],
  };
}

/**
 * What a write without an outcome had reserved stays reserved: freeing it may give away what the other group has taken.
 */
function withoutOutcome(machine: Machine, to: GroupName, made: OutgoingCalls, orphans: readonly string[]): Machine {
  const results = orphans.reduce((all, uuid) => {
    const result = all.get(uuid);
    return result === undefined ? all : all.set(uuid, { ...result, outcome: refused('its outcome was lost') });
  }, machine.results);
  return { ...machine, results, outgoing: machine.outgoing.set(to, made) };
}

/** Of several histories of a group the most advanced one: a `force` that was cut short may have begun another. */
function heardFrom(incoming: Machine['incoming'], from: GroupName): IncomingCalls | undefined {
  return incoming
    .filter((_, channel) => channel.startsWith(channelOf(from, '')))
    .toList()
    .maxBy(({ cursor }) => cursor);
}
