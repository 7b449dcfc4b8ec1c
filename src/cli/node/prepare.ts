import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SERVICES } from '../../apps/index.ts';
import type { Service } from '../../service/service.ts';
import type { JoinAnswer } from '../../live/admin/admission.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { Credentials } from '../../security/call-process.ts';
import { type NodeRecord, readNodeFile } from '../../storage/node-file.ts';
import { type ExpectedNode, formatNodeFolder, type NodeFolder, openNodeFolder } from '../../storage/node-folder.ts';
import { StorageError } from '../../storage/storage-error.ts';
import { type Cluster, nodesOf, readCluster } from '../cluster/cluster-file.ts';
import { joinCluster } from './join.ts';
import { type KnownService, serviceGiven, serviceOf } from '../shared/known-service.ts';
import { foundingRecord, recordOf } from '../cluster/node-record.ts';
import { addressOf } from '../admin/order-call.ts';
import { UsageError, UserError } from '../shared/errors.ts';

export type NodeKind = 'server' | 'frontend';

/** What a command line says of the node to start. */
export interface StartFlags {
  readonly cluster?: string;
  readonly node?: string;
  readonly data?: string;
  readonly port?: number;
  readonly host?: string;
  readonly address?: string;
  readonly join?: string;
  readonly format?: boolean;
}

/** A node that is ready to be started. */
export interface NodeStart {
  readonly folder: NodeFolder;
  readonly service: Service;
  /** `host:port` of nodes, as a cluster file has them. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Who there is, as a cluster file says. */
  readonly services: readonly ServiceEntry[];
  readonly listen: { readonly host: string; readonly port: number };
  /** Whether it has just joined, under a name that it was given: two that join at the same time may be given the same. */
  readonly isNewlyNamed: boolean;
}

/**
 * Opens the folder of the node that is to be started; before that, where the folder is new, founds a cluster or joins one. The
 * same command line starts the node again. `given` names the service, or its file; a node that has been started before
 * remembers it. Rejects with a `UsageError` or a `UserError` that says what to do.
 */
export async function prepareNode(
  kind: NodeKind,
  given: string | undefined,
  flags: StartFlags,
  credentials: Credentials,
  say: (line: string) => void,
): Promise<NodeStart> {
  if (flags.cluster !== undefined) return fromClusterFile(kind, flags.cluster, given, flags);
  const { data, join: contact } = flags;
  if (data === undefined)
    throw new UsageError(`say where the data of this node is to be: --data FOLDER. ${waysTo(kind)}`);
  const path = resolve(data);
  const found = await readNodeFile(path).catch(explain);
  if (found === undefined) {
    const place = placeOf(flags, undefined);
    if (contact !== undefined) await takePlace(path, kind, { contact, given }, place, flags, credentials, say);
    else if (given !== undefined && kind === 'server')
      await foundCluster(path, await serviceGiven(given), place, flags);
    else throw new UsageError(`${data} holds no node yet. ${waysTo(kind)}`);
  } else if (contact !== undefined) {
    say(`${found.nodeId} of ${found.clusterId} is in ${data} already, so it does not join again`);
  }
  const expected = { kind, ...(flags.node === undefined ? {} : { nodeId: flags.node }) };
  const start = await open(path, expected, given, flags);
  return { ...start, isNewlyNamed: found === undefined && contact !== undefined && flags.node === undefined };
}

/** Where a node listens, and where others reach it. */
interface Place {
  readonly listen: string;
  readonly address: string;
}

async function foundCluster(path: string, service: KnownService, place: Place, flags: StartFlags): Promise<void> {
  const record = foundingRecord(service, { nodeId: flags.node ?? 's1', ...place });
  await formatNodeFolder(path, record).catch(explain);
}

async function takePlace(
  path: string,
  kind: NodeKind,
  { contact, given }: { readonly contact: string; readonly given: string | undefined },
  place: Place,
  flags: StartFlags,
  credentials: Credentials,
  say: (line: string) => void,
): Promise<void> {
  // A file that cannot be loaded is told before anybody is asked for a place.
  if (given !== undefined) await serviceGiven(given);
  const request = { kind, address: place.address, ...(flags.node === undefined ? {} : { nodeId: flags.node }) };
  const joined = await joinCluster(addressOf(contact), request, credentials, say);
  const again = `understudy ${kind} FILE --join ${contact} …`;
  const { module } = await serviceOf(joined, given, { what: `the cluster at ${contact}`, again });
  const record = { ...joinedRecord(kind, joined, place), ...(module === undefined ? {} : { module }) };
  await formatNodeFolder(path, record, joined.services).catch(explain);
  say(`joins ${joined.clusterId} as ${joined.nodeId}`);
}

function joinedRecord(kind: NodeKind, { services: _, ...joined }: JoinAnswer, place: Place): NodeRecord {
  return { ...joined, kind, ...place, state: 'ready' };
}

async function open(
  path: string,
  expected: ExpectedNode,
  given: string | undefined,
  flags: StartFlags,
): Promise<Omit<NodeStart, 'isNewlyNamed'>> {
  const kept = await readNodeFile(path).catch(explain);
  if (kept === undefined) throw new UserError(`${path} holds no node any more`);
  const again = `understudy ${kept.kind} FILE --data ${flags.data ?? path}`;
  const { service, module } = await serviceOf(kept, given, { what: flags.data ?? path, again });
  const folder = await openNodeFolder(path, expected).catch(explain);
  const { node } = folder;
  const place = placeOf(flags, node);
  const moved = { ...node, ...place, module };
  const hasMoved = place.listen !== node.listen || place.address !== node.address || module !== node.module;
  if (hasMoved) await folder.rewrite(moved);
  return { folder: { ...folder, node: moved }, service, addresses: {}, services: [], listen: partsOf(place.listen) };
}

/** What the flags leave unsaid stays as it was. */
function placeOf({ port, host, address }: StartFlags, before: Place | undefined): Place {
  const known = before === undefined ? undefined : partsOf(before.listen);
  const at = { host: host ?? known?.host ?? '127.0.0.1', port: port ?? known?.port };
  if (at.port === undefined) throw new UsageError('say where this node listens: --port PORT');
  const listen = `${at.host}:${at.port}`;
  const isAnywhere = at.host === '0.0.0.0' || at.host === '::';
  if (address !== undefined) return { listen, address };
  if (before !== undefined && port === undefined && host === undefined) return before;
  if (isAnywhere) {
    throw new UsageError(`${at.host} is every interface: say where the others reach this node, --address HOST:PORT`);
  }
  return { listen, address: listen };
}

async function fromClusterFile(
  kind: NodeKind,
  file: string,
  given: string | undefined,
  flags: StartFlags,
): Promise<NodeStart> {
  if (flags.join !== undefined) {
    throw new UsageError('a node of a cluster file does not join one: leave out --cluster, or --join');
  }
  if (flags.node === undefined) throw new UsageError(`say which node of ${file} this is: --node ID`);
  const cluster = await readCluster(file);
  if (cluster === undefined) throw new UsageError(`there is no cluster file ${file}`);
  refuseOtherKind(kind, file, cluster, flags.node);
  const again = `understudy ${kind} FILE --cluster ${file} --node ${flags.node}`;
  const { service } = await serviceOf(cluster, given, { what: file, again });
  const path = resolve(flags.data ?? join(dirname(file), flags.node));
  if (flags.format === true && !existsSync(join(path, 'node.json'))) {
    await formatNodeFolder(path, recordOf(cluster, flags.node)).catch(explain);
  }
  const expected = { clusterId: cluster.topology.clusterId, nodeId: flags.node, kind };
  const folder = await openNodeFolder(path, expected).catch(explain);
  const address = flags.address ?? cluster.addresses[flags.node] ?? '';
  const { host, port } = partsOf(address);
  const listen = { host: flags.host ?? host, port: flags.port ?? port };
  const node = { ...folder.node, address, listen: `${listen.host}:${listen.port}` };
  const services = founders(cluster);
  return { folder: { ...folder, node }, service, addresses: cluster.addresses, services, listen, isNewlyNamed: false };
}

function founders(cluster: Cluster): readonly ServiceEntry[] {
  return nodesOf(cluster.topology).map((node) => {
    const { nodeId, kind, address, diskId, generation } = recordOf(cluster, node);
    return { nodeId, kind, address, diskId, generation, incarnation: 0, standing: 'member', beat: 0 };
  });
}

function refuseOtherKind(kind: NodeKind, file: string, { topology }: Cluster, node: string): void {
  const nodes = kind === 'server' ? topology.servers : topology.frontEnds;
  if (!nodes.includes(node)) {
    const what = kind === 'server' ? 'data server' : 'front end';
    throw new UsageError(`${file} has no ${what} ${node}; it has ${nodes.join(', ')}`);
  }
}

function waysTo(kind: NodeKind): string {
  const again = `To start a node again: understudy ${kind} --data FOLDER.`;
  const joining = `To join a cluster: understudy ${kind} --join ADDRESS --port PORT --data FOLDER.`;
  if (kind === 'frontend') return `${joining} ${again}`;
  return `To found a cluster: understudy server ${Object.keys(SERVICES)[0] ?? 'SERVICE'} --port PORT --data FOLDER. ${joining} ${again}`;
}

function partsOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

function explain(error: unknown): never {
  throw error instanceof StorageError ? new UserError(error.message) : error;
}
