import * as z from 'zod';
import { presentServices } from '../../gossip/service-list.ts';
import type { Order } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters } from '../../protocol/model/configuration.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import { KEY_ROLES } from '../../security/secret.ts';
import type { Service } from '../../service/service.ts';
import type { OperatorAnswer, OperatorPath, OperatorRequest } from '../../transport-http/clients/operator-paths.ts';
import type { PeerIntroduction } from '../peers/introduce-peer.ts';
import { carryOut, type Leaving } from './orders.ts';

/** The data server that answers greetings and questions about elections. */
export interface Greeted {
  readonly service: Service;
  readonly host: () => Host;
  readonly feed: (order: Order) => void;
  readonly introduction: PeerIntroduction;
}

/** The name of front ends in a service list. */
const FRONT_END_SERVICE = 'frontend';

/** The body of a greeting, and of an announcement of a new primary. */
export const ported = z.object({
  port: z.int('expected a port').min(1, 'expected a port').max(65_535, 'expected a port'),
});

/**
 * The source's paths between services: `POST /greet/event` and so on for each group, `POST /greet/frontend`, `GET` and
 * `POST /election`. In the source they decide membership and primary; here gossip and votes do, and these paths only
 * ask for it:
 *
 * - A greeting from a process of the own cluster makes the two exchange directories.
 * - An announcement of a new primary requests a transfer of leadership, which only the present primary can grant.
 */
export function greetRoutes(greeted: Greeted): readonly OperatorPath[] {
  const { service } = greeted;
  const [first] = service.apps;
  if (first === undefined) return [];
  const paths = service.apps.map(({ name }) => `/greet/${calledIn(service, name)}`);
  return [
    ...paths.map((path) => greetPath(greeted, path, 'server')),
    greetPath(greeted, `/greet/${FRONT_END_SERVICE}`, 'frontend'),
    { method: 'GET', path: '/election', signed: false, answer: () => stands(greeted.host(), first.name) },
    { method: 'POST', path: '/election', signed: true, answer: ({ body }) => elect(body, first.name, greeted) },
  ];
}

function greetPath(greeted: Greeted, path: string, kind: ServiceEntry['kind']): OperatorPath {
  return { method: 'POST', path, signed: true, roles: KEY_ROLES, answer: (request) => greet(request, kind, greeted) };
}

/** Answers 200 with the services, once a live one of that kind is known at the caller's port. */
async function greet(
  { body, from }: OperatorRequest,
  kind: ServiceEntry['kind'],
  { service, host, introduction }: Greeted,
): Promise<OperatorAnswer> {
  const port = portIn(body);
  if (typeof port === 'string') return refused(port);
  const isThere = (): boolean => servicesAt(host(), port).some((row) => kindOf(row.service) === kind);
  if (!isThere()) {
    const problem = await introduction.meet(`${from ?? '127.0.0.1'}:${port}`, kind);
    if (problem !== undefined) return refused(`service unreachable: ${problem}`);
  }
  const rows = presentServices(host().gossip, performance.now());
  return {
    status: 200,
    body: rows.map(({ service: offered, address, primary }) => {
      return { service: calledIn(service, offered), address, primary };
    }),
  };
}

/** Answers 200 where this server would campaign: a server of lower rank waits for it. */
function stands({ nodeId, gossip }: Host, group: GroupName): OperatorAnswer {
  const view = gossip.groups.find((known) => known.group === group);
  const votes = view !== undefined && dataVoters(view.configuration).some((voter) => voter.nodeId === nodeId);
  const own = gossip.services.find((entry) => entry.nodeId === nodeId);
  if (own?.standing !== 'member') return refused(`${nodeId} is about to end`);
  return votes ? { status: 200, body: '' } : refused(`${nodeId} has no vote in ${group}`);
}

/** Answers 200 once the server at the named port is primary. While a primary lives, only that one can hand over. */
async function elect(body: string, group: GroupName, greeted: Greeted): Promise<OperatorAnswer> {
  const port = portIn(body);
  if (typeof port === 'string') return refused(port);
  const { host } = greeted;
  const named = servicesAt(host(), port).find(({ service }) => service === group);
  if (named === undefined) return refused(`service unreachable: no data server is known at port ${port}`);
  if (named.primary) return { status: 200, body: '' };
  const order = JSON.stringify({ type: 'transfer', group, to: named.nodeId });
  const { status, body: said } = await carryOut(order, { host, feed: greeted.feed, leave: leaveNothing });
  return status === 200 ? { status: 200, body: '' } : { status: 400, body: said };
}

/** No order of these paths makes a node leave. */
function leaveNothing(): Promise<Leaving> {
  return Promise.resolve({ type: 'stays', still: 'asked for something else' });
}

/** Reachable services that listen on `port`. */
function servicesAt({ gossip }: Host, port: number) {
  return presentServices(gossip, performance.now()).filter(({ address }) => address.endsWith(`:${port}`));
}

function kindOf(offered: string): ServiceEntry['kind'] {
  return offered === FRONT_END ? 'frontend' : 'server';
}

function calledIn({ calls = {} }: Service, offered: string): string {
  if (offered === FRONT_END) return FRONT_END_SERVICE;
  return Object.hasOwn(calls, offered) ? (calls[offered] ?? offered) : offered;
}

function portIn(body: string): number | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  const parsed = ported.safeParse(json);
  if (parsed.success) return parsed.data.port;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.replace(/^: /, 'the body: ');
}

/** The source has only status 400 for refusals. */
function refused(error: string): OperatorAnswer {
  return { status: 400, body: { error } };
}
