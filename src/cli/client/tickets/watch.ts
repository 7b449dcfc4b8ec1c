import { fetchStatus, type NodeStatus } from '../../status/fetch-status.ts';
import type { TestReport } from '../report.ts';

export interface WatchOptions {
  /** Base URLs of data servers. */
  readonly addresses: readonly string[];
  /** Duration of the watch, in milliseconds. */
  readonly watchFor: number;
}

const LOOK_EVERY = 100;

/** The newest committed entry known at the start of the watch, by group. */
type Goals = Readonly<Record<string, number>>;

/**
 * Watches data servers of different versions without a write: no epoch may have two primaries, and each server must
 * apply all entries committed at the start of the watch. It ends as soon as all have.
 */
export async function testWatch({ addresses, watchFor }: WatchOptions): Promise<TestReport> {
  const until = performance.now() + watchFor;
  const leaders = new Map<string, string>();
  const problems: string[] = [];
  let statuses = await look(addresses);
  const first = statuses.map(versionsOf);
  const goals = goalsOf(statuses);
  for (;;) {
    problems.push(...twoLeaders(statuses, leaders));
    const late = addresses.flatMap((address, place) => behind(address, statuses[place], goals));
    if (late.length === 0 || performance.now() >= until) {
      problems.push(...late);
      return {
        test: 'diff-versions',
        problems,
        lines: [
          ...addresses.map(
            (address, place) => `${address}: ${first[place]}; in the end ${versionsOf(statuses[place])}`,
          ),
          ...[...leaders].map(([epoch, node]) => `${node} is primary of ${epoch}`),
        ],
        timings: {},
      };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    statuses = await look(addresses);
  }
}

function look(addresses: readonly string[]): Promise<readonly (NodeStatus | undefined)[]> {
  return Promise.all(addresses.map((address) => fetchStatus(address).catch(() => undefined)));
}

function goalsOf(statuses: readonly (NodeStatus | undefined)[]): Goals {
  const goals: Record<string, number> = {};
  for (const [group, { commit }] of statuses.flatMap((status) => Object.entries(status?.groups ?? {}))) {
    goals[group] = Math.max(goals[group] ?? 0, commit);
  }
  return goals;
}

function behind(address: string, status: NodeStatus | undefined, goals: Goals): readonly string[] {
  if (status === undefined) return [`${address} does not answer`];
  return Object.entries(goals)
    .filter(([group, goal]) => (status.groups[group]?.applied ?? 0) < goal)
    .map(([group, goal]) => `${status.node} has applied ${status.groups[group]?.applied ?? 0} of ${goal} of ${group}`);
}

/** Records the primary of each epoch; returns the epochs with two. */
function twoLeaders(statuses: readonly (NodeStatus | undefined)[], leaders: Map<string, string>): readonly string[] {
  return statuses.flatMap((status) => {
    const led = Object.entries(status?.groups ?? {}).filter(([, { role }]) => role === 'primary');
    return led.flatMap(([group, { epoch }]) => {
      const named = `${group} in epoch ${epoch}`;
      const known = leaders.get(named);
      if (status === undefined || known === status.node) return [];
      leaders.set(named, status.node);
      return known === undefined ? [] : [`both ${known} and ${status.node} are primary of ${named}`];
    });
  });
}

function versionsOf(status: NodeStatus | undefined): string {
  if (status === undefined) return 'no answer';
  return Object.entries(status.groups)
    .map(([group, { applied, role }]) => `${group} ${applied ?? 'none'} (${role})`)
    .join(', ');
}
