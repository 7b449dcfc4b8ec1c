import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { StartError } from '../../../src/live/start/start-error.ts';
import { type NodeOptions, startNode } from '../../../src/live/start/start-node.ts';
import { makeSecret } from '../../../src/security/make-secret.ts';
import { newFolder } from '../../support/storage/stores.ts';

const secretFile = join(await newFolder(), 'understudy.secret');
await makeSecret(secretFile);

it.each<[string, Partial<NodeOptions>, string]>([
  ['port 0', { port: 0 }, 'there is no port 0: a port is a whole number from 1 to 65535'],
  ['a negative port', { port: -1 }, 'there is no port -1'],
  ['a port beyond the last', { port: 70_000 }, 'there is no port 70000'],
  ['a broken port', { port: 1.5 }, 'there is no port 1.5'],
  ['a port that is no number', { port: Number.NaN }, 'there is no port NaN'],
  ['an address without a port', { address: 'example.org' }, '`address` is host:port, not example.org'],
  ['an address with no such port', { address: 'example.org:70000' }, '`address` is host:port, not example.org:70000'],
  ['an address with no such host', { address: '10.0.0.300:4560' }, '`address` is host:port, not 10.0.0.300:4560'],
  ['an address with a blank', { address: 'a b:1' }, '`address` is host:port, not a b:1'],
  ['an address with a user', { address: 'a@b:1' }, '`address` is host:port, not a@b:1'],
  [
    'a contact with no such host',
    { join: '10.0.0.300:4599', secretFile },
    'cannot join: “10.0.0.300:4599” is no address',
  ],
  ['a name with a slash', { node: 'a/b c' }, 'a/b c is not a name of at most 32 letters, digits and dashes'],
  [
    'a name that leads elsewhere',
    { node: '../evil' },
    '../evil is not a name of at most 32 letters, digits and dashes',
  ],
  ['a name of a property', { node: 'constructor' }, 'constructor is a name that has a meaning of its own here'],
  ['a joining node without the secret', { join: '127.0.0.1:1' }, 'needs the secret of its cluster: `secretFile`'],
  ['a secret that is not there', { secretFile: '/nowhere/secret' }, 'the secret in /nowhere/secret cannot be read'],
  ['a secret that is a folder', { secretFile: '/' }, 'the secret in / cannot be read'],
  ['a secret that is too short', { secretFile: '/dev/null' }, '/dev/null: a secret has at least 16 bytes'],
  [
    'a certificate that is not there',
    { tls: { cert: '/nowhere/cert', key: '/nowhere/key' } },
    '/nowhere/cert cannot be read',
  ],
  [
    'a contact that is no address',
    { join: 'no address', secretFile },
    'cannot join: “no address” is no address of a node: host:port',
  ],
  [
    'a contact without a port',
    { join: 'example.org', secretFile },
    'cannot join: “example.org” is no address of a node',
  ],
])('A node is refused before anything is written: %s', async (_, more, reason) => {
  const parent = await newFolder();
  const [port] = await freePorts(1);
  const started = startNode({
    service: tickets,
    data: join(parent, 'node'),
    port,
    found: more.join === undefined,
    ...more,
  });
  await expect(started).rejects.toThrow(reason);
  await expect(started).rejects.toBeInstanceOf(StartError);
  expect(await readdir(parent)).toEqual([]);
});

it('A folder that remembers an address that cannot be dialled comes up, and a node at ::1 is reached in brackets', async () => {
  const parent = await newFolder();
  const data = join(parent, 'node');
  const [port] = await freePorts(1);
  const first = await startNode({ service: tickets, data, port, host: '::1', found: true });
  expect(first.address).toBe(`[::1]:${port}`);
  await first.stop();

  const typo = { ...entryOf('s2'), address: '10.0.0.300:4599' };
  const spelled = { ...entryOf('s3'), address: 'LocalHost:1' };
  await writeFile(join(data, 'services.json'), JSON.stringify({ format: 1, services: [typo, spelled] }));
  const again = await startNode({ service: tickets, data });
  const directory = again.status().directory.map(({ node, address }) => [node, address]);
  expect(directory).toEqual([
    ['s1', `[::1]:${port}`],
    ['s3', 'localhost:1'],
  ]);
  await again.stop();
});

it('Two nodes at ::1 make a cluster, and answer by the address that each says it has', async () => {
  const parent = await newFolder();
  const [one, two] = await freePorts(2);
  const first = await startNode({ service: tickets, data: join(parent, 's1'), port: one, host: '::1', found: true });
  const joined = { kind: 'frontend', join: first.address, data: join(parent, 'f1') } as const;
  const own = join(parent, 's1', 'secret');
  const second = await startNode({ service: tickets, ...joined, port: two, host: '::1', secretFile: own });
  expect([first.address, second.address]).toEqual([`[::1]:${one}`, `[::1]:${two}`]);
  await expect.poll(() => Object.values(second.status().links), { timeout: 10_000 }).toEqual(['open']);
  await expect.poll(() => Object.values(first.status().links), { timeout: 10_000 }).toEqual(['open']);
  const created = async () =>
    (await fetch(`http://${second.address}/users/create`, { method: 'POST', body: '{"username":"ada"}' })).status;
  await expect.poll(created, { timeout: 10_000 }).toBe(200);
  await second.stop();
  await first.stop();
});

function entryOf(nodeId: string): object {
  return {
    nodeId,
    kind: 'server',
    diskId: `c/${nodeId}/1`,
    generation: 1,
    incarnation: 1,
    standing: 'member',
    beat: 1,
  };
}

it('A folder whose own address cannot be dialled starts with another one', async () => {
  const data = join(await newFolder(), 'node');
  const [port] = await freePorts(1);
  await (await startNode({ service: tickets, data, port, found: true })).stop();
  const file = join(data, 'node.json');
  const record: unknown = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...Object(record), address: 'x:99999' }));
  await expect(startNode({ service: tickets, data })).rejects.toThrow('`address` is host:port, not x:99999');
  const mended = await startNode({ service: tickets, data, address: `127.0.0.1:${port}` });
  expect(mended.address).toBe(`127.0.0.1:${port}`);
  await mended.stop();
});

it('Where its port is taken, a node writes nothing, so that it can join instead of found with the same folder', async () => {
  const [port] = await freePorts(1);
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const parent = await newFolder();
  const started = startNode({ service: tickets, data: join(parent, 'node'), port, found: true });
  await expect(started).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
  await expect(started).rejects.toBeInstanceOf(StartError);
  expect(await readdir(parent)).toEqual([]);
  other.close();
});

it.each([
  ['founds', { found: true }],
  ['joins', { join: '127.0.0.1:1', secretFile }],
] as const)('Where the port of its probes is taken, a node that %s writes nothing and asks no node', async (_, how) => {
  const [port, probePort = 0] = await freePorts(2);
  const other = createServer().listen(probePort, '127.0.0.1');
  await once(other, 'listening');
  const parent = await newFolder();
  const started = startNode({ service: tickets, data: join(parent, 'node'), port, access: { probePort }, ...how });
  await expect(started).rejects.toThrow(`port ${probePort} of 127.0.0.1 is in use`);
  expect(await readdir(parent)).toEqual([]);
  other.close();
});

it('A node that starts again keeps no place whose port it cannot have', async () => {
  const [port, takenPort = 0] = await freePorts(2);
  const data = join(await newFolder(), 'node');
  await (await startNode({ service: tickets, data, port, found: true })).stop();
  const before = await readFile(join(data, 'node.json'), 'utf8');
  const other = createServer().listen(takenPort, '127.0.0.1');
  await once(other, 'listening');
  const elsewhere = startNode({ service: tickets, data, port: takenPort });
  await expect(elsewhere).rejects.toThrow(`port ${takenPort} of 127.0.0.1 is in use`);
  expect(await readFile(join(data, 'node.json'), 'utf8')).toBe(before);
  other.close();
  await (await startNode({ service: tickets, data })).stop();
});

it.each([undefined, {}, { name: 'a', apps: [] }])(
  'A node is not started with %j instead of a service',
  async (given) => {
    const parent = await newFolder();
    // A program in JavaScript may give anything.
    const options: NodeOptions = Object.assign({ service: tickets, data: join(parent, 'node') }, { service: given });
    const started = startNode(options);
    await expect(started).rejects.toThrow('`service` is no service: make one with defineService');
    await expect(started).rejects.toBeInstanceOf(StartError);
    expect(await readdir(parent)).toEqual([]);
  },
);

it('A node without a folder is not put into the working directory', async () => {
  const [port] = await freePorts(1);
  const started = startNode({ service: tickets, data: '', port });
  await expect(started).rejects.toThrow('say where the data of this node is to be: `data`');
  await expect(started).rejects.toBeInstanceOf(StartError);
});

it('A node is not put among the files of others', async () => {
  const [port] = await freePorts(1);
  const data = await newFolder();
  await writeFile(join(data, 'letter.txt'), 'something');
  const started = startNode({ service: tickets, data, port, found: true });
  await expect(started).rejects.toThrow(`${data} is not empty and holds no node of ours (letter.txt)`);
  await expect(started).rejects.toBeInstanceOf(StartError);
  expect(await readdir(data)).toEqual(['letter.txt']);
});

it('A node is put into an empty disk, and into a folder whose formatting was cut short', async () => {
  const [port] = await freePorts(1);
  const data = await newFolder();
  await mkdir(join(data, 'lost+found'));
  const first = await startNode({ service: tickets, data, port, found: true });
  await first.stop();
  await rm(join(data, 'node.json'));
  await writeFile(join(data, 'node.json.tmp'), '{');
  await writeFile(join(data, 'incarnation.json'), JSON.stringify({ format: 1, incarnation: 0 }));
  const again = await startNode({ service: tickets, data, port, found: true });
  expect(again.status().incarnation).toBe(1);
  await again.stop();
});

it('A node is not started in a file', async () => {
  const [port] = await freePorts(1);
  const data = join(await newFolder(), 'file');
  await writeFile(data, 'something');
  const started = startNode({ service: tickets, data, port, found: true });
  await expect(started).rejects.toThrow(`${data} is a file: \`data\` is the folder of one node`);
  await expect(started).rejects.toBeInstanceOf(StartError);
});

it('A node that has a folder says which port it cannot have', async () => {
  const [port] = await freePorts(1);
  const data = join(await newFolder(), 'node');
  const node = await startNode({ service: tickets, data, port, found: true });
  await node.stop();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const started = startNode({ service: tickets, data });
  await expect(started).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
  await expect(started).rejects.toBeInstanceOf(StartError);
  other.close();
});
