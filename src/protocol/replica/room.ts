import type { App } from '../model/app.ts';
import { dataVoters } from '../model/configuration.ts';
import type { Json } from '../model/json.ts';
import { configurationOfLog } from '../model/log.ts';
import type { Shortage } from '../model/messages.ts';
import type { Settings } from '../model/settings.ts';
import { codeAtEnd } from './ability.ts';
import type { Replica } from './replica.ts';
import { note, type ReplicaTurn } from './turn.ts';

/*
 * Room (PROTOCOL §4.8). A group takes no write that needs room while its state is over its quota, or while its primary
 * or a data voter reports that its disk or its memory is about to be full. What was taken before is carried out: calls,
 * their outcomes, and changes of the configuration. Only admission depends on it, never apply.
 */

/** What this replica lacks. */
function shortagesOf({ short, size }: Pick<Replica, 'short' | 'size'>, settings: Settings): readonly Shortage[] {
  return size.state + size.since >= settings.stateSizeAtMost ? [...short, 'state'] : short;
}

/** Why the group takes no write that needs room, each with the node that says so; empty while it takes all. */
export function groupShortages(
  { identity, leading, log, short, size }: Replica,
  settings: Settings,
): readonly { readonly node: string; readonly of: Shortage }[] {
  const own = shortagesOf({ short, size }, settings).map((of) => ({ node: identity.nodeId, of }));
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
