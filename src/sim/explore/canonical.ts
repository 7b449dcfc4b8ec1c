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
 * - `questions` names questions for a read index, which only reads ask: none. The judges' memory of won epochs does not use
 *   lives (judged-facts.ts).
 * - `incarnation` rises with a lost record alone, and is 1 otherwise (disk-value.ts): nothing else asks for it. What a
 *   primary knows of its peers' is 1 at first, and of a peer that has acknowledged nothing.
 * - `since` of a primary is for people. `times` of a penalty sets its length, and every penalty lasts for ever here.
 * - `suspected` is a set, and sorted.
 * - Migrations take no time in any model: `tried.at`, which measures one, is dropped.
 * - `watchers` is empty: no model has caches.
 * - Wall clocks and cluster time stand still, so every report of them is the same: reports, heard walls and whether an
 *   anchor is measured are dropped.
 * - `lastPrimary` and `transferPenalties` delay transfers by rank, which no model makes: dropped. A mute primary hands
 *   over whatever they are; with several to choose from, it takes the highest rank.
 *
 * Unchanged, and finite because a model's bounds are: epochs, the round of an election and the highest counter seen
 * (campaigns are bounded), Lamport times (a function of the log and of requests), flaps (changes are).
 */

/**
 * The host in its canonical form after `ticks` more. Unchanged parts stay the same objects, at every level: what is
 * derived from them is then known (fingerprint.ts).
 */
export function canonicalHost(host: Host, ticks: number): Host {
  return canonical(host, ticks, undefined);
}

/** The same at once, where `known` is canonical: what the host still has of it is not looked at. */
export function canonicalAfter(known: Host, host: Host): Host {
  return canonical(host, 0, known);
}

function canonical(host: Host, ticks: number, known: Host | undefined): Host {
  const slots = mapped(host.slots, (slot, group): ReplicaSlot => {
    const before = known?.slots[group]?.replica;
    if (slot.replica === before) return slot;
    return patched(slot, { replica: canonicalReplica(slot.replica, slot.app.settings, ticks, before) });
  });
  return patched(host, { slots });
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
  let longest = 0;
  for (const age of ages) if (age < NEVER && age > longest) longest = age;
  return Math.max(at - ticks, NOW - longest);
}

const NO_SIZE: Replica['size'] = { state: 0, since: 0, saving: 0 };
const NO_QUESTIONS: Replica['questions'] = { sent: 0, since: undefined, isAwaited: false };
const NO_TRANSFER_PENALTIES: Election['transferPenalties'] = {};
const NO_REPORTS: Extract<Phase, { type: 'campaigning' }>['reports'] = {};
const PENALTY: Election['penalties'][string] = { until: NOW + NEVER, times: 1 };

function canonicalReplica(replica: Replica, settings: Settings, ticks: number, known: Replica | undefined): Replica {
  const { election, leading, groupRoutes, anchor, reads } = replica;
  return patched(replica, {
    questions: NO_QUESTIONS,
    size: NO_SIZE,
    anchor: anchor && patched(anchor, { isMeasured: true }),
    date: undefined,
    election: election === known?.election ? election : canonicalElection(election, settings, ticks),
    leading:
      leading === undefined || leading === known?.leading
        ? leading
        : canonicalPrimaryState(leading, settings, ticks, known?.leading),
    reads: reads.length === 0 ? reads : reads.map((read) => patched(read, { until: until(read.until, ticks) })),
    groupRoutes: mapped(groupRoutes, (groupRoute) => canonicalGroupRoute(groupRoute, settings, ticks)),
  });
}

function canonicalElection(election: Election, settings: Settings, ticks: number): Election {
  const { heardAt, standAt, phase, penalties, suspected } = election;
  return patched(election, {
    heardAt: heardAt === undefined ? undefined : since(heardAt, ticks, settings.electAfter),
    standAt: standAt === undefined ? undefined : until(standAt, ticks),
    phase: canonicalPhase(phase, ticks),
    penalties: mapped(penalties, () => PENALTY),
    lastPrimary: undefined,
    transferPenalties: NO_TRANSFER_PENALTIES,
    suspected: suspected.length < 2 ? suspected : [...suspected].sort(),
  });
}

function canonicalPhase(phase: Phase, ticks: number): Phase {
  if (phase.type === 'resting') return phase;
  const later = until(phase.until, ticks);
  return phase.type === 'campaigning'
    ? patched(phase, { until: later, reports: NO_REPORTS })
    : patched(phase, { until: later });
}

function canonicalPrimaryState(
  leading: PrimaryState,
  settings: Settings,
  ticks: number,
  known: PrimaryState | undefined,
): PrimaryState {
  const { beatAt, progress, deliveries, transfer, tried } = leading;
  return patched(leading, {
    since: NOW,
    date: undefined,
    beat: 0,
    beatAt: until(beatAt, ticks),
    progress: mapped(progress, (peer, nodeId) =>
      peer === known?.progress[nodeId] ? peer : canonicalProgress(peer, settings, ticks),
    ),
    deliveries: mapped(deliveries, (delivery) => patched(delivery, { againAt: until(delivery.againAt, ticks) })),
    transfer: transfer && patched(transfer, { until: until(transfer.until, ticks) }),
    transferAgainAt: NOW,
    tried: tried && patched(tried, { at: undefined }),
  });
}

function canonicalProgress(progress: Progress, settings: Settings, ticks: number): Progress {
  const { suspectAfter, quorumWithin, removeAfter, resendAfter, copyWithin } = settings;
  const { readmitAfter, stallFor, slowFor, lagFor } = settings;
  const { heardAt, sentAt, steadySince, stalledSince, slowSince, laggingSince, flaps } = progress;
  const patience = readmitAfter * 2 ** Math.min(flaps, 6);
  return patched(progress, {
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
  });
}

/** The same for an instant that may be unknown: one that no wait is measured from is unknown. */
function sinceOr(at: number | undefined, ticks: number, wait: number): number | undefined {
  return at === undefined || wait >= NEVER ? undefined : since(at, ticks, wait);
}

function canonicalGroupRoute(groupRoute: GroupRoute, { locateEvery, retryAfter }: Settings, ticks: number): GroupRoute {
  const { askedAt } = groupRoute;
  return askedAt === undefined
    ? groupRoute
    : patched(groupRoute, { askedAt: since(askedAt, ticks, locateEvery, retryAfter) });
}

/** `before` with the properties of `patch`; the same object where it has them already. */
function patched<Value extends object, Key extends keyof Value>(before: Value, patch: Pick<Value, Key>): Value {
  for (const key in patch) if (patch[key] !== before[key]) return { ...before, ...patch };
  return before;
}

/** The record with each value replaced; the same object where none changes. */
function mapped<Value>(
  before: Readonly<Record<string, Value>>,
  replace: (value: Value, key: string) => Value,
): Readonly<Record<string, Value>> {
  let after: Record<string, Value> | undefined;
  for (const [key, value] of Object.entries(before)) {
    const next = replace(value, key);
    if (next !== value) (after ??= { ...before })[key] = next;
  }
  return after ?? before;
}
