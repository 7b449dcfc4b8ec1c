import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { SERVICES_AT_MOST } from '../../gossip/names.ts';
import { nodeName } from '../../live/admin/node-name.ts';
import { canonicalHostPort } from '../../protocol/model/host-port.ts';
import type { Topology } from '../../protocol/model/topology.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

/** The cluster file: the same for all processes. */
export interface Cluster {
  /** The name of the service. */
  readonly service: string;
  /** The absolute path of the module that exports it; absent for a service of the package. */
  readonly module?: string | undefined;
  readonly topology: Topology;
  /** `host:port` of every node. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Version of the file; any other one is refused. */
const FILE_VERSION = 1;

const versioned = z.object({ understudy: z.number() });

const schema = z
  .object({
    understudy: z.literal(FILE_VERSION),
    service: nodeName,
    module: z.string().min(1).optional(),
    topology: z.object({
      clusterId: z.string().regex(/^[a-z0-9-]{1,64}$/i),
      servers: z.array(nodeName).min(1),
      frontEnds: z.array(nodeName).min(1),
      groups: z.array(nodeName).min(1),
      versions: z.record(nodeName, z.int().min(1)).optional(),
    }),
    addresses: z.record(nodeName, z.string().transform(canonicalHostPort).pipe(z.string('is not host:port'))),
  })
  .check((context) => {
    const { topology, addresses } = context.value;
    const nodes = nodesOf(topology);
    if (nodes.length > SERVICES_AT_MOST)
      context.issues.push(issue(`more than ${SERVICES_AT_MOST} nodes: no directory has room for them`, topology));
    if (new Set(nodes).size < nodes.length) context.issues.push(issue('a node is named twice', topology));
    for (const node of nodes) {
      if (!Object.hasOwn(addresses, node)) context.issues.push(issue(`no address of ${node}`, addresses));
    }
  });

/** Servers, then front ends. */
export function nodesOf(topology: Topology): readonly string[] {
  return [...topology.servers, ...topology.frontEnds];
}

/** Reads a cluster file; undefined without one. Throws a `UserError` for a malformed one. */
export async function readCluster(file: string): Promise<Cluster | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UserError(`${file} cannot be read: ${String(error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON`);
  }
  const version = versioned.safeParse(json);
  if (version.success && version.data.understudy !== FILE_VERSION) {
    throw new UsageError(
      `${file} has format ${version.data.understudy}, and this version knows format ${FILE_VERSION}: start the version that wrote it`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new UsageError(`${file} is not a cluster file: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}`);
}

/** The secret's file that was created with a cluster file. */
export function secretBeside(file: string): string {
  return join(dirname(file), 'secret');
}

/** Writes a cluster file atomically. */
export async function writeCluster(file: string, cluster: Cluster): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify({ understudy: FILE_VERSION, ...cluster }, undefined, 2)}\n`, {
    flush: true,
  });
  await rename(temporary, file);
}

function issue(message: string, input: unknown): { code: 'custom'; message: string; input: unknown } {
  return { code: 'custom', message, input };
}
