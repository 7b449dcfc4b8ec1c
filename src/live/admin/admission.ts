import * as z from 'zod';
import { SERVICES_AT_MOST } from '../../gossip/names.ts';
import type { NameConsent } from '../../host/consent.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import { isHostPort } from '../../protocol/model/host-port.ts';
import type { DedupeWindow } from '../../protocol/model/machine.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import type { OperatorAnswer } from '../../transport-http/clients/operator-paths.ts';
import { serviceEntry } from '../peers/directory.ts';
import { nodeName } from './node-name.ts';

/** The path by which a node asks to join. */
export const JOIN_PATH = '/understudy/join';

/** Names reserved for joining nodes that gossip has not heard of yet; beyond it the oldest reservation ends. */
const PROMISED_AT_MOST = 1_000;

const address = z.string().refine(isHostPort, 'is not host:port');
const kind = z.enum(['server', 'frontend']);

/** The request of a joining node. */
export const joinRequest = z.strictObject({ kind, nodeId: nodeName.optional(), address });

export type JoinRequest = z.infer<typeof joinRequest>;

/** The answer to a joining node: its identity, the first configuration, and the known nodes. */
export const joinAnswer = z.object({
  clusterId: z.string(),
  historyId: z.string(),
  service: z.string(),
  topology: z.object({
    clusterId: z.string(),
    servers: z.array(nodeName).max(SERVICES_AT_MOST),
    frontEnds: z.array(nodeName).max(SERVICES_AT_MOST),
    groups: z.array(nodeName).max(SERVICES_AT_MOST),
    versions: z.record(z.string(), z.int().min(1)).optional(),
  }),
  window: z.object({ dedupeFor: z.number(), dedupeMargin: z.number() }) satisfies z.ZodType<DedupeWindow>,
  nodeId: nodeName,
  generation: z.int().min(1),
  diskId: z.string(),
  services: z.array(serviceEntry).max(SERVICES_AT_MOST),
});

export type JoinAnswer = z.infer<typeof joinAnswer>;

/**
 * Why a node does not join. `nodeId`: the name to ask for again, once its former disk has been dropped. `contact`: the
 * address of a node to ask instead.
 */
export const joinRefusal = z.object({
  error: z.string(),
  nodeId: nodeName.optional(),
  contact: address.optional(),
});

/** The knowledge of the process that admits. */
export interface Registry {
  readonly node: NodeRecord;
  /** The kinds of node that the caller's key may join as. Default: both. */
  readonly kinds?: readonly JoinRequest['kind'][] | undefined;
  readonly services: readonly ServiceEntry[];
  /** How many further names the directory takes. */
  readonly room: number;
  /** Whether a name of the directory may pass to another disk. */
  readonly consentToName: (nodeId: string) => NameConsent;
  /**
   * Orders the removal of a node's present disk. A front end's word removes no other node: it refers to the address of a
   * data server.
   */
  readonly remove: (nodeId: string) => { readonly referredTo: string | undefined } | undefined;
  /** Names reserved for joining nodes that gossip has not heard of yet. */
  readonly promised: Set<string>;
  /** Returns a unique text. */
  readonly unique: () => string;
}

/**
 * Admits a joining node: gives it a name, unless it brings one, and a disk id.
 *
 * - A node without a name that listens on a silent member's address asks for that member's name. One that was stopped
 *   in good order keeps its name.
 * - A name that another disk has had passes on, to the next generation, with the consent of the groups only: a node
 *   that lives is refused; where a group has no primary, so is every name; and a disk that a group names is removed
 *   first. The answer then has the name, to ask for it again until every group has dropped that disk.
 */
export function admit(body: string, registry: Registry): OperatorAnswer {
  const request = parse(body);
  if (typeof request === 'string') return { status: 400, body: { error: request } };
  if (registry.kinds?.includes(request.kind) === false)
    return refused(403, `the key of a front end joins no ${request.kind}`);
  const { node, services, promised } = registry;
  const predecessor = services.find((one) => isPredecessor(one, request));
  const mayKeep = predecessor?.standing === 'away' && registry.consentToName(predecessor.nodeId).type !== 'no-primary';
  const nodeId = request.nodeId ?? (mayKeep ? undefined : predecessor?.nodeId) ?? freeName(request.kind, registry);
  const before = entryOf(nodeId, registry);
  if (before !== undefined && before.kind !== request.kind) {
    return refused(409, `${nodeId} is a ${before.kind}`);
  }
  const refusal = before === undefined ? undefined : refusalOf(nodeId, before, registry);
  if (refusal !== undefined) return refusal;
  if (registry.room <= 0 && !services.some((one) => one.nodeId === nodeId)) {
    return refused(
      409,
      `no directory takes in another name: ${services.length} are known. Remove those that do not come back`,
    );
  }
  for (const oldest of promised) if (promised.size >= PROMISED_AT_MOST) promised.delete(oldest);
  promised.add(nodeId);
  const generation = (before?.generation ?? 0) + 1;
  const { clusterId, historyId, service, topology, window } = node;
  const answer: JoinAnswer = {
    clusterId,
    historyId,
    service,
    topology: {
      clusterId,
      servers: [...topology.servers],
      frontEnds: [...topology.frontEnds],
      groups: [...topology.groups],
      ...(topology.versions === undefined ? {} : { versions: topology.versions }),
    },
    window,
    nodeId,
    generation,
    diskId: `${clusterId}/${nodeId}/${generation}-${registry.unique()}`,
    services: [...services],
  };
  return { status: 200, body: answer };
}

function parse(body: string): JoinRequest | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'the body is not JSON';
  }
  const parsed = joinRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
}

function refused(status: number, error: string, nodeId?: string): OperatorAnswer {
  const body: z.infer<typeof joinRefusal> = { error, ...(nodeId === undefined ? {} : { nodeId }) };
  return { status, body };
}

function isPredecessor(one: ServiceEntry, { kind: wanted, address: at }: JoinRequest): boolean {
  return one.kind === wanted && one.address === at && one.standing !== 'removed';
}

/** Why the name does not pass on, now or at all; undefined where it does. */
function refusalOf(
  nodeId: string,
  before: Pick<ServiceEntry, 'address'>,
  { consentToName, remove }: Registry,
): OperatorAnswer | undefined {
  const consent = consentToName(nodeId);
  switch (consent.type) {
    case 'free':
      return undefined;
    case 'lives':
      return refused(
        409,
        `${nodeId} lives, at ${before.address}: it is started again with its own folder, by --data alone`,
      );
    case 'no-primary':
      return refused(
        503,
        `${consent.groups.join(', ')} has no primary that is heard here, and may need the disk of ${nodeId}: start ${nodeId} with its own folder. ` +
          'Another disk takes its name only while every group has a primary',
      );
    case 'alone':
      return refused(
        403,
        `${nodeId} is the only data server with a vote in ${consent.groups.join(', ')}: start it with its own folder`,
      );
    case 'named':
      return (
        referred(nodeId, remove(nodeId)) ??
        refused(409, `the former disk of ${nodeId} is being dropped by ${consent.groups.join(', ')}`, nodeId)
      );
    default:
      return unreachable(consent);
  }
}

function referred(nodeId: string, to: ReturnType<Registry['remove']>): OperatorAnswer | undefined {
  if (to === undefined) return undefined;
  const { referredTo } = to;
  const error = `the former disk of ${nodeId} is dropped at the word of a data server, not of a front end`;
  if (referredTo === undefined) return refused(503, error);
  const body: z.infer<typeof joinRefusal> = { error: `${error}: ask ${referredTo}`, nodeId, contact: referredTo };
  return { status: 409, body };
}

/** The entry of a name. A member of the first configuration has had a disk, even when gossip has not heard of it. */
function entryOf(
  nodeId: string,
  { node, services }: Registry,
): Pick<ServiceEntry, 'kind' | 'generation' | 'standing' | 'address'> | undefined {
  const known = services.find((one) => one.nodeId === nodeId);
  if (known !== undefined) return known;
  const { servers, frontEnds } = node.topology;
  if (![...servers, ...frontEnds].includes(nodeId)) return undefined;
  const genesisKind = servers.includes(nodeId) ? 'server' : 'frontend';
  return { kind: genesisKind, generation: 1, standing: 'removed', address: '' };
}

/** The next free name: `s4` after s1 to s3. */
function freeName(wanted: JoinRequest['kind'], { node, services, promised }: Registry): string {
  const letter = wanted === 'server' ? 's' : 'f';
  const { servers, frontEnds } = node.topology;
  const names = [...services.map(({ nodeId }) => nodeId), ...servers, ...frontEnds, ...promised];
  const numbers = names.map((one) => Number(new RegExp(`^${letter}(\\d{1,9})$`).exec(one)?.[1] ?? 0));
  return `${letter}${Math.max(0, ...numbers) + 1}`;
}
