import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Level } from '../../host/note-line.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import { readSecret, type Secret } from '../../security/secret.ts';
import { readTls, type Tls, type TlsFiles } from '../../security/tls.ts';
import { isService } from '../../service/is-service.ts';
import { readable } from '../../service/readable.ts';
import type { Service } from '../../service/service.ts';
import { readNodeFile } from '../../storage/node-file.ts';
import { clearNodeFolder, foreignIn } from '../../storage/node-folder.ts';
import type { ProcessStatus } from '../admin/status.ts';
import type { Access } from '../../transport-http/clients/access.ts';
import { type NodeEnding, untilEnded } from './lifetime.ts';
import { joinsBySecret, secretIn, startsBySecret } from './own-secret.ts';
import { type Place, placeOf } from './place.ts';
import { foundNode, joinNode, openNode, type PreparedNode } from './prepared-node.ts';
import { type NodeRun, runNode } from './run-node.ts';
import { otherService, type ServiceKept, type ServiceSource } from './service-source.ts';
import { StartError, throwAsStartError } from './start-error.ts';
import { settingsFrom, type Tunable } from './tunable-settings.ts';

/** Options of one node of a cluster in this program. */
export interface NodeOptions {
  readonly service: Service;
  /** The folder of this node alone: absent, empty, or with a node, which starts again. */
  readonly data: string;
  /** The port. Needed for a new folder; later the stored one is the default. */
  readonly port?: number | undefined;
  /**
   * `host:port` of any node of the cluster to join, or of several, which are asked in turn. Where the folder has a node
   * already, that one does not join again, and a log line says so.
   */
  readonly join?: string | readonly string[] | undefined;
  /**
   * Founds a cluster with this data server: for the very first start of the first node alone. Refused where the folder
   * has a node, and where nodes of a cluster still link to one at this place: a founder that lost its folder joins.
   */
  readonly found?: boolean | undefined;
  /** `server` (the default) is a data server. A front end must join. */
  readonly kind?: 'server' | 'frontend' | undefined;
  /** The name of the node. Default: the next free one. */
  readonly node?: string | undefined;
  /** The interface. Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** `host:port` where others reach it, if that is not where it listens. */
  readonly address?: string | undefined;
  /**
   * The file with the secret of the cluster. Default: `secret` in the folder of the node; founding makes it there. A node
   * that joins needs it.
   */
  readonly secretFile?: string | undefined;
  /** The certificate files; without them there is no encryption. */
  readonly tls?: TlsFiles | undefined;
  /** Who may call the node over HTTP. Default: no page of another origin, by no name but its own. */
  readonly access?: Access | undefined;
  readonly settings?: Partial<Pick<Settings, Tunable>> | undefined;
  /** Takes the node's log lines. Default: none are written. */
  readonly log?: ((line: string, level: Level) => void) | undefined;
  /**
   * Called when a write to the disk failed, or an invariant of the node did not hold. The node does nothing more, and
   * the program must end: memory and disk may no longer agree. It is no ending: `ended` stays pending until `stop()` is
   * called. Default: the error is thrown uncaught.
   */
  readonly failed?: ((error: unknown) => void) | undefined;
}

/** A running node. */
export interface LiveNode {
  /** `host:port` where other nodes and clients reach it. */
  readonly address: string;
  /** The answer of `GET /status`; its `node` is the name of the node. */
  status(): ProcessStatus;
  /**
   * Hands over leadership, answers pending requests, and frees port and folder. Resolves to the unfinished duties, if
   * any, after a bounded time.
   */
  stop(): Promise<string | undefined>;
  /**
   * Resolves when the node has ended. Rejects where it lost its name to another joining node, and could not join again.
   */
  readonly ended: Promise<NodeEnding>;
}

/**
 * Founds a cluster, joins one, or starts a node again; resolves once it listens. The same as `understudy server` and
 * `understudy frontend` without the operator paths that these add to `/status` (`/metrics`, `/readyz`). Rejects with an
 * error that says what to do: a `StartError`, or a `StorageError` where the folder cannot be used.
 */
export async function startNode(options: NodeOptions): Promise<LiveNode> {
  await refuseOptions(options);
  const parts = await readParts(options);
  const lifetime = await untilEnded(
    () => start(options, parts).catch(throwAsStartError),
    ({ node: { folder } }) => clearNodeFolder(folder.path, folder.node),
  );
  return {
    get address() {
      return lifetime.current().node.folder.node.address;
    },
    status: () => lifetime.current().run.running.status(),
    stop: () => lifetime.stop(),
    ended: lifetime.ended,
  };
}

/** Credentials and settings, read and checked. */
interface Parts {
  /** Undefined: none is given, and the folder has none yet. */
  readonly secret: Secret | undefined;
  readonly tls: Tls | undefined;
  readonly settings: Settings;
}

async function readParts({ data, secretFile = secretIn(data), tls, settings = {} }: NodeOptions): Promise<Parts> {
  const decoded = settingsFrom(settings);
  if (decoded.type === 'rejected') throw new StartError(decoded.reason);
  return {
    secret: secretFile === undefined ? undefined : await readSecret(secretFile).catch(refuse),
    tls: tls === undefined ? undefined : await readTls(tls).catch(refuse),
    settings: decoded.value,
  };
}

/** A file of the options that cannot be used: its reader's message says which, and why. */
function refuse(error: unknown): never {
  throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
}

/** Options that the types do not refuse, or that a program in JavaScript may give. */
async function refuseOptions({ service, data }: NodeOptions): Promise<void> {
  if (!isService(service)) throw new StartError('`service` is no service: make one with defineService');
  if (data === '') throw new StartError('say where the data of this node is to be: `data`');
  const folder = await stat(data).catch(() => undefined);
  if (folder?.isDirectory() === false) throw new StartError(`${data} is a file: \`data\` is the folder of one node`);
}

async function start(
  options: NodeOptions,
  { settings, ...given }: Parts,
): Promise<{ readonly node: PreparedNode; readonly run: NodeRun }> {
  const { access, log = ignore, failed = throwUncaught } = options;
  const { secret, ...node } = await prepare(options, given, (line) => log(line, 'seldom'));
  return { node, run: await runNode(node, { settings, secret, tls: given.tls, access, log, failed }) };
}

/** Opens the folder of the node, and reads its secret. A new folder first founds a cluster or joins one. */
async function prepare(
  options: NodeOptions,
  { secret: given, tls }: Omit<Parts, 'settings'>,
  say: (line: string) => void,
): Promise<PreparedNode & { readonly secret: Secret }> {
  const { data, kind = 'server', node: nodeId, join } = options;
  const contacts = join === undefined ? undefined : [join].flat();
  const founds = options.found === true;
  const path = resolve(data);
  const found = await readNodeFile(path);
  const source = { service: readable(options.service), module: found?.module };
  const refuseOther = (kept: ServiceKept, what: string): void => {
    const problem = otherService(kept, source, what);
    if (problem !== undefined) throw new StartError(problem);
  };
  if (founds && contacts !== undefined) throw new StartError('a node founds a cluster or joins one: `found` or `join`');
  if (founds && kind === 'frontend')
    throw new StartError('a front end founds no cluster: say which one it joins, `join`');
  if (founds && found !== undefined) {
    throw new StartError(
      `${found.nodeId} of ${found.clusterId} is in ${data} already: it starts without \`found\`, which is for the first start alone`,
    );
  }
  if (found === undefined && contacts === undefined && !founds) {
    const how = kind === 'frontend' ? 'a front end joins a cluster: say which, `join`' : FOUND_OR_JOIN;
    throw new StartError(`${data} holds no node yet, and ${how}`);
  }
  const place = placeFor(options, found);
  const probePort = options.access?.probePort;
  if (found === undefined) await refuseForeign(data, options.service);
  if (found !== undefined) {
    refuseOther(found, data);
    if (contacts !== undefined)
      say(`${found.nodeId} of ${found.clusterId} is in ${data} already, so it does not join again`);
  } else if (contacts !== undefined) {
    const joining = { kind, contacts, nodeId, place, probePort };
    const sourceOf = (joined: ServiceKept): Promise<ServiceSource> => {
      refuseOther(joined, `the cluster at ${contacts.join(', ')}`);
      return Promise.resolve(source);
    };
    if (given === undefined) throw new StartError(joinsBySecret('`secretFile`'));
    await joinNode(path, joining, { secret: given, tls }, sourceOf, say);
  } else await foundNode(path, source, nodeId, place, { tls, makesSecret: given === undefined, probePort });
  const own = secretIn(path);
  const secret = given ?? (own === undefined ? undefined : await readSecret(own).catch(refuse));
  if (secret === undefined) throw new StartError(startsBySecret(found?.nodeId ?? 'the node', data, '`secretFile`'));
  const expected = { kind, ...(nodeId === undefined ? {} : { nodeId }) };
  const opened = await openNode(path, expected, source, (before) => placeFor(options, before), probePort);
  return { ...opened, secret, isNewlyNamed: found === undefined && contacts !== undefined && nodeId === undefined };
}

const FOUND_OR_JOIN =
  'says neither that it founds a cluster (`found: true`, for the first node) nor which one it joins (`join`, also after its folder was lost)';

/** Refuses a new folder that has files of others: it may be a folder of something else. */
async function refuseForeign(data: string, { apps }: Service): Promise<void> {
  const groups = apps.map((app) => app.name);
  const [foreign] = await foreignIn(resolve(data), groups);
  if (foreign === undefined) return;
  throw new StartError(`${data} is not empty and holds no node of ours (${foreign}): choose another \`data\``);
}

function placeFor(options: NodeOptions, before: Place | undefined): Place {
  const place = placeOf(options, before);
  if (!('problem' in place)) return place;
  switch (place.problem) {
    case 'no-port':
      throw new StartError('say where this node listens: `port`');
    case 'every-interface':
      throw new StartError(`${place.host} is every interface: say where the others reach this node, \`address\``);
    case 'impossible-port':
      throw new StartError(`there is no port ${place.port}: a port is a whole number from 1 to 65535`);
    case 'malformed-address':
      throw new StartError(`\`address\` is host:port, not ${place.address}`);
    default:
      return unreachable(place);
  }
}

function ignore(): void {
  // No log.
}

/** Ends the program with an uncaught error. */
function throwUncaught(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
