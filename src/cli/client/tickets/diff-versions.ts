import { type Client, createClient } from '../../../client/client.ts';
import { UserError } from '../../shared/errors.ts';
import { POLL_WITHIN, pollUntil } from '../../shared/poll-until.ts';
import { timingsOf } from '../../shared/timings.ts';
import type { NodeStatus } from '../../status/fetch-status.ts';
import type { OwnCluster } from '../../up/temporary-cluster.ts';
import type { TestReport } from '../report.ts';
import { baseOf, createEvent, createUser, eventSchema, expectDone, showOutcome } from '../requests.ts';
import { testBackends } from './backends.ts';

export interface DiffVersionsOptions {
  /** Purchases while one secondary misses them, and again during the election. */
  readonly times: number;
  readonly deadline: number;
  /** Reports progress. */
  readonly say: (line: string) => void;
}

const GROUP = 'events';

/**
 * Tests two secondaries of different versions when the primary dies: the one with the higher rank was stopped and has
 * missed writes. It must not become primary before it has them, no acknowledged write may be lost, and at the end all
 * data servers must be equal.
 */
export async function testDiffVersions(cluster: OwnCluster, options: DiffVersionsOptions): Promise<TestReport> {
  const { times, deadline, say } = options;
  const client = createClient({ frontEnds: cluster.bases, deadline });
  const userid = await createUser(client, 'buyer');
  const numtickets = times * 4;
  const eventid = await createEvent(client, { userid, eventname: 'a trial', numtickets });
  const millis: number[] = [];
  const path = `/events/${eventid}/purchase/${userid}`;

  const primary = await pollUntil(`a primary of ${GROUP}`, () => cluster.primary(GROUP));
  const [stale = '', fresh = ''] = byRank(await statusOf(cluster, primary)).filter((node) => node !== primary);
  await buy(client, path, times, millis);

  say(`stopping ${stale} for a while; ${times} purchases that it misses`);
  cluster.signal(stale, 'SIGSTOP');
  await buy(client, path, times, millis);
  const behind = await versions(cluster);

  say(`killing the primary ${primary}, and letting ${stale} go on: it ranks above ${fresh} and knows less`);
  await cluster.kill(primary);
  cluster.signal(stale, 'SIGCONT');
  const killedAt = performance.now();
  await buy(client, path, 1, millis);
  const gap = performance.now() - killedAt;
  const next = await pollUntil(`another primary of ${GROUP}`, async () => {
    const leader = await cluster.primary(GROUP);
    return leader === primary ? undefined : leader;
  });
  await buy(client, path, times - 1, millis);

  say(`starting ${primary} again`);
  cluster.start(primary);
  await pollUntil('all data servers with the same', async () => {
    const applied = (await cluster.statuses()).map((status) => status?.groups[GROUP]?.applied);
    return applied.every((index) => index !== undefined && index === applied[0]) ? true : undefined;
  });

  const bought = times * 3;
  const event = await expectDone(client, 'GET', `/events/${eventid}`, eventSchema);
  const addresses = cluster.servers.map((node) => baseOf(cluster.address(node)));
  const compared = await testBackends({ addresses, usersAtMost: 10, within: POLL_WITHIN, deadline });
  const lost =
    event.purchased === bought ? [] : [`${bought} purchases were acknowledged, and ${event.purchased} are there`];
  return {
    test: 'diff-versions',
    problems: [...lost, ...compared.problems],
    lines: [
      `when ${primary} was killed: ${behind.join(', ')}`,
      `${next} was elected; the next purchase was answered ${Math.round(gap)} ms after the kill`,
      `${bought} purchases acknowledged, ${event.purchased} tickets sold`,
      ...compared.lines,
    ],
    timings: { purchases: timingsOf(millis) },
  };
}

async function buy(client: Client, path: string, times: number, millis: number[]): Promise<void> {
  for (let nth = 0; nth < times; nth += 1) {
    const askedAt = performance.now();
    const outcome = await client.request('POST', path, { tickets: 1 });
    millis.push(performance.now() - askedAt);
    if (outcome.type !== 'answered') throw new UserError(`POST ${path}: ${showOutcome(outcome)}`);
  }
}

/** The data servers by the primary's configuration, highest rank first. */
function byRank({ groups }: NodeStatus): readonly string[] {
  const data = groups[GROUP]?.members.filter(({ kind }) => kind === 'data') ?? [];
  return [...data].sort((a, b) => b.rank - a.rank).map(({ node }) => node);
}

async function statusOf(cluster: OwnCluster, node: string): Promise<NodeStatus> {
  return pollUntil(`the status of ${node}`, async () =>
    (await cluster.statuses()).find((status) => status?.node === node),
  );
}

/** The versions of all servers by the primary's knowledge: a stopped one does not answer. */
async function versions(cluster: OwnCluster): Promise<readonly string[]> {
  const statuses = await cluster.statuses();
  const primary = statuses.find((status) => status?.groups[GROUP]?.role === 'primary')?.groups[GROUP];
  return (primary?.members ?? [])
    .filter(({ kind }) => kind === 'data')
    .map(
      ({ node, lag }) =>
        `${node} ${lag === null ? 'of an unknown version' : lag === 0 ? 'had all' : `${lag} entries behind`}`,
    );
}
