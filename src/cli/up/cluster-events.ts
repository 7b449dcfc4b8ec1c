import type { NodeStatus } from '../status/fetch-status.ts';
import { primaryOf } from './readiness.ts';

/** The events of a cluster reported so far. */
export interface KnownCluster {
  readonly nodes: Readonly<Record<string, KnownNode>>;
  readonly groups: Readonly<Record<string, KnownGroup>>;
}

interface KnownNode {
  readonly pid: number;
  /** Polls in a row without an answer. */
  readonly missed: number;
}

interface KnownGroup {
  readonly primary: string;
  readonly epoch: string;
  /** Polls in a row without a primary. */
  readonly missed: number;
}

/** One poll of all nodes. */
export interface Look {
  /** The answer of each node; undefined without one. */
  readonly statuses: Readonly<Record<string, NodeStatus | undefined>>;
  /** Processes whose end was reported already. */
  readonly ended: ReadonlySet<number>;
}

/** Polls in a row after which something missing is reported: a single one may fail on a busy machine. */
const TOLD_AFTER = 2;

/** The cluster as `up` finds it, without reports. */
export function knownCluster(groups: readonly string[], look: Look): KnownCluster {
  const nodes = Object.entries(look.statuses).flatMap(([node, status]): readonly [string, KnownNode][] =>
    status === undefined ? [] : [[node, { pid: status.pid, missed: 0 }]],
  );
  const led = groups.flatMap((group): readonly [string, KnownGroup][] => {
    const found = leaderOf(group, look);
    return found === undefined ? [] : [[group, { ...found, missed: 0 }]];
  });
  return { nodes: Object.fromEntries(nodes), groups: Object.fromEntries(led) };
}

/** The reports after another poll, a line each, and the new state. */
export function clusterEvents(
  known: KnownCluster,
  groups: readonly string[],
  look: Look,
): { readonly known: KnownCluster; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const nodes: Record<string, KnownNode> = { ...known.nodes };
  for (const [node, status] of Object.entries(look.statuses)) {
    const before = known.nodes[node];
    if (status !== undefined) {
      lines.push(...nodeLines(node, before, status.pid));
      nodes[node] = { pid: status.pid, missed: 0 };
    } else if (before !== undefined) {
      const missed = before.missed + 1;
      if (missed === TOLD_AFTER && !look.ended.has(before.pid)) lines.push(`${node} does not answer`);
      nodes[node] = { ...before, missed };
    }
  }
  const led: Record<string, KnownGroup> = { ...known.groups };
  const changes: [change: string, group: string][] = [];
  for (const group of groups) {
    const [before, found] = [known.groups[group], leaderOf(group, look)];
    if (found !== undefined) {
      const change = groupChange(before, found);
      if (change !== undefined) changes.push([withPid(change, found.primary, look), group]);
      led[group] = { ...found, missed: 0 };
    } else if (before !== undefined) {
      const missed = before.missed + 1;
      if (missed === TOLD_AFTER) changes.push(['there is no primary', group]);
      led[group] = { ...before, missed };
    }
  }
  return { known: { nodes, groups: led }, lines: [...lines, ...merged(changes)] };
}

function nodeLines(node: string, before: KnownNode | undefined, pid: number): readonly string[] {
  if (before === undefined || before.pid !== pid) return [`${node} is back (pid ${pid})`];
  return before.missed >= TOLD_AFTER ? [`${node} answers again`] : [];
}

function groupChange(
  before: KnownGroup | undefined,
  { primary, epoch }: Omit<KnownGroup, 'missed'>,
): string | undefined {
  if (before === undefined || before.primary !== primary) return `${primary} is the new primary`;
  return before.missed >= TOLD_AFTER || before.epoch !== epoch ? `${primary} is primary again` : undefined;
}

function withPid(change: string, node: string, { statuses }: Look): string {
  const pid = statuses[node]?.pid;
  return pid === undefined ? change : change.replace(node, `${node} (pid ${pid})`);
}

/** Groups with the same change share a line: `s2 (pid 41) is the new primary of events and users`. */
function merged(changes: readonly (readonly [change: string, group: string])[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [change, group] of changes) groups.set(change, [...(groups.get(change) ?? []), group]);
  return [...groups].map(([change, of]) => `${change} of ${of.join(' and ')}`);
}

/**
 * The primary of a group, and its epoch: a node of this cluster that reports it or, where all follow one that joined
 * later and is not polled, that one.
 */
function leaderOf(group: string, { statuses }: Look): Omit<KnownGroup, 'missed'> | undefined {
  const answers = Object.values(statuses).filter((status) => status !== undefined);
  const own = primaryOf(group, answers);
  if (own !== undefined) return { primary: own, epoch: epochAt(group, answers, own) };
  const followed = answers.map((status) => status.groups[group]?.primary);
  const stranger = followed.find((primary) => typeof primary === 'string' && !Object.hasOwn(statuses, primary));
  if (typeof stranger !== 'string') return undefined;
  const follower = answers.find((status) => status.groups[group]?.primary === stranger);
  return { primary: stranger, epoch: follower?.groups[group]?.epoch ?? '' };
}

function epochAt(group: string, answers: readonly NodeStatus[], node: string): string {
  return answers.find((status) => status.node === node)?.groups[group]?.epoch ?? '';
}
