import * as z from 'zod';
import { isReachable } from '../../gossip/state.ts';
import { groupsServedAloneBy, groupsWithoutPrimary } from '../../host/consent.ts';
import type { Order } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { dataVoters } from '../../protocol/model/configuration.ts';
import type { GroupView, ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { OperatorAnswer } from '../../transport-http/clients/operator-paths.ts';
import { dutiesOf, showDuties } from '../shutdown/duties.ts';
import { waitUntil } from '../shutdown/wait-until.ts';

/** The path of an operator's orders: membership and leadership. */
export const ORDER_PATH = '/understudy/order';

/** Time after which an order is answered as not carried out yet, in milliseconds. */
const CARRIED_OUT_WITHIN = 10_000;

/** Time for gossip to find a node unreachable that may just have died, in milliseconds. */
const MISSED_WITHIN = 4_000;

/** Time for an election under way, before an order that needs every primary is refused, in milliseconds. */
const PRIMARY_WITHIN = 2_000;

const name = z.string().min(1).max(64);

/** The orders of an operator. */
export const orderRequest = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('transfer'), group: name, to: name.optional() }),
  z.strictObject({ type: z.literal('remove'), node: name }),
  z.strictObject({ type: z.literal('leave') }),
]);

export type OrderRequest = z.infer<typeof orderRequest>;

/** The answer to an order that was carried out. */
export const orderAnswer = z.union([
  z.object({ group: name, primary: name }),
  z.object({ removed: name }),
  z.object({ left: name, unfinished: z.string().optional() }),
]);

/** Why an order was not carried out. `primary`: the address of the node that can: a primary, or any data server. */
export const orderRefusal = z.object({ error: z.string(), primary: z.string().optional() });

/** The process that carries orders out. */
export interface Ordered {
  readonly host: () => Host;
  readonly feed: (order: Order) => void;
  /** Leaves the cluster. Resolves before the process ends, or after a time limit; then the attempt goes on. */
  readonly leave: () => Promise<Leaving>;
}

/** The progress of a node that leaves its cluster. */
export type Leaving =
  /** The process ends now. */
  | { readonly type: 'left'; readonly unfinished: string | undefined }
  /** It serves on, since no other node has taken over its duties. */
  | { readonly type: 'stays'; readonly still: string };

/** Carries an order out and answers its result. A 503 means: not yet. */
export async function carryOut(body: string, ordered: Ordered): Promise<OperatorAnswer> {
  const order = parse(body);
  if (typeof order === 'string') return { status: 400, body: { error: order } };
  switch (order.type) {
    case 'transfer':
      return transfer(order, ordered);
    case 'remove':
      return remove(order.node, ordered);
    case 'leave':
      return leave(ordered);
    default:
      return unreachable(order);
  }
}

async function transfer(
  { group, to }: Extract<OrderRequest, { type: 'transfer' }>,
  { host, feed }: Ordered,
): Promise<OperatorAnswer> {
  const viewNow = (): GroupView | undefined => host().gossip.groups.find((known) => known.group === group);
  const from = host().nodeId;
  if (viewNow() === undefined) return refused(404, `there is no group ${group}`);
  const leads = (): boolean => host().slots[group]?.replica.leading !== undefined;
  const otherPrimary = (): NodeId | undefined => {
    const primary = viewNow()?.primary;
    return primary === from ? undefined : primary;
  };
  // An election may be under way, or the word of one on its way here.
  await waitUntil(() => leads() || otherPrimary() !== undefined, PRIMARY_WITHIN);
  const view = viewNow();
  if (view === undefined || !leads()) {
    const primary = otherPrimary();
    const address = host().gossip.services.find(({ nodeId }) => nodeId === primary)?.address;
    const error = `${from} is not the primary of ${group}${primary === undefined ? '' : `, ${primary} is`}`;
    return refused(409, error, address);
  }
  const voters = dataVoters(view.configuration).map(({ nodeId }) => nodeId);
  if (to === from) return done({ group, primary: from });
  if (to !== undefined && !voters.includes(to)) {
    return refused(409, `${to} is no data server with a vote in ${group}; there are ${voters.join(', ')}`);
  }
  if (voters.length === 1) return refused(409, `${from} is the only data server with a vote in ${group}`);
  feed({ type: 'transfer', group, ...(to === undefined ? {} : { to }) });
  const next = (): string | undefined => (leads() ? undefined : host().slots[group]?.replica.election.primary);
  await waitUntil(() => next() !== undefined, CARRIED_OUT_WITHIN);
  const primary = next();
  if (primary === undefined)
    return refused(503, `${from} has not handed ${group} over within ${CARRIED_OUT_WITHIN} ms`);
  if (to !== undefined && primary !== to) return refused(503, `${primary} is the primary of ${group} now, not ${to}`);
  return done({ group, primary });
}

async function remove(nodeId: string, { host, feed }: Ordered): Promise<OperatorAnswer> {
  const { gossip, nodeId: own } = host();
  if (nodeId === own) return refused(409, `${own} removes itself by leaving: understudy leave`);
  if (gossip.fixed.self.kind === 'frontend') {
    const server = referralOf(gossip, nodeId);
    const where = server === undefined ? '' : `: ask ${server.nodeId} at ${server.address}`;
    return refused(409, `${own} is a front end, whose word removes no other node${where}`, server?.address);
  }
  const entry = gossip.services.find((service) => service.nodeId === nodeId);
  if (entry === undefined) return refused(404, `no node ${nodeId} is known`);
  const alone = groupsServedAloneBy(gossip, nodeId);
  if (alone.length > 0) return refused(409, `${nodeId} is the only data server with a vote in ${alone.join(', ')}`);
  const leaderless = (): readonly GroupName[] => groupsWithoutPrimary(host(), performance.now());
  await waitUntil(() => leaderless().length === 0, PRIMARY_WITHIN);
  if (leaderless().length > 0) return refused(503, needsPrimary(nodeId, leaderless()));
  // Before it drops the node, a group may need that node's own vote. A live node helps with that and loses nothing.
  const isGone = (): boolean => !isReachable(host().gossip, nodeId, performance.now());
  if (!(await waitUntil(isGone, MISSED_WITHIN))) {
    return refused(409, `${nodeId} lives: let it leave (understudy leave ${entry.address}), or end its process first`);
  }
  // A primary that had lost its quorum has stepped down by now.
  if (leaderless().length > 0) return refused(503, needsPrimary(nodeId, leaderless()));
  feed({ type: 'remove', nodeId });
  const duties = (): ReturnType<typeof dutiesOf> => dutiesOf(host(), nodeId);
  if (await waitUntil(() => duties().length === 0, CARRIED_OUT_WITHIN)) return done({ removed: nodeId });
  return refused(
    503,
    `${nodeId} is to be removed, and after ${CARRIED_OUT_WITHIN} ms is still ${showDuties(duties())}`,
  );
}

/** A data server that is heard, to which a front end refers who wants `nodeId` removed. */
export function referralOf(gossip: Host['gossip'], nodeId: NodeId): ServiceEntry | undefined {
  const servers = gossip.services.filter(
    (one) => one.kind === 'server' && one.standing === 'member' && one.nodeId !== nodeId,
  );
  return servers.find((one) => isReachable(gossip, one.nodeId, performance.now())) ?? servers[0];
}

function needsPrimary(nodeId: NodeId, groups: readonly GroupName[]): string {
  return `nothing is changed: ${groups.join(', ')} has no primary that is heard here, and may need the vote of ${nodeId}: start it again with its own folder`;
}

async function leave({ host, leave: go }: Ordered): Promise<OperatorAnswer> {
  const { nodeId } = host();
  const alone = groupsServedAloneBy(host().gossip, nodeId);
  if (alone.length > 0) {
    return refused(409, `${nodeId} is the only data server with a vote in ${alone.join(', ')}: nothing would be left`);
  }
  const came = await go();
  switch (came.type) {
    case 'left':
      return done({ left: nodeId, ...(came.unfinished === undefined ? {} : { unfinished: came.unfinished }) });
    case 'stays':
      return refused(
        503,
        `${nodeId} is still ${came.still}, so it serves on, and leaves as soon as others can take over`,
      );
    default:
      return unreachable(came);
  }
}

function parse(body: string): OrderRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  const parsed = orderRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}

function done(body: z.infer<typeof orderAnswer>): OperatorAnswer {
  return { status: 200, body };
}

function refused(status: number, error: string, primary?: string): OperatorAnswer {
  const body: z.infer<typeof orderRefusal> = { error, ...(primary === undefined ? {} : { primary }) };
  return { status, body };
}
