import type { Address } from '../model/address.ts';
import { type GroupName, refused } from '../model/app.ts';
import type { Body } from '../model/entry.ts';
import type { Epoch, NodeId } from '../model/epoch.ts';
import {
  asked,
  bridged,
  type GroupRoute,
  groupRouteOf,
  heard,
  isAnswering,
  isOvertaken,
  learned,
  locateDueAt,
  lost,
  mayTell,
  retracted,
  served,
  silenced,
  towardsPrimary,
} from '../model/group-route.ts';
import type { OutgoingCalls } from '../model/machine.ts';
import type { Message, Reply, Request } from '../model/messages.ts';
import { isMute } from './ability.ts';
import { propose } from './primary-log.ts';
import type { Delivery, PrimaryState } from './primary-state.ts';
import { machineOf } from './replica.ts';
import { hearLamport, note, planted, type ReplicaTurn, sending } from './turn.ts';

// Calls to other groups, exactly once (PROTOCOL §8): the primary delivers them in order until each outcome is in its
// log. A deposed primary may deliver too: the other group executes each number once.

/** Delivers every visible call without an outcome; one without an answer in time is sent again. */
export function deliver(turn: ReplicaTurn): void {
  const { leading } = turn.draft;
  if (leading === undefined || turn.draft.diverged !== undefined) return;
  const { at, outgoing } = machineOf(turn.draft);
  // Pending calls are known only once the no-op of this epoch is applied. A mute primary serves nothing.
  if (at.index < leading.first || isMute(turn)) return;
  for (const [group, calls] of outgoing) {
    if (calls.pending.size === 0) continue;
    if (Object.hasOwn(turn.hosted.servers, group)) deliverTo(turn, group, calls);
    else refuse(turn, leading, group, calls);
  }
}

/** Ends calls to a group that the cluster does not have: no one would ever answer them. */
function refuse(turn: ReplicaTurn, leading: PrimaryState, group: GroupName, calls: OutgoingCalls): void {
  const settling = leading.deliveries[group]?.settling.filter((number) => calls.pending.has(number)) ?? [];
  const numbers = [...calls.pending.keys()].filter((number) => !settling.includes(number));
  if (leading.transfer !== undefined || numbers.length === 0) return;
  note(turn, { type: 'calls-no-group', group, pending: numbers.length });
  setDelivery(turn, leading, group, { sent: calls.last, againAt: Infinity, settling: [...settling, ...numbers] });
  const outcome = refused(`no group is called ${group}`);
  const bodies = numbers.map((number): Body => ({ type: 'settle', group, number, outcome, index: 0 }));
  if (turn.draft.leading !== undefined) propose(turn, turn.draft.leading, bodies);
}

/** When to deliver calls next, or again, in milliseconds of the node's clock; undefined without pending calls. */
export function deliveryDueAt(turn: Pick<ReplicaTurn, 'draft' | 'hosted'>): number | undefined {
  const { hosted } = turn;
  const { leading, machine, groupRoutes, diverged } = turn.draft;
  if (diverged !== undefined) return undefined;
  if (leading === undefined || machine === undefined || machine.at.index < leading.first) return undefined;
  if (isMute(turn)) return undefined;
  let dueAt: number | undefined;
  for (const [group, calls] of machine.outgoing) {
    if (calls.pending.size === 0 || !Object.hasOwn(hosted.servers, group)) continue;
    const groupRoute = groupRoutes[group];
    const locateAt = groupRoute === undefined ? undefined : locateDueAt(groupRoute, turn.hosted.settings);
    const isKnown = groupRoute !== undefined && towardsPrimary(groupRoute) !== undefined;
    const againAt = isKnown ? leading.deliveries[group]?.againAt : undefined;
    for (const at of [locateAt, againAt]) if (at !== undefined) dueAt = Math.min(dueAt ?? at, at);
  }
  return dueAt;
}

/** Another group has answered: proposes outcomes; after a refusal, asks another server. */
export function hearGroup(
  turn: ReplicaTurn,
  from: Address,
  message: Extract<Message, { type: 'located' | 'replies' }>,
): void {
  const { draft } = turn;
  const group = from.unit;
  if (!Object.hasOwn(turn.hosted.servers, group)) return;
  const answered = heard(groupRouteFor(turn, group), from.node);
  const groupRoute =
    message.type === 'located' ? retracted(answered, message.primary, message.epoch, from.node) : answered;
  const isServer = mayTell(groupRoute, from.node);
  // A front end says nothing of its own: it may be a way to the primary, and pass its replies on.
  if (!isServer && message.type === 'replies' && groupRoute.via !== from.node) return;
  if (isOvertaken(groupRoute, message.epoch)) return;
  const known = isServer ? learned(groupRoute, message.primary, message.epoch, from.node) : groupRoute;
  setGroupRoute(turn, group, known);
  if (message.type === 'located') bridge(turn, group, known, message, from.node);
  // During a transfer nothing is appended. The next primary asks for these outcomes again.
  if (message.type === 'replies' && draft.leading?.transfer === undefined && draft.leading !== undefined)
    settle(turn, draft.leading, group, message.items);
}

/** Where the primary of another group does not answer, takes the way by a node that hears it, at once. */
function bridge(
  turn: ReplicaTurn,
  group: GroupName,
  known: GroupRoute,
  { primary, epoch }: Extract<Message, { type: 'located' }>,
  from: NodeId,
): void {
  const { leading, identity } = turn.draft;
  // The replica of that group on this node reaches no more than this one.
  if (from === identity.nodeId || planted(turn, 'never-goes-another-way')) return;
  const next = bridged(known, primary, epoch, from);
  if (next === known || primary === undefined) return;
  setGroupRoute(turn, group, next);
  const delivery = leading?.deliveries[group];
  if (leading === undefined || delivery === undefined) return;
  note(turn, { type: 'bridges', group, primary, via: from });
  // All again, by the other way; what the primary leaves unanswered is not held against it.
  const sent = machineOf(turn.draft).outgoing.get(group)?.settled ?? 0;
  setDelivery(turn, leading, group, { ...delivery, sent, againAt: turn.now.millis });
}

/** Learns another group's primary from the replica of that group on this node. */
export function learnPrimary(turn: ReplicaTurn, group: GroupName, primary: NodeId, epoch: Epoch): void {
  setGroupRoute(turn, group, learned(groupRouteFor(turn, group), primary, epoch, primary));
}

/** Learns another group's servers from this node's directory. */
export function learnServers(turn: ReplicaTurn, group: GroupName, servers: readonly NodeId[]): void {
  setGroupRoute(turn, group, served(groupRouteFor(turn, group), servers));
}

/** A hint that a node is dead: a primary of another group on it counts as lost. */
export function loseNode(turn: ReplicaTurn, nodeId: NodeId): void {
  for (const [group, groupRoute] of Object.entries(turn.draft.groupRoutes))
    setGroupRoute(turn, group, lost(groupRoute, nodeId));
}

function deliverTo(turn: ReplicaTurn, group: GroupName, calls: OutgoingCalls): void {
  const { draft, now, hosted } = turn;
  const { settings } = hosted;
  const { leading } = draft;
  const groupRoute = groupRouteFor(turn, group);
  if (leading === undefined) return;
  const dueAt = locateDueAt(groupRoute, settings);
  if (dueAt !== undefined && now.millis >= dueAt) {
    for (const node of nodesToAsk(turn, groupRoute))
      turn.effects.push(sending({ node, unit: group }, { type: 'locate' }));
    setGroupRoute(turn, group, asked(groupRoute, now.millis));
  }
  const target = towardsPrimary(groupRoute);
  if (target === undefined) return;

  const before = leading.deliveries[group];
  if (before === undefined) note(turn, { type: 'resumes-calls', group, pending: calls.pending.size });
  const delivery: Delivery = before ?? { sent: calls.settled, againAt: 0, settling: [] };
  const isLate = now.millis >= delivery.againAt;
  const since = isLate ? calls.settled : delivery.sent;
  const until = Math.min(calls.last, calls.settled + settings.callsAtMost);
  const items = itemsOf(turn, calls, since, until, delivery.settling);
  if (isLate && before !== undefined && before.sent > calls.settled) {
    setGroupRoute(turn, group, silenced(groupRouteFor(turn, group), target));
  }
  if (items.length > 0) {
    const batch = { epoch: groupRoute.epoch, lamport: draft.lamport, items };
    const message: Message =
      target === groupRoute.primary ? { type: 'requests', ...batch } : { type: 'relay', origin: undefined, ...batch };
    turn.effects.push(sending({ node: target, unit: group }, message));
  } else if (!isLate) return;
  const againAt = isLate || since === calls.settled ? now.millis + settings.retryAfter : delivery.againAt;
  setDelivery(turn, leading, group, { ...delivery, sent: Math.max(until, delivery.sent), againAt });
}

/** The group's servers; where its primary does not answer, front ends as well, which may hear it as witnesses. */
function nodesToAsk({ draft: { services } }: ReplicaTurn, groupRoute: GroupRoute): readonly NodeId[] {
  if (isAnswering(groupRoute)) return groupRoute.servers;
  const frontEnds = services.filter(({ kind, standing }) => kind === 'frontend' && standing === 'member');
  return [...groupRoute.servers, ...frontEnds.map(({ nodeId }) => nodeId)];
}

function itemsOf(
  turn: ReplicaTurn,
  calls: OutgoingCalls,
  since: number,
  until: number,
  settling: readonly number[],
): Request[] {
  const { group: from, historyId } = turn.draft.identity;
  const items: Request[] = [];
  for (let number = since + 1; number <= until; number += 1) {
    const call = calls.pending.get(number);
    if (call === undefined || settling.includes(number)) continue;
    const { uuid, command } = call;
    items.push({ type: 'call', id: `${number}`, from, historyId, number, uuid, settled: calls.settled, command });
  }
  return items;
}

function settle(turn: ReplicaTurn, leading: PrimaryState, group: GroupName, items: readonly Reply[]): void {
  const { draft } = turn;
  const calls = machineOf(draft).outgoing.get(group);
  const delivery = leading.deliveries[group];
  if (calls === undefined || delivery === undefined) return;
  const settling = delivery.settling.filter((number) => calls.pending.has(number));
  const bodies: Body[] = [];
  let isBehind = false;
  for (const item of items) {
    const number = Number(item.id);
    if (item.type === 'unserved') isBehind = true;
    if (item.type !== 'done' || !calls.pending.has(number) || settling.includes(number)) continue;
    if (!hearLamport(turn, item.lamport)) {
      isBehind = true;
      continue;
    }
    settling.push(number);
    bodies.push({ type: 'settle', group, number, outcome: item.outcome, index: item.index });
  }
  const againAt = isBehind ? turn.now.millis + turn.hosted.settings.locateEvery : delivery.againAt;
  setDelivery(turn, leading, group, { ...delivery, settling, againAt: Math.min(againAt, delivery.againAt) });
  if (draft.leading !== undefined) propose(turn, draft.leading, bodies);
}

function groupRouteFor(turn: ReplicaTurn, group: GroupName): GroupRoute {
  return turn.draft.groupRoutes[group] ?? groupRouteOf(turn.hosted.servers[group] ?? []);
}

function setGroupRoute(turn: ReplicaTurn, group: GroupName, groupRoute: GroupRoute): void {
  if (turn.draft.groupRoutes[group] !== groupRoute)
    turn.draft.groupRoutes = { ...turn.draft.groupRoutes, [group]: groupRoute };
}

function setDelivery(turn: ReplicaTurn, leading: PrimaryState, group: GroupName, delivery: Delivery): void {
  turn.draft.leading = { ...leading, deliveries: { ...leading.deliveries, [group]: delivery } };
}
