/** The part of a process's `GET /status` that is used here. */
export interface SeenStatus {
  readonly node: string;
  readonly groups: Readonly<Record<string, SeenGroup>>;
  readonly frontEnd: { readonly held: number } | null;
}

export interface SeenGroup {
  readonly role: string;
  /** `3.s2`. */
  readonly epoch: string;
  readonly last: number;
  readonly commit: number;
  readonly applied: number | null;
  readonly members: readonly SeenMember[];
}

interface SeenMember {
  readonly node: string;
  readonly kind: 'data' | 'witness';
  readonly voter: boolean;
  readonly rank: number;
}

/** The primary of `group` in the newest epoch, among the processes that report themselves as primary. */
export function leaderOf(group: string, statuses: readonly SeenStatus[]): SeenStatus | undefined {
  const counter = (status: SeenStatus): number => Number(status.groups[group]?.epoch.split('.')[0] ?? 0);
  return statuses
    .filter((status) => status.groups[group]?.role === 'primary')
    .sort((a, b) => counter(b) - counter(a))[0];
}

/** The data voters of `group` by its primary's newest configuration, highest rank first; empty without a primary. */
export function rankedBy(group: string, statuses: readonly SeenStatus[]): readonly string[] {
  const members = leaderOf(group, statuses)?.groups[group]?.members ?? [];
  return members
    .filter(({ kind, voter }) => kind === 'data' && voter)
    .sort((a, b) => b.rank - a.rank)
    .map(({ node }) => node);
}

/**
 * Why the cluster is not quiescent; empty when it is. At quiescence:
 *
 * - every process answers, and every group has a primary;
 * - every server is a voter and has applied all entries;
 * - no front end has a pending request.
 */
export function unrestOf(
  expected: {
    readonly servers: readonly string[];
    readonly frontEnds: readonly string[];
    readonly groups: readonly string[];
    /** Nodes that have left or were removed. */
    readonly gone?: readonly string[];
  },
  statuses: readonly SeenStatus[],
): readonly string[] {
  const { servers, frontEnds, groups, gone = [] } = expected;
  const reasons = [...servers, ...frontEnds]
    .filter((node) => !statuses.some((status) => status.node === node))
    .map((node) => `${node} does not answer`);
  for (const group of groups) {
    const leader = leaderOf(group, statuses)?.groups[group];
    if (leader === undefined) {
      reasons.push(`${group} has no primary`);
      continue;
    }
    if (leader.commit < leader.last) reasons.push(`${group} has entries that are not committed`);
    for (const node of gone) {
      if (leader.members.some((member) => member.node === node && member.voter)) {
        reasons.push(`${node} has gone and is a voter of ${group}`);
      }
    }
    for (const node of servers) {
      if (!leader.members.some((member) => member.node === node && member.voter)) {
        reasons.push(`${node} is no voter of ${group}`);
      }
      const applied = statuses.find((status) => status.node === node)?.groups[group]?.applied ?? 0;
      if (applied < leader.last) reasons.push(`${node} lacks ${leader.last - applied} entries of ${group}`);
    }
  }
  for (const { node, frontEnd } of statuses) {
    if ((frontEnd?.held ?? 0) > 0) reasons.push(`${node} holds ${frontEnd?.held ?? 0} requests`);
  }
  return reasons;
}
