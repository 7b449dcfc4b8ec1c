import type { GroupName } from '../protocol/model/app.ts';
import { type NodeId, sameEpoch } from '../protocol/model/epoch.ts';
import type { Message } from '../protocol/model/messages.ts';
import { type FrontEndTurn, knownGroupRoute, note } from './turn.ts';

type Told = Pick<Extract<Message, { readonly type: 'located' }>, 'epoch' | 'primary' | 'time' | 'version'>;

/** The primary tells the version of its state, with its time (PROTOCOL §11.7). */
export function hearVersion(
  turn: FrontEndTurn,
  group: GroupName,
  { epoch, primary, time, version = 1 }: Told,
  from: NodeId,
): void {
  // A server that does not tell the time has heard no primary, or is none.
  if (time === undefined || primary !== from || !sameEpoch(epoch, knownGroupRoute(turn, group).epoch)) return;
  const { draft } = turn;
  const before = draft.versions[group] ?? 1;
  if (version === before) return;
  draft.versions = { ...draft.versions, [group]: version };
  const has = draft.fixed.newestCode[group] ?? 1;
  if (version > has) note(turn, { type: 'outdated-code', group, version, has });
}
