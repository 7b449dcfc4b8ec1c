import { ORDERS } from '../../apps/bazaar/orders.ts';
import { compareAll, tradersOf } from '../client/bazaar/run.ts';
import type { Sample } from '../client/bazaar/trader.ts';
import { UserError } from '../shared/errors.ts';
import { pollUntil } from '../shared/poll-until.ts';
import type { NodeStatus } from '../status/fetch-status.ts';
import type { OwnCluster } from '../up/temporary-cluster.ts';
import { type CacheMode, type Mark, type Outage, waitsOf } from './evaluation.ts';

export interface OutageOptions {
  readonly clients: number;
  readonly deadline: number;
  readonly seed: number;
  readonly cache: CacheMode;
  /** Trades in a hundred queries. */
  readonly percent: number;
  /** Quiet time before the kill, after the election and after the return, in milliseconds. */
  readonly calm: number;
}

/** Time for the data servers to be whole again, also on a busy machine. In milliseconds. */
const WHOLE_WITHIN = 90_000;

export interface ObservedOutage {
  readonly outage: Outage;
  readonly problems: readonly string[];
  /** Orders that could not be compared. */
  readonly unknown: readonly string[];
  readonly compared: number;
}

/**
 * Runs clients that trade all the time while the primary of `orders` is killed with SIGKILL, replaced, and brought
 * back.
 */
export async function observeOutage(own: OwnCluster, options: OutageOptions): Promise<ObservedOutage> {
  const samples: Sample[] = [];
  const trading = { ...options, frontEnds: own.bases, perMille: options.percent * 10 };
  const traders = await tradersOf(trading, (sample) => samples.push(sample));
  const beganAt = performance.now();
  const marks: Mark[] = [];
  const mark = (what: string): void => void marks.push({ at: (performance.now() - beganAt) / 1_000, what });
  let goesOn = true;
  const trades = Promise.all(
    traders.map(async (trader) => {
      while (goesOn) await trader.once();
    }),
  );
  // A failure is thrown where it is awaited.
  trades.catch(() => undefined);
  const { killed, successor } = await strike(own, options.calm, mark).finally(() => {
    goesOn = false;
  });
  await trades;
  const { differences, uncompared } = await compareAll(traders);
  const asked = samples.filter(({ kind }) => kind !== 'order');
  const surprises = traders.flatMap((trader) => trader.surprises);
  const unknown = asked.filter(({ outcome }) => outcome === 'unknown').length;
  const outage: Outage = {
    cache: options.cache,
    percent: options.percent,
    killed,
    successor,
    marks,
    waits: {
      query: waitsOf(asked, ['query hit', 'query miss'], beganAt),
      trade: waitsOf(asked, ['trade'], beganAt),
    },
    requests: asked.length,
    failed: surprises.length - unknown,
    unknown,
    longestWait: Math.max(0, ...asked.map(({ millis }) => millis)),
  };
  const where = `cache ${options.cache}, outage`;
  return {
    outage,
    problems: [...differences, ...surprises].map((problem) => `${where}: ${problem}`),
    unknown: uncompared.map((line) => `${where}: ${line}`),
    compared: traders.reduce((sum, { orders }) => sum + orders.length, 0),
  };
}

async function strike(
  own: OwnCluster,
  calm: number,
  mark: (what: string) => void,
): Promise<{ readonly killed: string; readonly successor: string }> {
  await untilWhole(own, 'data servers that all have a vote');
  await pass(calm);
  const killed = await pollUntil(`a primary of ${ORDERS}`, () => own.primary(ORDERS));
  await own.kill(killed);
  mark(`${killed} killed`);
  const successor = await pollUntil(`another primary of ${ORDERS}`, async () => {
    const leader = await own.primary(ORDERS);
    return leader === killed ? undefined : leader;
  });
  mark(`${successor} leads`);
  await pass(calm);
  own.start(killed);
  mark(`${killed} started`);
  const goals = await goalsOf(own, killed);
  await untilWhole(own, `${killed} with what it has missed, and a vote`, goals);
  mark(`${killed} has caught up`);
  await pass(calm);
  return { killed, successor };
}

/**
 * Waits until every data server has a vote in every group: on a busy machine one may be without, and a kill would then
 * show a cluster without redundancy. `goals`: the entry that each must have applied, by group; at least the first, since
 * a new primary lists as voters also those it has not heard yet.
 */
export async function untilWhole(
  own: OwnCluster,
  what: string,
  goals: Readonly<Record<string, number>> = {},
): Promise<void> {
  const isThere = (status: NodeStatus | undefined): boolean =>
    status !== undefined &&
    Object.entries(status.groups).every(
      ([group, { voter, applied }]) => voter && (applied ?? 0) >= Math.max(1, goals[group] ?? 0),
    );
  const look = async (): Promise<true | undefined> => ((await own.statuses()).every(isThere) ? true : undefined);
  await pollUntil(what, look, WHOLE_WITHIN).catch((error: unknown) => {
    const said = own.servers.map((node) => own.said(node)).join('');
    throw error instanceof UserError ? new UserError(`${error.message}; they said:\n${said}`) : error;
  });
}

/** The last entry committed at the others, by group. */
async function goalsOf(own: OwnCluster, killed: string): Promise<Readonly<Record<string, number>>> {
  const goals: Record<string, number> = {};
  for (const status of await own.statuses()) {
    if (status === undefined || status.node === killed) continue;
    for (const [group, { commit }] of Object.entries(status.groups)) goals[group] = Math.max(goals[group] ?? 0, commit);
  }
  return goals;
}

function pass(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
