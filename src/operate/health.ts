import { type ClockDifference, showDifference } from '../host/clock-difference.ts';
import { versionsSaid } from '../host/note-line.ts';
import type { GroupStatus, ProcessStatus } from '../live/admin/status.ts';

/** Whether a process may receive requests, with every reason against it. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence each; empty when it is ready. */
  readonly reasons: readonly string[];
}

/** A ready server has heard the primary within this time, in milliseconds: many heartbeats. */
const HEARD_WITHIN = 2_000;

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
 * - A front end is ready when the primary of every group answers it, or a node that forwards requests to it does. It
 *   asks by itself, so that it is ready again without a client.
 * - A process is not ready while its machine's wall clock is off by more than the margin for late requests, as most
 *   voters' clocks show: it serves, since stamps follow cluster time (PROTOCOL §7.8), but it must not be the one that
 *   is left.
 */
export function readinessOf(status: ProcessStatus, isStopping: boolean): Readiness {
  const reasons = [
    ...(isStopping ? ['it has been asked to stop'] : []),
    ...clockReasons(status.clock ?? null),
    ...(status.kind === 'server'
      ? serverReasons(status.groups)
      : [...frontEndReasons(status.frontEnd), ...lackingVotes(status.groups)]),
  ];
  return { ready: reasons.length === 0, reasons };
}

function clockReasons(clock: ClockDifference | null): readonly string[] {
  if (clock === null || clock.from !== 'wall clocks' || Math.abs(clock.byMillis) <= clock.margin) return [];
  return [
    `its wall clock is ${showDifference(clock.byMillis)} those of most voters, more than ${clock.margin / 1_000} s: set it right`,
  ];
}

function lackingVotes(groups: ProcessStatus['groups']): readonly string[] {
  return Object.entries(groups).flatMap(([name, { lacks }]) => (lacks === null ? [] : [`${name}: ${lacks.says}`]));
}

function serverReasons(groups: ProcessStatus['groups']): readonly string[] {
  return Object.entries(groups).flatMap(([name, group]) =>
    [...groupReasons(group)].map((reason) => `${name}: ${reason}`),
  );
}

function* groupReasons({ voter, primary, heardBefore, commit, applied, lacks, code }: GroupStatus): Iterable<string> {
  if (typeof code?.lacks === 'number')
    yield `it lacks the code of version ${code.lacks}, and has ${versionsSaid(code)}`;
  if (!voter) yield 'it has no vote yet';
  if (primary === null) yield 'no primary is known';
  else if (heardBefore === null || (heardBefore ?? 0) > HEARD_WITHIN) yield `the primary ${primary} is not heard`;
  if (lacks !== null) yield lacks.says;
  const behind = commit - (applied ?? commit);
  if (behind > APPLIED_WITHIN) yield `${behind} visible entries are not applied yet`;
}

function frontEndReasons(frontEnd: ProcessStatus['frontEnd']): readonly string[] {
  return Object.entries(frontEnd?.primaries ?? {}).flatMap(([name, { primary, servedBy, version, newestCode }]) => {
    if (version !== undefined && newestCode !== undefined && version > newestCode) {
      return [`${name}: its state is of version ${version}, and this front end has the code of version ${newestCode}`];
    }
    if (servedBy !== null) return [];
    return [`${name}: ${primary === null ? 'no primary is known' : `the primary ${primary} does not answer`}`];
  });
}
