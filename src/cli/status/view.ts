import type { NodeStatus } from './fetch-status.ts';

/** One cluster as its processes describe it; contradictions are resolved here. */
export interface ClusterView {
  readonly clusterId: string;
  /** Sorted: data servers, then front ends, each by name. Removed nodes are left out. */
  readonly nodes: readonly NodeView[];
  /** In the order of the service. */
  readonly groups: readonly GroupView[];
}

export interface NodeView {
  readonly node: string;
  readonly kind: 'server' | 'frontend';
  readonly address: string;
  readonly standing: 'member' | 'away' | 'removed';
  /** Its own status; undefined without an answer. */
  readonly status: NodeStatus | undefined;
  /** The number of other answering nodes that can reach it, and the number of those asked. */
  readonly reachedBy: number;
  readonly asked: number;
}

export interface GroupView {
  readonly group: string;
  /** The primary, by the newest epoch in which a node reports itself as primary. */
  readonly primary: string | undefined;
  readonly epoch: string | undefined;
  readonly commit: number | undefined;
  /** Which votes are missing, as one that answers says; undefined where none says so. */
  readonly lacks: string | undefined;
  readonly members: readonly MemberView[];
}

export interface MemberView {
  readonly node: string;
  readonly kind: 'data' | 'witness';
  readonly voter: boolean;
  readonly votes: number;
  /** Its own report; undefined without an answer, or without a replica. */
  readonly role: NodeStatus['groups'][string]['role'] | undefined;
  readonly applied: number | undefined;
  /** As the primary reports; undefined without a primary. */
  readonly lag: number | undefined;
  readonly silentFor: number | undefined;
}

/** `answers`: the status of each address asked. At least one of them is defined. */
export function viewOf(answers: ReadonlyMap<string, NodeStatus | undefined>): ClusterView | undefined {
  const statuses = [...answers.values()].filter((status) => status !== undefined);
  const [first] = statuses;
  if (first === undefined) return undefined;
  const groups = [...new Set(statuses.flatMap(groupNames))];
  return {
    clusterId: first.clusterId,
    nodes: nodesOf(statuses, answers),
    groups: groups.map((group) => groupOf(group, statuses)),
  };
}

/** The addresses to ask next, by all that the processes know. */
export function addressesIn(view: ClusterView): readonly string[] {
  return view.nodes.map(({ address }) => address);
}

function groupNames({ groups, frontEnd }: NodeStatus): readonly string[] {
  return [...Object.keys(groups), ...Object.keys(frontEnd?.primaries ?? {})];
}

function nodesOf(
  statuses: readonly NodeStatus[],
  answers: ReadonlyMap<string, NodeStatus | undefined>,
): readonly NodeView[] {
  const rows = new Map<string, NodeStatus['directory'][number]>();
  for (const row of statuses.flatMap(({ directory }) => directory)) {
    const known = rows.get(row.node);
    if (known === undefined || isNewer(row, known)) rows.set(row.node, row);
  }
  const views = [...rows.values()].map(({ node, kind, address, standing }): NodeView => {
    const status = answers.get(address) ?? statuses.find((one) => one.node === node);
    const others = statuses.filter((one) => one.node !== node);
    const reachedBy = others.filter(({ directory }) => directory.some((row) => row.node === node && row.reachable));
    // Another node may listen at its former address.
    const own = status?.node === node ? status : undefined;
    return { node, kind, address, standing, status: own, reachedBy: reachedBy.length, asked: others.length };
  });
  return views.filter(({ standing, status }) => standing !== 'removed' || status !== undefined).sort(serversFirst);
}

function isNewer(row: NodeStatus['directory'][number], than: NodeStatus['directory'][number]): boolean {
  if (row.incarnation !== than.incarnation) return row.incarnation > than.incarnation;
  return row.standing !== 'member' && than.standing === 'member';
}

function serversFirst(a: NodeView, b: NodeView): number {
  if (a.kind !== b.kind) return a.kind === 'server' ? -1 : 1;
  return a.node < b.node ? -1 : 1;
}

function groupOf(group: string, statuses: readonly NodeStatus[]): GroupView {
  const leaders = statuses
    .filter((status) => status.groups[group]?.role === 'primary')
    .sort((a, b) => counterOf(b.groups[group]?.epoch) - counterOf(a.groups[group]?.epoch));
  const leader = leaders[0];
  const led = leader?.groups[group];
  // Without a primary, the configuration of the longest log is the best one known.
  const known = led ?? furthest(statuses.flatMap((status) => status.groups[group] ?? []));
  return {
    group,
    primary: leader?.node,
    epoch: known?.epoch,
    commit: known?.commit,
    lacks: leader === undefined ? known?.lacks?.says : undefined,
    members: (known?.members ?? []).map((member): MemberView => {
      const own = statuses.find(({ node }) => node === member.node)?.groups[group];
      return {
        node: member.node,
        kind: member.kind,
        voter: member.voter,
        votes: member.votes,
        role: own?.role,
        applied: own?.applied ?? undefined,
        lag: member.lag ?? undefined,
        silentFor: member.silentFor ?? undefined,
      };
    }),
  };
}

function furthest(groups: readonly NodeStatus['groups'][string][]): NodeStatus['groups'][string] | undefined {
  return [...groups].sort((a, b) => counterOf(b.epoch) - counterOf(a.epoch) || b.last - a.last)[0];
}

function counterOf(epoch: string | undefined): number {
  return Number(epoch?.split('.', 1)[0] ?? 0);
}
