import type { App } from '../model/app.ts';
import { FORGOTTEN_AT_ONCE, isForgettable } from '../model/apply.ts';
import { primaryTime } from '../model/clocks.ts';
import { dataVoters } from '../model/configuration.ts';
import type { Json } from '../model/json.ts';
import { configurationOfLog, lastIndex, tail } from '../model/log.ts';
import type { Shortage } from '../model/messages.ts';
import type { Settings } from '../model/settings.ts';
import { codeAtEnd } from './ability.ts';
import { hearsQuorum } from './check-quorum.ts';
import { RESULT_SIZE } from './commit.ts';
import { propose } from './primary-log.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/*
 * Room (PROTOCOL §4.8). A group takes no write that needs room while its state is over its quota, or while its primary
 * or a data voter reports that its disk or its memory is about to be full. What was taken before is carried out: calls,
 * their outcomes, and changes of the configuration. Only admission depends on it, never apply.
 */

/** What of a replica tells the room that its group has. */
type Measured = Pick<Replica, 'short' | 'size' | 'snapshot' | 'machine'>;

/** What this replica lacks. */
function shortagesOf(replica: Measured, settings: Settings): readonly Shortage[] {
  return sizeNow(replica) >= settings.stateSizeAtMost ? [...replica.short, 'state'] : replica.short;
}

/**
 * The bytes of a snapshot taken now: those of the last one, and what was applied since, without the results that were
 * forgotten since. A lower bound of these is enough, for the next snapshot is measured.
 */
function sizeNow({ size, snapshot, machine }: Measured): number {
  const forgotten = (snapshot.machine?.results.size ?? 0) - (machine?.results.size ?? 0);
  return size.state + size.since - RESULT_SIZE * Math.max(0, forgotten);
}

/** Why the group takes no write that needs room, each with the node that says so; empty while it takes all. */
export function groupShortages(
  replica: Replica,
  settings: Settings,
): readonly { readonly node: string; readonly of: Shortage }[] {
  const { identity, leading, log } = replica;
  const own = shortagesOf(replica, settings).map((of) => ({ node: identity.nodeId, of }));
  const others = dataVoters(configurationOfLog(log)).flatMap(({ nodeId }) =>
    (leading?.progress[nodeId]?.short ?? []).map((of) => ({ node: nodeId, of })),
  );
  return [...own, ...others];
}

/** Whether a write may need room that there is not. */
export function lacksRoom(turn: ReplicaTurn, command: Json): boolean {
  return turn.draft.leading?.isReadOnly === true && !isShrinking(codeAtEnd(turn), command);
}

/** Notes that the group has become read-only, or is so no longer. Called with every wake of a primary. */
export function watchRoom(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  const { leading } = draft;
  if (leading === undefined) return;
  const shortages = groupShortages(draft, hosted.settings);
  const isReadOnly = shortages.length > 0;
  if (isReadOnly === leading.isReadOnly) return;
  draft.leading = { ...leading, isReadOnly };
  note(turn, isReadOnly ? { type: 'read-only', shortages } : { type: 'writable' });
}

/** No-ops by which a group over its quota forgets results at a time. */
const FORGETS_BY = 64;

/** Time since its last entry, in milliseconds. */
const FORGETS_AFTER = 1_000;

/**
 * Results are forgotten as entries are applied, and a group over its quota takes hardly any: no-ops stand in for them
 * while the oldest result has expired, so that it becomes writable by itself.
 */
export function forgetByNoops(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  const { leading, machine, log } = draft;
  if (planted(turn, 'forgets-nothing-over-quota')) return;
  if (leading?.isReadOnly !== true || machine === undefined || machine.at.index < lastIndex(log)) return;
  const time = primaryTime(leading, now.millis);
  if (time - tail(log).wall < FORGETS_AFTER || !hearsQuorum(turn, leading, hosted.settings.quorumWithin)) return;
  if (!shortagesOf(draft, hosted.settings).includes('state')) return;
  const oldest = machine.results.get(machine.order.first() ?? '');
  if (oldest?.outcome === undefined || !isForgettable(machine, oldest, time)) return;
  const count = Math.min(FORGETS_BY, Math.ceil(machine.order.size / FORGOTTEN_AT_ONCE));
  propose(
    turn,
    leading,
    Array.from({ length: count }, () => ({ type: 'noop' }) as const),
  );
}

/** A snapshot of `size` bytes is durable: what was applied since it was taken comes on top. */
export function measured(turn: ReplicaTurn, size: number | undefined): void {
  const { draft } = turn;
  const { state, since, saving } = draft.size;
  draft.size = { state: size ?? state + saving, since: since - saving, saving: 0 };
}

function isShrinking(code: App | undefined, command: Json): boolean {
  const { shrinks = [] } = code ?? {};
  if (command === null || typeof command !== 'object' || !('type' in command)) return false;
  return typeof command.type === 'string' && shrinks.includes(command.type);
}
