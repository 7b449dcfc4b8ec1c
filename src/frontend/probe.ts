import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { type GroupRoute, silenced, towardsPrimary } from '../protocol/model/group-route.ts';
import type { FrontEnd, Probe } from './state.ts';
import { type FrontEndTurn, knownGroupRoute, send, setGroupRoute } from './turn.ts';

/*
 * Probes (PROTOCOL §10.8): a front end asks the node to which its requests for a primary go whether it is there, unless it answers
 * requests anyway. So it knows, without a client, whether it can serve.
 */

/** When to probe the group next, or to give up on a probe, in milliseconds of the node's clock; undefined: never. */
export function probeDueAt({ fixed, probes, groupRoutes }: FrontEnd, group: GroupName): number | undefined {
  const groupRoute = groupRoutes[group];
  const node = groupRoute === undefined ? undefined : wayOf(groupRoute);
  const { probeEvery, retryAfter } = fixed.settings;
  if (fixed.home !== undefined || node === undefined || probeEvery === 0) return undefined;
  const probe = probes[group];
  if (probe?.node !== node) return 0;
  return probe.askedAt === undefined ? probe.answeredAt + probeEvery : probe.askedAt + retryAfter;
}

/** Sends the probes that are due; a node that has left one without an answer is silent. */
export function keepProbing(turn: FrontEndTurn): void {
  const { draft, now } = turn;
  for (const group of draft.fixed.groups) {
    const dueAt = probeDueAt(draft, group);
    const node = wayOf(knownGroupRoute(turn, group));
    if (dueAt === undefined || dueAt > now.millis || node === undefined) continue;
    const probe = draft.probes[group];
    if (probe?.node !== node) setProbe(turn, group, { node, answeredAt: now.millis, askedAt: undefined });
    else if (probe.askedAt !== undefined) {
      setProbe(turn, group, { node, answeredAt: now.millis, askedAt: undefined });
      setGroupRoute(turn, group, silenced(knownGroupRoute(turn, group), node));
    } else {
      send(turn, node, group, { type: 'locate' });
      setProbe(turn, group, { ...probe, askedAt: now.millis });
    }
  }
}

/** `node` has answered for the group. */
export function hearProbed(turn: FrontEndTurn, group: GroupName, node: NodeId): void {
  const probe = turn.draft.probes[group];
  if (probe?.node === node) setProbe(turn, group, { node, answeredAt: turn.now.millis, askedAt: undefined });
}

/** The node to which requests for the primary go, unless it leaves them without an answer; undefined: none serves. */
export function wayOf(groupRoute: GroupRoute): NodeId | undefined {
  const node = towardsPrimary(groupRoute);
  return node === undefined || groupRoute.silent.includes(node) ? undefined : node;
}

function setProbe(turn: FrontEndTurn, group: GroupName, probe: Probe): void {
  turn.draft.probes = { ...turn.draft.probes, [group]: probe };
}
