import { Map } from 'immutable';
import { GOSSIP } from '../protocol/model/address.ts';
import { unreachable } from '../protocol/model/assert.ts';
import type { GroupView, Lifecycle, ServiceEntry } from '../protocol/model/directory.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { GossipEffect, GossipInput, GossipMessage } from './gossip-io.ts';
import { type GossipTurn, learn, missSilent, obey } from './learn.ts';
import { inOrder, mergeViews } from './merge.ts';
import { type Gossip, isReachable, ownEntry, type Self } from './state.ts';

export type { Gossip, Self } from './state.ts';

/** Names that a directory takes in; beyond that a new name is passed over, and those that are known go on. */
export const SERVICES_AT_MOST = 1_000;

/** One partner in so many is somebody of whom nothing has been heard lately: else two halves never find each other again. */
const ONE_IN = 5;

/** The gossip of a process that has not started. `groups`: how each group began. `planted` is empty but in the simulator. */
export function createGossip(
  self: Self,
  groups: readonly GroupView[],
  settings: Pick<Settings, 'gossipEvery' | 'unreachableAfter'>,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): Gossip {
  const { gossipEvery, unreachableAfter } = settings;
  // Whoever knows more of itself than this says no more than this.
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
    services: [],
    risenAt: Map<NodeId, number>(),
    groups: groups.reduce<readonly GroupView[]>((all, view) => mergeViews(all, [view]), []),
    toldAt: 0,
    dismissed: undefined,
  };
}

/**
 * One step of a node's gossip (PROTOCOL §5.8): again and again it tells one other node, by chance, all that it knows, and
 * is told the same in return. Push and pull together reach everybody in a number of rounds that grows with the logarithm of
 * their number (Demers 1987 §1.3). Before it has started it hears and says nothing.
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

/** When `wake` is due, in milliseconds of the node's own clock; undefined before it has started. */
export function gossipWakeAt({ incarnation, toldAt, fixed }: Gossip): number | undefined {
  return incarnation === undefined ? undefined : toldAt + fixed.settings.gossipEvery;
}

function applyInput(turn: GossipTurn, input: GossipInput): void {
  const { draft } = turn;
  switch (input.type) {
    case 'started':
      return begin(turn, input.incarnation, input.services);
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

function begin(turn: GossipTurn, incarnation: number, services: readonly ServiceEntry[]): void {
  const { draft, now } = turn;
  const mine: ServiceEntry = { ...draft.fixed.self, incarnation, standing: 'member', beat: 0 };
  draft.incarnation = incarnation;
  draft.toldAt = now.millis;
  learn(turn, [mine, ...services]);
  obey(turn, mine);
  announce(turn);
}

function listen(turn: GossipTurn, from: NodeId, { services, groups, isAnswer }: GossipMessage): void {
  const { draft } = turn;
  const mine = ownEntry(draft);
  const names = new Set(draft.services.map(({ nodeId }) => nodeId));
  const strangers = inOrder(services.filter(({ nodeId }) => !names.has(nodeId)));
  const room = Math.max(0, SERVICES_AT_MOST - names.size);
  learn(turn, [...services.filter(({ nodeId }) => names.has(nodeId)), ...strangers.slice(0, room)]);
  obey(turn, mine);
  for (const view of groups) {
    if (draft.fixed.groups.includes(view.group)) draft.groups = mergeViews(draft.groups, [view]);
  }
  if (!isAnswer) say(turn, from, true);
}

/** Shows that this process lives, and tells somebody. */
function tick(turn: GossipTurn): void {
  const { draft, now } = turn;
  if (now.millis < draft.toldAt + draft.fixed.settings.gossipEvery) return;
  missSilent(turn);
  draft.toldAt = now.millis;
  const own = ownEntry(draft);
  if (own !== undefined && draft.dismissed === undefined) learn(turn, [{ ...own, beat: own.beat + 1 }]);
  const partner = partnerOf(draft, now);
  if (partner !== undefined) say(turn, partner, false);
}

/** A change of standing is for everybody and at once: whoever says it may not be there for long. */
function stand(turn: GossipTurn, nodeId: NodeId, standing: Lifecycle): void {
  const entry = turn.draft.services.find((service) => service.nodeId === nodeId);
  if (entry !== undefined && learn(turn, [{ ...entry, standing }])) announce(turn, nodeId);
}

/** Tells everybody but those that are gone for good; `about` is told even then. */
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
  // Of one draw the whole part says which kind, and what is left of it who.
  const kind = Math.floor(chance * ONE_IN);
  const pool = reached.length === 0 || (silent.length > 0 && kind === 0) ? silent : reached;
  return pool[Math.floor((chance * ONE_IN - kind) * pool.length)]?.nodeId;
}
