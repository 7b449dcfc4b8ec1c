import * as z from 'zod';
import { DISK_ID_AT_MOST, SERVICES_AT_MOST } from '../../gossip/names.ts';
import type { GroupView, ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { isHostPort } from '../../protocol/model/host-port.ts';
import { NODES_AT_MOST } from '../../protocol/wire/bounds.ts';
import { decode, upTo } from '../../protocol/wire/decode.ts';
import { groupView } from '../../protocol/wire/shapes.ts';
import { callSigned, type Credentials } from '../../security/call-process.ts';
import type { KeyRole } from '../../security/secret.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import { nodeName } from '../admin/node-name.ts';

/** Longest directory that is read, in bytes: that of a thousand nodes takes a tenth of it. */
const ANSWER_AT_MOST = 8 * 1024 * 1024;

/** The path of a process's directory, for other nodes and operators. */
export const SERVICES_PATH = '/understudy/services';

export const serviceEntry = z.object({
  nodeId: nodeName,
  kind: z.enum(['server', 'frontend']),
  address: z.string().refine(isHostPort, 'is not host:port'),
  diskId: z.string().max(DISK_ID_AT_MOST),
  generation: z.int().min(1),
  incarnation: z.int().min(0),
  standing: z.enum(['member', 'away', 'removed']),
  beat: z.int().min(0),
  proof: z.string().max(64).optional(),
}) satisfies z.ZodType<ServiceEntry>;

/**
 * A directory names its cluster and node: two clusters may have the same secret, the same names, and in turn the same
 * address.
 */
export const directoryAnswer = z.object({
  clusterId: z.string(),
  historyId: z.string(),
  services: z.array(serviceEntry).max(SERVICES_AT_MOST),
  groups: z.unknown(),
});

/** The known nodes of a process, and its view of each group. */
export interface Directory {
  readonly services: readonly ServiceEntry[];
  readonly groups: readonly GroupView[];
}

/** The cluster of a node, and the history of it. */
export type History = Pick<NodeRecord, 'clusterId' | 'historyId'>;

export function directoryOf({ clusterId, historyId }: History, { services, groups }: Directory): History & Directory {
  return { clusterId, historyId, services, groups };
}

/** The role in which a node calls others: that of the strongest key it has. */
function nodeRole({ secret }: Credentials): KeyRole {
  return secret?.key('server') === undefined && secret?.key('frontend') !== undefined ? 'frontend' : 'server';
}

/**
 * Asks the process at `address`, which must be the node `to`, for its directory. `refused`: it refuses the call.
 * `foreign`: it is of another cluster or history. Rejects when it does not answer or its answer is malformed.
 */
export async function askDirectory(
  address: string,
  own: History,
  credentials: Credentials,
  how: { readonly within: number; readonly to: NodeId },
): Promise<Directory | 'refused' | 'foreign'> {
  const { status, body } = await callSigned(
    address,
    { method: 'GET', path: SERVICES_PATH, as: nodeRole(credentials), sizeAtMost: ANSWER_AT_MOST, ...how },
    credentials,
  );
  if (status !== 200) return 'refused';
  const { clusterId, historyId, services, groups } = z.parse(directoryAnswer, JSON.parse(body));
  if (clusterId !== own.clusterId || historyId !== own.historyId) return 'foreign';
  const decoded = decode(upTo(NODES_AT_MOST, groupView), groups, 'groups');
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return { services, groups: decoded.value };
}
