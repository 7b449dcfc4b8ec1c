import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type NodeToRun, prepareNode, type StartFlags } from '../../../src/cli/node/prepare.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { admit, JOIN_PATH } from '../../../src/live/admin/admission.ts';
import { makeSecret } from '../../../src/security/make-secret.ts';
import { readSecret } from '../../../src/security/secret.ts';
import { clearNodeFolder } from '../../../src/storage/node-folder.ts';
import { createHttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { nodeRecord } from '../../support/storage/node-record.ts';
import { newFolder } from '../../support/storage/stores.ts';
import { withSecret } from '../../../src/security/authorise.ts';

/** Of the cluster that is joined. */
const SECRET_FILE = join(await newFolder(), 'understudy.secret');
await makeSecret(SECRET_FILE);

/** A cluster file of tickets; nodes named `f…` are its front ends. */
async function clusterFile(folder: string, addresses: Readonly<Record<string, string>>): Promise<string> {
  const [servers, frontEnds] = ['s', 'f'].map((kind) => Object.keys(addresses).filter((node) => node.startsWith(kind)));
  const topology = { clusterId: 'c', servers, frontEnds, groups: ['events', 'users'] };
  const file = join(folder, 'cluster.json');
  await writeFile(file, JSON.stringify({ understudy: 1, service: 'tickets', topology, addresses }));
  return file;
}

describe('The command line of a node', () => {
  it.each([
    ['says where its data is', 'server', 'tickets', { port: 1 }, 'say where the data of this node is to be: --data'],
    ['founds or joins where the folder is new', 'server', undefined, { port: 1 }, 'holds no node yet. To found a'],
    ['lets a front end join only', 'frontend', undefined, { port: 1 }, 'holds no node yet. To join a cluster'],
    ['says where a new node listens', 'server', 'tickets', { found: true }, 'say where this node listens: --port PORT'],
    [
      'says what an address is',
      'server',
      'tickets',
      { port: 1, found: true, address: 'a' },
      '--address is host:port, not a',
    ],
    [
      'names a founder as any node',
      'server',
      'tickets',
      { port: 1, found: true, node: '../evil' },
      '../evil is not a name of at',
    ],
    [
      'names a node that starts again by a name',
      'frontend',
      undefined,
      { node: 'n'.repeat(33) },
      'is not a name of at most 32',
    ],
    [
      'has probes on another port',
      'server',
      'tickets',
      { port: 4_600, probePort: 4_600, found: true },
      'is that of the node',
    ],
    [
      'names a service there is',
      'server',
      'tikets',
      { port: 1, found: true },
      'there is no service tikets; there is tickets',
    ],
    [
      'names a file that can be loaded',
      'server',
      './none.ts',
      { port: 1, found: true },
      './none.ts cannot be loaded: Cannot find',
    ],
    [
      'says so before it joins',
      'server',
      './none.ts',
      { port: 1, join: 'a:1', secretFile: SECRET_FILE },
      './none.ts cannot be loaded',
    ],
    ['founds nothing with a front end', 'frontend', 'tickets', { port: 1 }, 'holds no node yet. To join a cluster'],
    [
      'says where a node is reached that listens everywhere',
      'server',
      'tickets',
      { port: 1, found: true, host: '0.0.0.0' },
      '--address HOST:PORT',
    ],
    [
      'names the node of a cluster file',
      'server',
      undefined,
      { cluster: 'c.json' },
      'say which node of c.json this is: --node',
    ],
    [
      'names a cluster file that is there',
      'server',
      undefined,
      { cluster: 'c.json', node: 's1' },
      'there is no cluster file',
    ],
    ['founds nothing unasked', 'server', 'tickets', { port: 1 }, 'understudy server tickets --found --port PORT'],
    [
      'founds or joins',
      'server',
      'tickets',
      { port: 1, found: true, join: 'a:1' },
      'a node founds a cluster or joins one',
    ],
    ['founds a cluster of some service', 'server', undefined, { port: 1, found: true }, 'say of which service the new'],
    ['founds nothing by a cluster file', 'server', undefined, { cluster: 'c.json', found: true }, 'file founds none'],
    [
      'joins by the secret',
      'server',
      undefined,
      { port: 1, join: 'a:1' },
      'needs the secret of its cluster: --secret-file',
    ],
    ['does not join by a cluster file', 'server', undefined, { cluster: 'c.json', join: 'a:1' }, 'does not join one'],
  ] as const)('%s', async (_, kind, service, flags, message) => {
    const data = message.startsWith('say where the data') ? {} : { data: join(await newFolder(), 'node') };
    await expect(prepareNode(kind, service, { ...data, ...flags }, undefined, () => undefined)).rejects.toThrow(
      message,
    );
  });

  it.each(['node', 'probes'])(
    'formats no folder of a cluster file where the port of its %s is taken',
    async (whose) => {
      const folder = await newFolder();
      const [port = 0, other = 0] = await freePorts(2);
      const taken = createServer().listen(whose === 'node' ? port : other, '127.0.0.1');
      await once(taken, 'listening');
      const file = await clusterFile(folder, { s1: `127.0.0.1:${port}`, f1: '127.0.0.1:1' });
      const flags = { cluster: file, node: 's1', secretFile: SECRET_FILE, probePort: other };
      const start = prepareNode('server', undefined, { ...flags, format: true }, undefined, () => undefined);
      await expect(start).rejects.toThrow(`port ${whose === 'node' ? port : other} of 127.0.0.1 is in use`);
      expect(await readdir(folder)).toEqual(['cluster.json']);
      taken.close();
    },
  );

  it('lets go of the folder of a cluster file whose ports it cannot have', async () => {
    const folder = await newFolder();
    const [port = 0] = await freePorts(1);
    const file = await clusterFile(folder, { s1: `127.0.0.1:${port}`, f1: '127.0.0.1:1' });
    const start = (more: StartFlags): Promise<NodeToRun> =>
      prepareNode(
        'server',
        undefined,
        { cluster: file, node: 's1', secretFile: SECRET_FILE, ...more },
        undefined,
        () => undefined,
      );
    await (await start({ format: true })).folder.close();
    await expect(start({ probePort: port })).rejects.toThrow('is that of the node');
    await (await start({})).folder.close();
  });

  it('takes no cluster file with more nodes than a directory has room for', async () => {
    const addresses = Object.fromEntries(
      Array.from({ length: 1_001 }, (_, nth) => [`s${nth}`, `127.0.0.1:${nth + 1}`]),
    );
    const cluster = await clusterFile(await newFolder(), { ...addresses, f1: '127.0.0.1:1' });
    const start = prepareNode('server', undefined, { cluster, node: 's1' }, undefined, () => undefined);
    await expect(start).rejects.toThrow('more than 1000 nodes');
  });

  it('founds a cluster when asked to, once, and starts the same node again without that', async () => {
    const data = join(await newFolder(), 'node');
    const first = await prepared('tickets', { data, port: 4_600, found: true });
    await expect(prepared('tickets', { data, port: 4_600, found: true })).rejects.toThrow(
      /^s1 of tickets-\w+ is in .* already: start it without --found/,
    );
    expect(first.folder.node).toMatchObject({ nodeId: 's1', generation: 1, address: '127.0.0.1:4600', state: 'ready' });
    expect(first.folder.node.topology).toMatchObject({ servers: ['s1'], frontEnds: [], groups: ['events', 'users'] });
    const again = await prepared('tickets', { data, port: 4_600 });
    expect(again.folder.node).toEqual(first.folder.node);
    expect([first.isNewlyNamed, again.isNewlyNamed]).toEqual([false, false]);
    expect([first.folder.incarnation, again.folder.incarnation]).toEqual([1, 2]);
  });

  it('makes the secret of a new cluster in the folder of its founder, and starts it again by that', async () => {
    const data = join(await newFolder(), 'node');
    const said: string[] = [];
    const flags = { data, port: 4_600, found: true };
    const first = await prepareNode('server', 'tickets', flags, undefined, (line) => said.push(line));
    await first.folder.close();
    const file = join(data, 'secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(said).toEqual([expect.stringContaining(`needs it: --secret-file ${file}`)]);
    const made = (await readSecret(file)).key('operator')?.prove('p', []);
    expect(first.secret.key('operator')?.prove('p', [])).toBe(made);
    expect((await prepared(undefined, { data })).secret.key('operator')?.prove('p', [])).toBe(made);
    // Another that is given wins over it.
    const given = await prepared(undefined, { data, secretFile: SECRET_FILE });
    expect(given.secret.key('operator')?.prove('p', [])).not.toBe(made);
  });

  it('makes none where one is given, and starts no node that has none', async () => {
    const data = join(await newFolder(), 'node');
    await prepared('tickets', { data, port: 4_600, found: true, secretFile: SECRET_FILE });
    expect(await readdir(data)).not.toContain('secret');
    await expect(prepared(undefined, { data })).rejects.toThrow(
      /^s1 in .* needs the secret of its cluster: --secret-file FILE\. Where the cluster has none, make one with/,
    );
    expect((await prepared(undefined, { data, secretFile: SECRET_FILE })).folder.incarnation).toBe(2);
  });

  it('may leave out all but the folder once the node is there, or move it', async () => {
    const data = join(await newFolder(), 'node');
    await prepared('tickets', { data, port: 4_600, found: true });
    expect((await prepared(undefined, { data })).listen).toEqual({ host: '127.0.0.1', port: 4_600 });
    await prepared(undefined, { data, port: 4_601, address: 'elsewhere:80' });
    const moved = await prepared(undefined, { data });
    expect(moved.listen).toEqual({ host: '127.0.0.1', port: 4_601 });
    expect(moved.folder.node.address).toBe('elsewhere:80');
  });

  it('that joins does not ask again once the node is there', async () => {
    const data = join(await newFolder(), 'node');
    await prepared('tickets', { data, port: 4_600, found: true });
    const said: string[] = [];
    const start = await prepareNode('server', undefined, { data, join: '127.0.0.1:1' }, undefined, (line) =>
      said.push(line),
    );
    await start.folder.close();
    expect(said).toEqual([expect.stringMatching(/^s1 of tickets-\w+ is in .* already, so it does not join again$/)]);
  });

  it('that joins is told apart from one that chose its name, and may join again in the same folder under another one', async () => {
    const registry = {
      node: nodeRecord(),
      services: [],
      room: 9,
      consentToName: () => ({ type: 'free' }) as const,
      remove: () => undefined,
      promised: new Set<string>(),
      unique: () => 'unique',
    };
    const secret = await readSecret(SECRET_FILE);
    const server = createHttpServer({
      onRequests: undefined,
      onGone: () => undefined,
      operatorPaths: [
        { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: { node: 's1' } }) },
        {
          method: 'POST',
          path: JOIN_PATH,
          signed: true,
          roles: ['server'],
          answer: ({ body }) => admit(body, registry),
        },
      ],
      authorise: withSecret(secret, { nodeId: 's1', clusterId: '', incarnation: 0 }, Date.now),
      onPeer: (socket) => socket.close(),
    });
    const contact = `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
    const folder = await newFolder();
    const data = join(folder, 'node');
    const first = await prepared(undefined, { data, port: 4_602, join: contact, secretFile: SECRET_FILE });
    await clearNodeFolder(data, first.folder.node);
    expect(await readdir(data)).toEqual([]);
    const second = await prepared(undefined, { data, port: 4_602, join: contact, secretFile: SECRET_FILE });
    const later = await prepared(undefined, { data, port: 4_602, join: contact, secretFile: SECRET_FILE });
    const named = await prepared(undefined, {
      data: join(folder, 's9'),
      port: 4_609,
      join: contact,
      node: 's9',
      secretFile: SECRET_FILE,
    });
    expect(
      [first, second, later, named].map(({ folder: { node, incarnation }, isNewlyNamed }) => {
        return [node.nodeId, incarnation, isNewlyNamed];
      }),
    ).toEqual([
      ['s2', 1, true],
      ['s3', 1, true],
      ['s3', 2, false],
      ['s9', 1, false],
    ]);
    await server.close();
  });

  it('leaves no folder behind where no node answers', async () => {
    const parent = await newFolder();
    const flags = { data: join(parent, 'node'), port: 4_600, join: 'http://[', secretFile: SECRET_FILE };
    await expect(prepareNode('server', undefined, flags, undefined, () => undefined)).rejects.toThrow('cannot join');
    expect(await readdir(parent)).toEqual([]);
  });

  it('does not start one kind of node as another, nor one service as another', async () => {
    const data = join(await newFolder(), 'node');
    await prepared('tickets', { data, port: 4_600, found: true });
    await expect(prepareNode('frontend', undefined, { data }, undefined, () => undefined)).rejects.toThrow(
      'belongs to a node of kind server, not to frontend',
    );
    await expect(prepareNode('server', 'bazaar', { data }, undefined, () => undefined)).rejects.toThrow(
      'is of the service tickets, not bazaar',
    );
  });
});

async function prepared(service: string | undefined, flags: StartFlags): Promise<NodeToRun> {
  const start = await prepareNode('server', service, flags, undefined, () => undefined);
  await start.folder.close();
  return start;
}
