import type { GroupStatus, ProcessStatus } from '../live/admin/status.ts';

/** Whether a process may be sent requests, and if not, every reason why not. */
export interface Readiness {
  readonly ready: boolean;
  /** One sentence each; empty when it is ready. */
  readonly reasons: readonly string[];
}

/** Visible entries that a replica may still have to apply and be called ready. */
export const APPLIED_WITHIN = 10_000;

/**
 * What `/readyz` says. A data server is ready when the next one may be stopped: it has its vote in every group, knows the
 * primary and has applied nearly all that is visible. A learner answers reads, but an orchestrator that took it for ready
 * would stop s2 and then s3 while s1 is a learner still, and nobody could lead. A front end is ready when it knows whom to
 * ask in every group.
 */
export function readinessOf(status: ProcessStatus, isStopping: boolean): Readiness {
  const reasons = [
    ...(isStopping ? ['it has been asked to stop'] : []),
    ...(status.kind === 'server' ? serverReasons(status.groups) : frontEndReasons(status.frontEnd)),
  ];
  return { ready: reasons.length === 0, reasons };
}

function serverReasons(groups: ProcessStatus['groups']): readonly string[] {
  return Object.entries(groups).flatMap(([name, group]) =>
    [...groupReasons(group)].map((reason) => `${name}: ${reason}`),
  );
}

function* groupReasons({ voter, primary, commit, applied }: GroupStatus): Iterable<string> {
  if (!voter) yield 'it has no vote yet';
  if (primary === null) yield 'no primary is known';
  const behind = commit - (applied ?? commit);
  if (behind > APPLIED_WITHIN) yield `${behind} visible entries are not applied yet`;
}

function frontEndReasons(frontEnd: ProcessStatus['frontEnd']): readonly string[] {
  return Object.entries(frontEnd?.primaries ?? {}).flatMap(([name, { primary }]) =>
    primary === null ? [`${name}: no primary is known`] : [],
  );
}
