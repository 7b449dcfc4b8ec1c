import type { NodeId } from '../../protocol/model/epoch.ts';
import { choose, drawAt, happensAt, type Stream, streamOf } from '../base/random.ts';
import { inMap } from '../base/in-map.ts';
import type { NetworkPlan } from '../plan/plan.ts';

/**
 * The fate of each message. It depends only on the seed, the link, the message's kind and the number of that kind on
 * the link before it: removing a fault or a request from a plan leaves the fate of all other messages unchanged.
 */
export interface Network {
  readonly plan: NetworkPlan;
  readonly seed: number;
  /** By sender and receiver. */
  readonly links: Map<NodeId, Map<NodeId, Link>>;
  readonly cuts: Rule[];
  readonly holds: Rule[];
  readonly conditionRules: ConditionRule[];
  /** Flapping links, by name. */
  readonly flaps: Map<string, Flap>;
  /** The network drops, doubles and delays nothing; only cuts and holds still count. */
  isCalm: boolean;
}

/** Messages of one kind on one link. */
interface LinkKind {
  sent: number;
  readonly drop: Stream;
  readonly duplicate: Stream;
  readonly delay: Stream;
  readonly tail: Stream;
}

/** One direction between two names. */
export interface Link {
  /** What was sent on it, by kind. */
  readonly kinds: Map<string, LinkKind>;
  /** The arrival of the last message, in microseconds; an ordered link lets none arrive before it. */
  arrivesAt: number;
  /** The number of rules in force that cut or hold it. */
  cut: number;
  held: number;
  /** Its conditions: the plan's, or those in force. */
  plan: NetworkPlan;
}

/** Links under a rule, until it is ended by name. */
export interface Rule {
  readonly name: string;
  readonly links: readonly Link[];
}

/** Conditions of some links, in place of the plan's. */
export type LinkConditions = Partial<Pick<NetworkPlan, 'drop' | 'duplicate' | 'delayMicros' | 'tail'>>;

interface ConditionRule extends Rule {
  readonly conditions: NetworkPlan;
}

/** Both ends of a link, in its direction. */
export type Pair = readonly [from: NodeId, to: NodeId];

interface Flap {
  readonly pairs: readonly Pair[];
  readonly downMillis: number;
  readonly upMillis: number;
  /** The number of toggles; an older toggle that is still due is ignored. */
  changes: number;
}

export type Fate =
  /** Arrives at these times, once or twice. */
  | { readonly type: 'arrives'; readonly at: readonly number[] }
  | { readonly type: 'lost'; readonly why: 'cut' | 'dropped' }
  /** Waits for the link to be released. */
  | { readonly type: 'waits' };

export function createNetwork(plan: NetworkPlan, seed: number): Network {
  return {
    plan,
    seed,
    links: new Map(),
    cuts: [],
    holds: [],
    conditionRules: [],
    flaps: new Map(),
    isCalm: false,
  };
}

/** The fate of a message of `kind` that is sent at `now` (microseconds). */
export function fateOf(network: Network, from: NodeId, to: NodeId, kind: string, now: number): Fate {
  const link = linkBetween(network, from, to);
  const { plan } = link;
  const of = kindOn(network, link, from, to, kind);
  of.sent += 1;
  if (link.cut > 0) return { type: 'lost', why: 'cut' };
  if (link.held > 0) return { type: 'waits' };
  if (!network.isCalm && happensAt(of.drop, of.sent, plan.drop)) return { type: 'lost', why: 'dropped' };
  const at = [arrival(network, link, of, of.sent * 2, now)];
  if (!network.isCalm && happensAt(of.duplicate, of.sent, plan.duplicate))
    at.push(arrival(network, link, of, of.sent * 2 + 1, now));
  return { type: 'arrives', at };
}

/** The arrival of something that is never lost, such as a refused connection, or what a released link had held. */
export function arrivalOf(network: Network, from: NodeId, to: NodeId, kind: string, now: number): number {
  const link = linkBetween(network, from, to);
  const of = kindOn(network, link, from, to, kind);
  of.sent += 1;
  return arrival(network, link, of, of.sent * 2, now);
}

export function isCut(network: Network, from: NodeId, to: NodeId): boolean {
  return linkBetween(network, from, to).cut > 0;
}

export function isHeld(network: Network, from: NodeId, to: NodeId): boolean {
  return linkBetween(network, from, to).held > 0;
}

function arrival(network: Network, link: Link, of: LinkKind, place: number, now: number): number {
  const { delayMicros, tail } = link.plan;
  let delay = choose(delayMicros, drawAt(of.delay, place, delayMicros.length), 1);
  // A spread of an eighth, so that two messages with the same entry of the table do not arrive in step.
  delay += drawAt(of.tail, place * 2, (delay >> 3) + 1);
  if (!network.isCalm && happensAt(of.tail, place * 2 + 1, tail.perMille)) delay += tail.delayMicros;
  const at = Math.max(now + delay, network.plan.ordered ? link.arrivesAt : 0);
  link.arrivesAt = Math.max(link.arrivesAt, at);
  return at;
}

/** The link from one to the other; made on first use. */
export function linkBetween(network: Network, from: NodeId, to: NodeId): Link {
  const links = inMap(network.links, from, () => new Map<NodeId, Link>());
  return inMap(links, to, () => ({ kinds: new Map(), arrivesAt: 0, cut: 0, held: 0, plan: network.plan }));
}

function kindOn({ seed }: Network, { kinds }: Link, from: NodeId, to: NodeId, kind: string): LinkKind {
  const known = kinds.get(kind);
  if (known !== undefined) return known;
  const stream = (fate: string): Stream => streamOf(seed, `network ${from}>${to} ${kind} ${fate}`);
  const made: LinkKind = {
    sent: 0,
    drop: stream('drop'),
    duplicate: stream('duplicate'),
    delay: stream('delay'),
    tail: stream('tail'),
  };
  kinds.set(kind, made);
  return made;
}
