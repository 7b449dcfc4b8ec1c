import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SERVICES } from '../../apps/index.ts';
import type { JoinAnswer } from '../../live/admin/admission.ts';
import { nodeName } from '../../live/admin/node-name.ts';
import { refuseBusyPlace } from '../../live/start/free-place.ts';
import { joinsBySecret } from '../../live/start/own-secret.ts';
import { addressIn, type Place, placeOf } from '../../live/start/place.ts';
import { foundNode, type Joining, joinNode, openNode, type PreparedNode } from '../../live/start/prepared-node.ts';
import { StartError } from '../../live/start/start-error.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import { joinHostPort, splitHostPort } from '../../protocol/model/host-port.ts';
import type { Secret } from '../../security/secret.ts';
import type { Tls } from '../../security/tls.ts';
import { type NodeRecord, readNodeFile } from '../../storage/node-file.ts';
import { type ExpectedNode, formatNodeFolder, openNodeFolder, SECRET_FILE } from '../../storage/node-folder.ts';
import { StorageError } from '../../storage/storage-error.ts';
import { addressOf } from '../admin/order-call.ts';
import { type Cluster, nodesOf, readCluster } from '../cluster/cluster-file.ts';
import { recordOf } from '../cluster/node-record.ts';
import { type CredentialFlags, isSecretGiven, secretFrom } from '../shared/credentials.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { type KnownService, serviceGiven, serviceOf } from '../shared/known-service.ts';
import { shortPath } from '../shared/short-path.ts';
import { SECRET_OPTION, secretOfNode, withOwnSecret } from './node-secret.ts';

export type NodeKind = 'server' | 'frontend';

/** A node with an open folder, and the secret of its cluster. */
export type NodeToRun = PreparedNode & { readonly secret: Secret };

/** Options of the node to start. */
export interface StartFlags extends CredentialFlags {
  readonly cluster?: string;
  readonly node?: string;
  readonly data?: string;
  readonly port?: number;
  readonly host?: string;
  readonly address?: string;
  /** Addresses, separated by commas. */
  readonly join?: string;
  readonly found?: boolean;
  readonly format?: boolean;
  readonly probePort?: number;
}

/**
 * Opens the folder of the node to start; a new folder first founds a cluster (`--found`) or joins one. The command line
 * that joined starts the node again. `given` names the service, or its file; a node that was started before remembers
 * it. Rejects with a `UsageError` or a `UserError` that says what to do.
 */
export async function prepareNode(
  kind: NodeKind,
  given: string | undefined,
  flags: StartFlags,
  tls: Tls | undefined,
  say: (line: string) => void,
): Promise<NodeToRun> {
  if (flags.cluster !== undefined) return fromClusterFile(kind, flags.cluster, given, flags);
  refuseName(flags.node);
  const contacts = flags.join === undefined ? undefined : contactsIn(flags.join);
  const data = dataIn(kind, flags);
  const path = resolve(data);
  const found = await readNodeFile(path).catch(explain);
  if (found === undefined) {
    const place = placeFor(flags, undefined);
    const nodeId = flags.node;
    if (flags.found === true) await formatFounder(path, given, flags, tls, say);
    else if (contacts !== undefined) {
      const secret = await secretFrom(withOwnSecret(flags));
      if (secret === undefined) throw new UsageError(joinsBySecret(SECRET_OPTION));
      await takePlace(path, { kind, contacts, nodeId, place, probePort: flags.probePort }, given, { secret, tls }, say);
    } else throw new UsageError(`${data} holds no node yet. ${waysTo(kind)}`);
  } else if (flags.found === true) {
    throw new UsageError(
      `${found.nodeId} of ${found.clusterId} is in ${data} already: start it without --found, which is for the first start alone`,
    );
  } else if (contacts !== undefined) {
    say(`${found.nodeId} of ${found.clusterId} is in ${data} already, so it does not join again`);
  }
  const expected = { kind, ...(flags.node === undefined ? {} : { nodeId: flags.node }) };
  const secret = await secretOfNode(found?.nodeId ?? 'the node', data, flags);
  const start = await open(path, expected, given, flags);
  return { ...start, secret, isNewlyNamed: found === undefined && contacts !== undefined && flags.node === undefined };
}

function refuseName(given: string | undefined): void {
  const problem = given === undefined ? undefined : nodeName.safeParse(given).error?.issues[0]?.message;
  if (problem !== undefined) throw new UsageError(`--node: ${given} ${problem}`);
}

/** Founds a cluster: makes the folder of its first server, and starts nothing. Rejects as `prepareNode` does. */
export async function foundCluster(
  given: string,
  flags: StartFlags,
  tls: Tls | undefined,
  say: (line: string) => void,
): Promise<NodeRecord> {
  refuseName(flags.node);
  const data = dataIn('server', flags);
  const path = resolve(data);
  const before = await readNodeFile(path).catch(explain);
  if (before !== undefined) throw new UserError(`${before.nodeId} of ${before.clusterId} is in ${data} already`);
  await formatFounder(path, given, flags, tls, say);
  const node = await readNodeFile(path).catch(explain);
  if (node === undefined) throw new UserError(`${path} holds no node any more`);
  return node;
}

async function formatFounder(
  path: string,
  given: string | undefined,
  flags: StartFlags,
  tls: Tls | undefined,
  say: (line: string) => void,
): Promise<void> {
  if (flags.join !== undefined)
    throw new UsageError('a node founds a cluster or joins one: leave out --found, or --join');
  if (given === undefined)
    throw new UsageError(`say of which service the new cluster is: understudy server SERVICE --found`);
  const place = placeFor(flags, undefined);
  // One that cannot be read is reported before there is a node.
  await secretFrom(flags);
  const makesSecret = !isSecretGiven(flags);
  await foundNode(path, await serviceGiven(given), flags.node, place, {
    tls,
    makesSecret,
    probePort: flags.probePort,
  }).catch(explain);
  if (!makesSecret) return;
  const file = shortPath(join(path, SECRET_FILE));
  say(`the secret of its cluster is in ${file}; every other node and every operator needs it: --secret-file ${file}`);
}

function dataIn(kind: NodeKind, { data }: StartFlags): string {
  if (data !== undefined) return data;
  throw new UsageError(`say where the data of this node is to be: --data FOLDER. ${waysTo(kind)}`);
}

function contactsIn(given: string): readonly string[] {
  const contacts = given.split(',').map((contact) => addressOf(contact.trim()));
  if (contacts.includes('')) throw new UsageError(`--join is host:port, or several of them with commas, not ${given}`);
  return contacts;
}

async function takePlace(
  path: string,
  joining: Joining,
  given: string | undefined,
  credentials: { readonly secret: Secret; readonly tls: Tls | undefined },
  say: (line: string) => void,
): Promise<void> {
  // A file that cannot be loaded is reported before another node is asked to join.
  if (given !== undefined) await serviceGiven(given);
  const { kind } = joining;
  const at = joining.contacts.join(',');
  const again = `understudy ${kind} FILE --join ${at} …`;
  const sourceOf = (joined: JoinAnswer): Promise<KnownService> =>
    serviceOf(joined, given, { what: `the cluster at ${at}`, again });
  await joinNode(path, joining, credentials, sourceOf, say).catch(explain);
}

async function open(
  path: string,
  expected: ExpectedNode,
  given: string | undefined,
  flags: StartFlags,
): Promise<Omit<PreparedNode, 'isNewlyNamed'>> {
  const kept = await readNodeFile(path).catch(explain);
  if (kept === undefined) throw new UserError(`${path} holds no node any more`);
  const again = `understudy ${kept.kind} FILE --data ${flags.data ?? path}`;
  const source = await serviceOf(kept, given, { what: flags.data ?? path, again });
  return openNode(path, expected, source, (before) => placeFor(flags, before), flags.probePort).catch(explain);
}

/** Parts of the place that no flag gives stay as they were. */
function placeFor(flags: StartFlags, before: Place | undefined): Place {
  const place = placeOf(flags, before);
  if (!('problem' in place)) return place;
  switch (place.problem) {
    case 'no-port':
      throw new UsageError('say where this node listens: --port PORT');
    case 'every-interface':
      throw new UsageError(
        `${place.host} is every interface: say where the others reach this node, --address HOST:PORT`,
      );
    case 'impossible-port':
      throw new UsageError(`there is no port ${place.port}: a port is a whole number from 1 to 65535`);
    case 'malformed-address':
      throw new UsageError(`--address is host:port, not ${place.address}`);
    default:
      return unreachable(place);
  }
}

async function fromClusterFile(
  kind: NodeKind,
  file: string,
  given: string | undefined,
  flags: StartFlags,
): Promise<NodeToRun> {
  if (flags.found === true)
    throw new UsageError('a node of a cluster file founds none: leave out --cluster, or --found');
  if (flags.join !== undefined) {
    throw new UsageError('a node of a cluster file does not join one: leave out --cluster, or --join');
  }
  if (flags.node === undefined) throw new UsageError(`say which node of ${file} this is: --node ID`);
  const cluster = await readCluster(file);
  if (cluster === undefined) throw new UsageError(`there is no cluster file ${file}`);
  refuseOtherKind(kind, file, cluster, flags.node);
  const again = `understudy ${kind} FILE --cluster ${file} --node ${flags.node}`;
  const { service } = await serviceOf(cluster, given, { what: file, again });
  const secret = await secretOfNode(flags.node, file, flags);
  const path = resolve(flags.data ?? join(dirname(file), flags.node));
  const address = addressIn(flags.address ?? cluster.addresses[flags.node] ?? '');
  if (address === undefined) throw new UsageError(`--address is host:port, not ${flags.address}`);
  const { host, port } = splitHostPort(address);
  const listen = { host: flags.host ?? host, port: flags.port ?? port };
  const place = { address, listen: joinHostPort(listen) };
  const refuseBusy = (): Promise<void> => refuseBusyPlace(place, flags.probePort).catch(explain);
  if (flags.format === true && !existsSync(join(path, 'node.json'))) {
    await refuseBusy();
    await formatNodeFolder(path, recordOf(cluster, flags.node)).catch(explain);
  }
  const expected = { clusterId: cluster.topology.clusterId, nodeId: flags.node, kind };
  const folder = await openNodeFolder(path, expected).catch(explain);
  // Behind the lock: a folder that another process has is told first.
  await refuseBusy().catch(async (error: unknown) => {
    await folder.close();
    throw error;
  });
  const node = { ...folder.node, ...place };
  const services = founders(cluster);
  return {
    folder: { ...folder, node },
    service,
    addresses: cluster.addresses,
    services,
    listen,
    secret,
    isNewlyNamed: false,
  };
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
  const joining = `To join a cluster, also where the folder was lost: understudy ${kind} --join ADDRESS --port PORT --data FOLDER.`;
  if (kind === 'frontend') return `${joining} ${again}`;
  return `To found a cluster: understudy server ${Object.keys(SERVICES)[0] ?? 'SERVICE'} --found --port PORT --data FOLDER. ${joining} ${again}`;
}

function explain(error: unknown): never {
  throw error instanceof StorageError || error instanceof StartError ? new UserError(error.message) : error;
}
