import { type FrontEnd, frontEndStatus } from '../frontend/front-end.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { voterOf } from '../protocol/model/configuration.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { configurationIndex } from '../protocol/model/log.ts';
import { ownVoter, type Replica } from '../protocol/replica/replica.ts';
import { type CodeStatus, codeStatus } from './code-status.ts';
import { type ClockDifference, clockDifference, showDifference } from './clock-difference.ts';
import { type MissingVotes, missingVotes, showMissingVotes } from './missing-votes.ts';
import { versionsSaid } from './note-line.ts';
import type { Host, ReplicaSlot } from './turn.ts';

/** What decides whether a process is ready: a part of what `/status` says. */
export interface Sight {
  readonly kind: ServiceEntry['kind'];
  /** How far this machine's wall clock is from those of others; null until it has heard them. */
  readonly clock?: ClockDifference | null;
  /** The groups in whose configuration this node is. */
  readonly groups: Readonly<Record<GroupName, GroupSight>>;
  /** The primaries as a front end routes requests; null at a data server without one. */
  readonly frontEnd: { readonly primaries: Readonly<Record<GroupName, PrimarySight>> } | null;
}

/** One replica and its group. */
export interface GroupSight {
  /**
   * Whether this very disk has a vote by the newest configuration known here. The replica's own log may be older: one
   * that was removed while it was down counts itself as a voter until it has caught up.
   */
  readonly voter: boolean;
  /** The primary of the newest epoch promised; null when it is unknown. */
  readonly primary: NodeId | null;
  /** Milliseconds since that primary was heard; 0 at itself, null where none was heard. */
  readonly heardBefore?: number | null;
  readonly commit: number;
  /** Index of the last entry applied; null at a witness, which has no state. */
  readonly applied: number | null;
  /** Why it has no primary that could serve; null while it hears one, and while the votes for one are there. */
  readonly lacks: (MissingVotes & { readonly says: string }) | null;
  /** The versions of its code; null at a witness. */
  readonly code?: CodeStatus | null | undefined;
  /** The index at which its state was found to have diverged (PROTOCOL §11.8). */
  readonly diverged?: number | null | undefined;
}

/** A group's primary as a front end knows it. */
export interface PrimarySight {
  readonly primary: NodeId | null;
  /**
   * The node to which requests for the primary go: itself, or one that forwards them where it does not answer. Null
   * while none answers: then nothing is served.
   */
  readonly servedBy: NodeId | null;
  /** The version of the group's state, and the newest one that this front end has the code of (PROTOCOL §11.7). */
  readonly version?: number | undefined;
  readonly newestCode?: number | undefined;
}

/** Whether a process may receive requests, with every reason against it. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence each; empty when it is ready. */
  readonly reasons: readonly string[];
}

/** A ready server has heard the primary within this time, in milliseconds: many heartbeats. */
export const HEARD_WITHIN = 2_000;

/** Visible entries that a ready replica may still have to apply. */
export const APPLIED_WITHIN = 10_000;

/**
 * The readiness that `/readyz` answers.
 *
 * - A data server is ready when the next one may be stopped: it has its vote in every group, hears the primary, and has
 *   applied nearly all visible entries.
 * - A learner answers reads and is not ready: with s1 a learner still, an orchestrator would go on to stop s2 and s3,
 *   and no server could become primary.
 * - One that lacks code which its log needs is not ready: it answers nothing (PROTOCOL §11.2).
 * - One whose state has diverged is not ready: it answers nothing (PROTOCOL §11.8).
 * - A front end is ready when the primary of every group answers it, or a node that forwards requests to it does. It
 *   asks by itself, so that it is ready again without a client.
 * - A process is not ready while its machine's wall clock is off by more than the margin for late requests, as most
 *   voters' clocks show: it serves, since stamps follow cluster time (PROTOCOL §7.8), but it must not be the one that
 *   is left.
 */
export function readinessOf(sight: Sight, isStopping: boolean): Readiness {
  const reasons = [
    ...(isStopping ? ['it has been asked to stop'] : []),
    ...clockReasons(sight.clock ?? null),
    ...(sight.kind === 'server'
      ? serverReasons(sight.groups)
      : [...frontEndReasons(sight.frontEnd), ...lackingVotes(sight.groups)]),
  ];
  return { ready: reasons.length === 0, reasons };
}

function clockReasons(clock: ClockDifference | null): readonly string[] {
  if (clock === null || clock.from !== 'wall clocks' || Math.abs(clock.byMillis) <= clock.margin) return [];
  return [
    `its wall clock is ${showDifference(clock.byMillis)} those of most voters, more than ${clock.margin / 1_000} s: set it right`,
  ];
}

function lackingVotes(groups: Sight['groups']): readonly string[] {
  return Object.entries(groups).flatMap(([name, { lacks }]) => (lacks === null ? [] : [`${name}: ${lacks.says}`]));
}

function serverReasons(groups: Sight['groups']): readonly string[] {
  return Object.entries(groups).flatMap(([name, group]) =>
    [...groupReasons(group)].map((reason) => `${name}: ${reason}`),
  );
}

function* groupReasons(sight: GroupSight): Iterable<string> {
  const { voter, primary, heardBefore, commit, applied, lacks, code, diverged } = sight;
  if (typeof diverged === 'number') yield `its state has diverged, as found at entry ${diverged}`;
  if (typeof code?.lacks === 'number')
    yield `it lacks the code of version ${code.lacks}, and has ${versionsSaid(code)}`;
  if (!voter) yield 'it has no vote yet';
  if (primary === null) yield 'no primary is known';
  else if (heardBefore === null || (heardBefore ?? 0) > HEARD_WITHIN) yield `the primary ${primary} is not heard`;
  if (lacks !== null) yield lacks.says;
  const behind = commit - (applied ?? commit);
  if (behind > APPLIED_WITHIN) yield `${behind} visible entries are not applied yet`;
}

function frontEndReasons(frontEnd: Sight['frontEnd']): readonly string[] {
  return Object.entries(frontEnd?.primaries ?? {}).flatMap(([name, { primary, servedBy, version, newestCode }]) => {
    if (version !== undefined && newestCode !== undefined && version > newestCode) {
      return [`${name}: its state is of version ${version}, and this front end has the code of version ${newestCode}`];
    }
    if (servedBy !== null) return [];
    return [`${name}: ${primary === null ? 'no primary is known' : `the primary ${primary} does not answer`}`];
  });
}

/** The sight of a process at `now` of its clocks. */
export function sightOf(host: Host, now: Pick<Moment, 'millis' | 'wall'>): Sight {
  const { frontEnd } = host;
  return {
    kind: host.gossip.fixed.self.kind,
    clock: clockDifference(host, now) ?? null,
    groups: Object.fromEntries(
      Object.entries(host.slots).map(([group, slot]) => [group, groupSight(host, slot, now.millis)]),
    ),
    frontEnd: frontEnd === undefined ? null : { primaries: primarySights(frontEnd, isCareless(host)) },
  };
}

export function groupSight(host: Host, slot: ReplicaSlot, millis: number): GroupSight {
  const { replica } = slot;
  const lost = missingVotes(host, replica.identity.group, millis);
  return {
    voter: ownVoter(replica) !== undefined && isVoterByView(host, replica),
    primary: (replica.leading === undefined ? replica.election.primary : replica.identity.nodeId) ?? null,
    heardBefore: isCareless(host) ? 0 : sinceHeard(replica, millis),
    commit: replica.commit,
    applied: replica.machine?.at.index ?? null,
    lacks: lost === undefined ? null : { ...lost, says: showMissingVotes(lost) },
    code: codeStatus(slot) ?? null,
    diverged: replica.diverged ?? null,
  };
}

function primarySights(frontEnd: FrontEnd, trustsAny: boolean): Readonly<Record<GroupName, PrimarySight>> {
  const { groups } = frontEndStatus(frontEnd);
  return Object.fromEntries(
    groups.map(({ group, primary, servedBy, version, newestCode }) => {
      const by = trustsAny ? (servedBy ?? primary) : servedBy;
      return [group, { primary: primary ?? null, servedBy: by ?? null, version, newestCode }];
    }),
  );
}

/** Only in the simulator. */
function isCareless({ gossip }: Host): boolean {
  return gossip.fixed.planted.has('stays-ready-while-cut-off');
}

function sinceHeard({ leading, election: { primary, heardAt } }: Replica, millis: number): number | null {
  if (leading !== undefined) return 0;
  return primary === undefined || heardAt === undefined ? null : Math.max(0, Math.round(millis - heardAt));
}

/** Whether the newest view of the group at this node, if any, gives its disk a vote. */
function isVoterByView(host: Host, { identity, log }: Replica): boolean {
  const view = host.gossip.groups.find(({ group }) => group === identity.group);
  if (view === undefined || view.index <= configurationIndex(log)) return true;
  return voterOf(view.configuration, identity.nodeId)?.diskId === identity.diskId;
}
