import { isReachable } from '../gossip/state.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { type Member, votesTogether } from '../protocol/model/configuration.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { hearsPrimaryAt } from '../protocol/replica/follower.ts';
import type { Host } from './turn.ts';

/** Why a group has no primary that could serve, as far as this process knows. */
export interface MissingVotes {
  /** More than half of all votes. */
  readonly needs: number;
  readonly total: number;
  /** Votes of the nodes that are reached, this one's included. */
  readonly has: number;
  /** Voters that are not reached, sorted by node id. */
  readonly missing: readonly { readonly node: NodeId; readonly votes: number; readonly kind: 'data' | 'witness' }[];
  /** Whether no data server with a vote is reached: witnesses alone elect no primary. */
  readonly lacksData: boolean;
}

/**
 * The votes that `group` lacks at `millis` of the node's clock, by the newest configuration known here; undefined while
 * a primary is heard, and where those reached suffice.
 */
export function missingVotes(host: Host, group: GroupName, millis: number): MissingVotes | undefined {
  const slot = host.slots[group];
  const view = host.gossip.groups.find((known) => known.group === group);
  if (slot === undefined || view === undefined || hearsPrimaryAt(slot.replica, slot.app.settings, millis))
    return undefined;
  const { suspected } = slot.replica.election;
  const { self } = host.gossip.fixed;
  const isThere = ({ nodeId, diskId }: Member): boolean =>
    nodeId === self.nodeId
      ? diskId === self.diskId
      : isReachable(host.gossip, nodeId, millis) && !suspected.includes(nodeId);
  const { voters } = view.configuration;
  const there = voters.filter(isThere);
  const [total, has] = [votesTogether(voters), votesTogether(there)];
  const needs = Math.floor(total / 2) + 1;
  const lacksData = there.every(({ kind }) => kind !== 'data');
  if (has >= needs && !lacksData) return undefined;
  const missing = voters
    .filter((voter) => !isThere(voter))
    .map(({ nodeId, votes, kind }) => ({ node: nodeId, votes, kind }));
  return { needs, total, has, missing, lacksData };
}

/**
 * `needs 2 of 3 votes, has 1: f2 is missing`, and what would help: which of the missing ones would do, and the last
 * resort.
 */
export function showMissingVotes(lost: MissingVotes): string {
  const { needs, total, has, missing } = lost;
  const names = missing.map(({ node }) => node);
  const gone = `${listed(names, 'and')} ${names.length === 1 ? 'is' : 'are'} missing`;
  const said = has < needs ? `needs ${needs} of ${total} votes, has ${has}: ${gone}` : `needs a data server: ${gone}`;
  return `${said}; ${helpFor(lost)}; if they never return: understudy force`;
}

function helpFor({ needs, has, missing, lacksData }: MissingVotes): string {
  const lacks = needs - has;
  const enough = missing.filter(({ votes, kind }) => votes >= lacks && (!lacksData || kind === 'data'));
  if (enough.length > 0)
    return `start ${listed(
      enough.map(({ node }) => node),
      'or',
    )} with its own folder`;
  const how = lacksData ? ', a data server among them,' : '';
  return `start as many of them as have ${lacks} votes together${how} with their own folders`;
}

function listed(names: readonly string[], last: 'and' | 'or'): string {
  return names.length < 2 ? (names[0] ?? 'none') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1) ?? ''}`;
}
