import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { firstVersions } from '../../protocol/model/app-versions.ts';
import { newClusterId } from '../../live/start/node-record.ts';
import type { Topology } from '../../protocol/model/topology.ts';
import { makeSecret } from '../../security/make-secret.ts';
import type { Service } from '../../service/service.ts';
import { lockFolder } from '../../storage/folder-lock.ts';
import { StorageError } from '../../storage/storage-error.ts';
import { UserError } from '../shared/errors.ts';
import { type Cluster, nodesOf, readCluster, secretBeside, writeCluster } from './cluster-file.ts';
import { deleteLogs } from './log-files.ts';
import { recordOf } from './node-record.ts';
import { makeFolders } from '../../storage/make-folders.ts';

export interface FolderOptions {
  readonly folder: string;
  readonly service: Service;
  /** The absolute path of the module that exports it; undefined for a service of the package. */
  readonly module?: string | undefined;
  /** Undefined: as many as the cluster has, or the default of a new one. */
  readonly servers: number | undefined;
  readonly frontEnds: number | undefined;
  readonly fresh: boolean;
  assign(topology: Topology, known: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>>;
  check(addresses: Readonly<Record<string, string>>): Promise<void>;
}

const SERVERS = 3;
const FRONT_ENDS = 2;
const FILE = 'cluster.json';

/**
 * The draft of a new cluster file. While only the draft exists, the cluster has never run, and its folders may be
 * created again. The cluster file appears last: from then on a missing folder is a lost disk and must not return as an
 * empty one.
 */
const DRAFT = 'cluster.draft.json';

/** The cluster file during a deletion: one that was cut short is continued. */
const DELETED = 'cluster.deleted.json';

/** A cluster in its folder, locked until it is released. */
export interface PreparedFolder {
  readonly file: string;
  readonly cluster: Cluster;
  readonly isNew: boolean;
  readonly release: () => Promise<void>;
}

/** Creates or finds the cluster of a folder. Throws a `UserError` when it is not as asked for. */
export async function prepareFolder(options: FolderOptions): Promise<PreparedFolder> {
  const { folder } = options;
  await refuseForeign(folder);
  await makeFolders(folder, 0o700);
  const lock = await lockFolder(folder).catch(explain);
  try {
    const deleted = await readCluster(join(folder, DELETED));
    if (deleted !== undefined) await deleteNodes(folder, deleted);
    if (options.fresh) await clear(folder);
    const found = await readCluster(join(folder, FILE));
    const cluster = found === undefined ? await create(options) : await adopt(found, options);
    await makeSecret(secretBeside(join(folder, FILE)));
    return { file: join(folder, FILE), cluster, isNew: found === undefined, release: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function adopt(found: Cluster, options: FolderOptions): Promise<Cluster> {
  const { folder, module } = options;
  const cluster = { ...found, module, addresses: options.assign(found.topology, found.addresses) };
  refuseOther(cluster, options);
  refuseLostFolders(cluster, folder);
  await refuseRunning(cluster, folder);
  await options.check(cluster.addresses);
  await writeCluster(join(folder, FILE), cluster);
  return cluster;
}

async function create(options: FolderOptions): Promise<Cluster> {
  const { folder } = options;
  const draft = join(folder, DRAFT);
  const begun = (await readCluster(draft)) ?? plan(options);
  refuseOther(begun, options);
  const cluster = { ...begun, module: options.module, addresses: options.assign(begun.topology, undefined) };
  await options.check(cluster.addresses);
  await writeCluster(draft, cluster);
  for (const node of nodesOf(cluster.topology)) await format(folder, cluster, node);
  await rename(draft, join(folder, FILE));
  return cluster;
}

function plan({ service, servers = SERVERS, frontEnds = FRONT_ENDS }: FolderOptions): Cluster {
  return {
    service: service.name,
    topology: {
      clusterId: newClusterId(service.name),
      servers: Array.from({ length: servers }, (_, place) => `s${place + 1}`),
      frontEnds: Array.from({ length: frontEnds }, (_, place) => `f${place + 1}`),
      groups: service.apps.map((app) => app.name),
      ...firstVersions(service.apps),
    },
    addresses: {},
  };
}

function refuseOther({ service, topology }: Cluster, options: FolderOptions): void {
  const { folder } = options;
  const asked = [
    ['service', service, options.service.name],
    ['groups', topology.groups.join(', '), options.service.apps.map(({ name }) => name).join(', ')],
    ['data servers', topology.servers.length, options.servers ?? topology.servers.length],
    ['front ends', topology.frontEnds.length, options.frontEnds ?? topology.frontEnds.length],
  ] as const;
  for (const [what, has, wanted] of asked) {
    if (has === wanted) continue;
    throw new UserError(
      `the cluster in ${folder} has ${what} ${has}, not ${wanted}. Leave that option out, choose another --data, or use --fresh, which deletes its data.`,
    );
  }
}

function refuseLostFolders({ topology }: Cluster, folder: string): void {
  const lost = nodesOf(topology).filter((node) => !existsSync(join(folder, node)));
  if (lost.length === 0) return;
  throw new UserError(
    `the cluster in ${folder} has lost the folder of ${lost.join(', ')}. A node that forgot its promises could vote twice, so it is not made again. Put the folder back, or start anew with --fresh, which deletes all data.`,
  );
}

/** Refuses a folder that is neither empty nor a cluster's. */
async function refuseForeign(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const ours = [FILE, DRAFT, DELETED].some((name) => existsSync(join(folder, name)));
  if (ours || (await readdir(folder)).every((name) => name.startsWith('lock.'))) return;
  throw new UserError(`${folder} is not empty and holds no cluster of ours; choose another --data`);
}

async function refuseRunning({ topology }: Cluster, folder: string): Promise<void> {
  for (const node of nodesOf(topology)) {
    const path = join(folder, node);
    if (existsSync(path)) await lockFolder(path).then((lock) => lock.release(), explain);
  }
}

function explain(error: unknown): never {
  throw error instanceof StorageError ? new UserError(error.message) : error;
}

/** Deletes the files of a cluster, and no others. */
async function clear(folder: string): Promise<void> {
  const cluster = await readCluster(join(folder, FILE));
  if (cluster === undefined) return;
  await refuseRunning(cluster, folder);
  await rename(join(folder, FILE), join(folder, DELETED));
  await deleteNodes(folder, cluster);
}

async function deleteNodes(folder: string, { topology }: Cluster): Promise<void> {
  for (const node of nodesOf(topology)) await rm(join(folder, node), { recursive: true, force: true });
  await deleteLogs(folder, nodesOf(topology));
  await rm(secretBeside(join(folder, FILE)), { force: true });
  await rm(join(folder, DELETED));
}

async function format(folder: string, cluster: Cluster, node: string): Promise<void> {
  // It may be left half made by an interrupted `up`; no node has run on it.
  await rm(join(folder, node), { recursive: true, force: true });
  // Loaded here: only the first start of a cluster needs what reads and writes disks.
  const { formatNodeFolder } = await import('../../storage/node-folder.ts');
  await formatNodeFolder(join(folder, node), recordOf(cluster, node));
}
