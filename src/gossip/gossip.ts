import { Map } from 'immutable';
import { GOSSIP } from '../protocol/model/address.ts';
import { unreachable } from '../protocol/model/assert.ts';
import { memberOf } from '../protocol/model/configuration.ts';
import { approached, isPlausible } from '../protocol/model/counters.ts';
import type { GroupView, Lifecycle, ServiceEntry } from '../protocol/model/directory.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import { claimOf, isCredible, mayTell, repaired, withinReach } from './credible.ts';
import type { GossipEffect, GossipInput, GossipMessage } from './gossip-io.ts';
import { type GossipTurn, learn, missSilent, obey, tellKnown } from './learn.ts';
import { inOrder, mergeViews } from './merge.ts';
import { isSound, SERVICES_AT_MOST, strangersTaken, withoutUnheard } from './names.ts';
import { type Gossip, isNamed, isReachable, ownEntry, type Self } from './state.ts';

export { SERVICES_AT_MOST } from './names.ts';
export type { Gossip, Self } from './state.ts';

/** One partner in five is an unreachable node: otherwise two halves of a healed partition never find each other. */
const ONE_IN = 5;

/**
 * The gossip of a process that has not started. `groups`: their first views. `planted` is empty except in the
 * simulator.
 */
export function createGossip(
  self: Self,
  groups: readonly GroupView[],
  settings: Pick<Settings, 'gossipEvery' | 'unreachableAfter'>,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): Gossip {
  const { gossipEvery, unreachableAfter } = settings;
  // Only these fields: `self` may have more.
  const { nodeId, kind, address, diskId, generation } = self;
  const own = { nodeId, kind, address, diskId, generation };
  return {
    fixed: {
      self: own,
      groups: groups.map(({ group }) => group),
      settings: { gossipEvery, unreachableAfter },
      planted,
    },
    incarnation: undefined,
    startedAt: 0,
    later: [],
    claimed: 0,
    services: [],
    risenAt: Map<NodeId, number>(),
    hearsay: Map<NodeId, number>(),
    dropped: Map<NodeId, ServiceEntry>(),
    groups: groups.reduce<readonly GroupView[]>((all, view) => mergeViews(all, [view]), []),
    toldAt: 0,
    approached: {},
    dismissed: undefined,
  };
}

/**
 * One step of a node's gossip (PROTOCOL §5.8). At intervals it sends its directory to one random node, and receives
 * that node's. Push and pull together reach N nodes in O(log N) rounds (Demers 1987 §1.3). Inputs before `started` are
 * ignored.
 */
export function stepGossip(
  gossip: Gossip,
  input: GossipInput,
  now: Moment,
): readonly [Gossip, readonly GossipEffect[]] {
  if (gossip.incarnation === undefined && input.type !== 'started') return [gossip, []];
  const turn: GossipTurn = { now, draft: { ...gossip }, effects: [] };
  applyInput(turn, input);
  return [turn.draft, turn.effects];
}

/** When `wake` is due, in milliseconds of the node's clock; undefined before `started`. */
export function gossipWakeAt({ incarnation, toldAt, fixed }: Gossip): number | undefined {
  return incarnation === undefined ? undefined : toldAt + fixed.settings.gossipEvery;
}

function applyInput(turn: GossipTurn, input: GossipInput): void {
  const { draft } = turn;
  switch (input.type) {
    case 'started':
      return begin(turn, input);
    case 'message':
      return listen(turn, input.from, input.message);
    case 'wake':
      return tick(turn);
    case 'sighted':
      draft.groups = mergeViews(draft.groups, [input.view]);
      return undefined;
    case 'stand':
      return stand(turn, draft.fixed.self.nodeId, input.standing);
    case 'remove':
      return stand(turn, input.nodeId, 'removed');
    default:
      return unreachable(input);
  }
}

function begin(turn: GossipTurn, { incarnation, services, lives }: Extract<GossipInput, { type: 'started' }>): void {
  const { draft, now } = turn;
  const own: ServiceEntry = { ...draft.fixed.self, incarnation, standing: 'member', beat: 0 };
  const mine = lives === undefined ? own : { ...own, proof: lives.own };
  draft.incarnation = incarnation;
  draft.startedAt = now.millis;
  draft.later = lives?.later ?? [];
  draft.toldAt = now.millis;
  const stored = services.filter(isSound).map(repaired);
  const others = stored.filter(({ nodeId }) => nodeId !== mine.nodeId);
  learn(turn, [mine, ...others, ...ofSelf(turn, mine, mine.nodeId, stored)]);
  obey(turn, mine);
  announce(turn);
}

function listen(turn: GossipTurn, from: NodeId, { services, groups, isAnswer }: GossipMessage): void {
  const { draft } = turn;
  const self = draft.fixed.self.nodeId;
  const names = new Set(draft.services.map(({ nodeId }) => nodeId));
  const isKnown = isMember(draft, from);
  const told = services.filter((entry) => mayTell(draft, from, entry));
  const others = told.filter(({ nodeId }) => nodeId !== self);
  const credible = others.filter((entry) => isCredible(draft, from, entry)).map((entry) => withinReach(draft, entry));
  const strangers = strangersTaken(draft, from, inOrder(credible.filter(({ nodeId }) => !names.has(nodeId))));
  const mine = ownEntry(draft);
  const own = mine === undefined ? [] : ofSelf(turn, mine, from, told);
  const isNews = hearFrom(turn, from, strangers);
  if (!learn(turn, [...credible.filter(({ nodeId }) => names.has(nodeId)), ...strangers, ...own]) && isNews)
    tellKnown(turn);
  obey(turn, mine);
  for (const view of isKnown ? groups : []) if (draft.fixed.groups.includes(view.group)) takeView(draft, view);
  if (!isAnswer) say(turn, from, true);
}

/** Notes who has spoken, and of whom others have only told. Returns whether a name is none of hearsay any more. */
function hearFrom({ draft, now }: GossipTurn, from: NodeId, strangers: readonly ServiceEntry[]): boolean {
  const isConfirmed = draft.hearsay.has(from);
  draft.hearsay = draft.hearsay.delete(from);
  for (const { nodeId, standing } of strangers) {
    if (nodeId !== from && standing !== 'removed') draft.hearsay = draft.hearsay.set(nodeId, now.millis);
  }
  return isConfirmed;
}

/** What `services` say of this node, as far as it is to be taken. */
function ofSelf(
  turn: GossipTurn,
  mine: ServiceEntry,
  from: NodeId,
  services: readonly ServiceEntry[],
): readonly ServiceEntry[] {
  const { draft, effects } = turn;
  const taken: ServiceEntry[] = [];
  for (const entry of services) {
    if (entry.nodeId !== mine.nodeId) continue;
    const claim = claimOf(draft, mine, entry);
    if (claim.type === 'credible') taken.push(entry);
    else if (claim.type === 'ahead') taken.push({ ...mine, beat: claim.beat + 1 });
    else if (claim.type === 'unproven' && claim.incarnation > draft.claimed) {
      draft.claimed = claim.incarnation;
      effects.push({ type: 'claimed', incarnation: claim.incarnation });
      effects.push({ type: 'note', note: { type: 'doubts-claim', from, incarnation: claim.incarnation } });
    }
  }
  return taken;
}

/** Whether a node may tell of groups: it is in the directory, or a member of a group. A stranger may not. */
function isMember(gossip: Pick<Gossip, 'services' | 'groups'>, from: NodeId): boolean {
  const entry = gossip.services.find(({ nodeId }) => nodeId === from);
  return entry === undefined ? isNamed(gossip, from) : entry.standing !== 'removed';
}

/**
 * Takes a view of a group that may be true: of an epoch and an index that the group can have reached, and led by one of
 * its own members. One too far ahead is approached, and taken when it is told again and again (PROTOCOL §2.5).
 */
function takeView(draft: GossipTurn['draft'], view: GroupView): void {
  const { group, epoch, index, primary, configuration } = view;
  if (primary !== undefined && memberOf(configuration, primary) === undefined) return;
  const known = draft.groups.find((one) => one.group === group);
  const near = draft.approached[group];
  const counter = Math.max(known?.epoch.counter ?? 0, near?.counter ?? 0);
  const last = Math.max(known?.index ?? 0, near?.index ?? 0);
  if (isPlausible(epoch.counter, counter) && isPlausible(index, last)) {
    draft.groups = mergeViews(draft.groups, [view]);
  } else {
    const nearer = { counter: approached(counter, epoch.counter), index: approached(last, index) };
    draft.approached = { ...draft.approached, [group]: nearer };
  }
}

/** Raises the own beat, and sends the directory to one node. */
function tick(turn: GossipTurn): void {
  const { draft, now } = turn;
  if (now.millis < draft.toldAt + draft.fixed.settings.gossipEvery) return;
  missSilent(turn);
  draft.toldAt = now.millis;
  forgetUnheard(turn);
  const own = ownEntry(draft);
  if (own !== undefined && draft.dismissed === undefined) learn(turn, [{ ...own, beat: own.beat + 1 }]);
  const partner = partnerOf(draft, now);
  if (partner !== undefined) say(turn, partner, false);
}

function forgetUnheard(turn: GossipTurn): void {
  const { draft, now } = turn;
  const kept = withoutUnheard(draft, now.millis);
  if (kept.length === draft.services.length) return;
  const silent = draft.services.filter((entry) => !kept.includes(entry));
  // The oldest make room.
  draft.dropped = draft.dropped.concat(silent.map((entry) => [entry.nodeId, entry])).takeLast(SERVICES_AT_MOST);
  draft.services = kept;
  draft.hearsay = draft.hearsay.filter((_, nodeId) => kept.some((entry) => entry.nodeId === nodeId));
  tellKnown(turn);
}

/** A changed lifecycle is sent to all nodes at once: the process that announces it may end soon. */
function stand(turn: GossipTurn, nodeId: NodeId, standing: Lifecycle): void {
  const entry = turn.draft.services.find((service) => service.nodeId === nodeId);
  if (entry !== undefined && learn(turn, [{ ...entry, standing }])) announce(turn, nodeId);
}

/** Sends the directory to all nodes but removed ones; to `about` in any case. */
function announce(turn: GossipTurn, about?: NodeId): void {
  for (const { nodeId, standing } of turn.draft.services) {
    if (nodeId !== turn.draft.fixed.self.nodeId && (standing !== 'removed' || nodeId === about)) {
      say(turn, nodeId, false);
    }
  }
}

function say(turn: GossipTurn, to: NodeId, isAnswer: boolean): void {
  const { services, groups } = turn.draft;
  turn.effects.push({
    type: 'send',
    to: { node: to, unit: GOSSIP },
    message: { type: 'gossip', services, groups, isAnswer },
  });
}

function partnerOf(gossip: Gossip, { millis, chance }: Moment): NodeId | undefined {
  const { self } = gossip.fixed;
  const others = gossip.services.filter(({ nodeId, standing }) => nodeId !== self.nodeId && standing !== 'removed');
  const reached = others.filter(({ nodeId }) => isReachable(gossip, nodeId, millis));
  const silent = others.filter(({ nodeId }) => !isReachable(gossip, nodeId, millis));
  // One random number decides both: its whole part the kind of partner, its fraction the partner.
  const kind = Math.floor(chance * ONE_IN);
  const pool = reached.length === 0 || (silent.length > 0 && kind === 0) ? silent : reached;
  return pool[Math.floor((chance * ONE_IN - kind) * pool.length)]?.nodeId;
}
