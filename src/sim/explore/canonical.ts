import type { Host, ReplicaSlot } from '../../host/host.ts';
import type { GroupRoute } from '../../protocol/model/group-route.ts';
import type { Message } from '../../protocol/model/messages.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import type { PrimaryState, Progress } from '../../protocol/replica/primary-state.ts';
import type { Election, Phase, Replica } from '../../protocol/replica/replica.ts';
import { NEVER, NOW } from './ticks.ts';

/*
 * The canonical form of a host: hosts with equal forms behave alike from then on. Why each change is sound:
 *
 * - An instant in the future keeps its distance; one that has come is `NOW`: a reducer only asks whether it has come.
 * - An instant in the past is at most as old as the longest wait it is compared with: beyond that every comparison has
 *   the same result. Where every such wait is NEVER, it is dropped.
 * - `beat` numbers heartbeats for rounds of reads, and no model reads: it is 0 in primaries and in messages.
 * - `questions` names questions for a read index, which only reads ask: 0. The judges' memory of won epochs does not use
 *   lives (judged-facts.ts).
 * - `incarnation` rises with a lost record alone, and is 1 otherwise (disk-value.ts): nothing else asks for it. What a
 *   primary knows of its peers' is 1 at first, and of a peer that has acknowledged nothing.
 * - `since` of a primary is for people. `times` of a penalty sets its length, and every penalty lasts for ever here.
 * - `suspected` is a set, and sorted.
 * - `watchers` is empty: no model has caches.
 * - Wall clocks and cluster time stand still, so every report of them is the same: reports, heard walls and whether an
 *   anchor is measured are dropped.
 * - `lastPrimary` and `transferPenalties` delay transfers by rank, which no model makes: dropped. A mute primary hands
 *   over whatever they are; with several to choose from, it takes the highest rank.
 *
 * Unchanged, and finite because a model's bounds are: epochs, the round of an election and the highest counter seen
 * (campaigns are bounded), Lamport times (a function of the log and of requests), flaps (changes are).
 */

/** The host in its canonical form after `ticks` more. Unchanged parts stay the same objects. */
export function canonicalHost(host: Host, ticks = 0): Host {
  const slots: Record<string, ReplicaSlot> = {};
  for (const [group, slot] of Object.entries(host.slots)) {
    slots[group] = { ...slot, replica: canonicalReplica(slot.replica, slot.app.settings, ticks) };
  }
  return { ...host, slots };
}

/** The message without the fields that no model distinguishes. */
export function canonicalMessage(message: Message): Message {
  return (message.type === 'heartbeat' || message.type === 'heard') && message.beat !== 0
    ? { ...message, beat: 0 }
    : message;
}

/** An instant in the future. */
function until(at: number, ticks: number): number {
  return at > NOW + NEVER / 2 ? NOW + NEVER : Math.max(NOW, at - ticks);
}

/** An instant in the past: at most as old as the longest of these ages that is ever reached. */
function since(at: number, ticks: number, ...ages: readonly number[]): number {
  const longest = Math.max(0, ...ages.filter((age) => age < NEVER));
  return Math.max(at - ticks, NOW - longest);
}

function canonicalReplica(replica: Replica, settings: Settings, ticks: number): Replica {
  const { election, leading, groupRoutes } = replica;
  const known: Record<string, GroupRoute> = {};
  for (const [group, groupRoute] of Object.entries(groupRoutes))
    known[group] = canonicalGroupRoute(groupRoute, settings, ticks);
  return {
    ...replica,
    questions: 0,
    size: { state: 0, since: 0, saving: 0 },
    anchor: replica.anchor && { ...replica.anchor, isMeasured: true },
    date: undefined,
    election: canonicalElection(election, settings, ticks),
    leading: leading === undefined ? undefined : canonicalPrimaryState(leading, settings, ticks),
    reads: replica.reads.map((read) => ({ ...read, until: until(read.until, ticks) })),
    groupRoutes: known,
  };
}

function canonicalElection(election: Election, settings: Settings, ticks: number): Election {
  const { heardAt, standAt, phase, penalties, suspected } = election;
  const penalized: Record<string, Election['penalties'][string]> = {};
  for (const nodeId of Object.keys(penalties).sort()) penalized[nodeId] = { until: NOW + NEVER, times: 1 };
  return {
    ...election,
    heardAt: heardAt === undefined ? undefined : since(heardAt, ticks, settings.electAfter),
    standAt: standAt === undefined ? undefined : until(standAt, ticks),
    phase: canonicalPhase(phase, ticks),
    penalties: penalized,
    lastPrimary: undefined,
    transferPenalties: {},
    suspected: suspected.length < 2 ? suspected : [...suspected].sort(),
  };
}

function canonicalPhase(phase: Phase, ticks: number): Phase {
  if (phase.type === 'resting') return phase;
  const later = { ...phase, until: until(phase.until, ticks) };
  return later.type === 'campaigning' ? { ...later, reports: {} } : later;
}

function canonicalPrimaryState(leading: PrimaryState, settings: Settings, ticks: number): PrimaryState {
  const progress: Record<string, Progress> = {};
  for (const [nodeId, peer] of Object.entries(leading.progress)) {
    progress[nodeId] = canonicalProgress(peer, settings, ticks);
  }
  const deliveries: Record<string, PrimaryState['deliveries'][string]> = {};
  for (const [group, delivery] of Object.entries(leading.deliveries)) {
    deliveries[group] = { ...delivery, againAt: until(delivery.againAt, ticks) };
  }
  const { transfer } = leading;
  return {
    ...leading,
    since: NOW,
    date: undefined,
    beat: 0,
    beatAt: until(leading.beatAt, ticks),
    progress,
    deliveries,
    transfer: transfer && { ...transfer, until: until(transfer.until, ticks) },
    transferAgainAt: NOW,
  };
}

function canonicalProgress(progress: Progress, settings: Settings, ticks: number): Progress {
  const { suspectAfter, quorumWithin, removeAfter, resendAfter, copyWithin } = settings;
  const { readmitAfter, stallFor, slowFor, lagFor } = settings;
  const { heardAt, sentAt, steadySince, stalledSince, slowSince, laggingSince, flaps } = progress;
  const patience = readmitAfter * 2 ** Math.min(flaps, 6);
  return {
    ...progress,
    matchedIn: progress.match === 0 ? 1 : Math.max(1, progress.matchedIn),
    livesIn: Math.max(1, progress.livesIn),
    beat: 0,
    wall: undefined,
    heardAt: since(heardAt, ticks, suspectAfter + 1, quorumWithin * 2 + 1, removeAfter),
    sentAt: since(sentAt, ticks, resendAfter, copyWithin),
    steadySince: sinceOr(steadySince, ticks, patience),
    stalledSince: sinceOr(stalledSince, ticks, stallFor),
    slowSince: sinceOr(slowSince, ticks, slowFor),
    laggingSince: sinceOr(laggingSince, ticks, lagFor),
  };
}

/** The same for an instant that may be unknown: one that no wait is measured from is unknown. */
function sinceOr(at: number | undefined, ticks: number, wait: number): number | undefined {
  return at === undefined || wait >= NEVER ? undefined : since(at, ticks, wait);
}

function canonicalGroupRoute(groupRoute: GroupRoute, { locateEvery, retryAfter }: Settings, ticks: number): GroupRoute {
  const { askedAt } = groupRoute;
  if (askedAt === undefined) return groupRoute;
  return { ...groupRoute, askedAt: since(askedAt, ticks, locateEvery, retryAfter) };
}
