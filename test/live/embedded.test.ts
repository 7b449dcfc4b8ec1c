import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LiveNode, type NodeOptions, startNode } from 'understudy/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { service } from '../../examples/seats/seats.ts';
import { tickets } from '../../src/apps/tickets/service.ts';
import { freePorts } from '../../src/cli/up/ports.ts';
import { createClient } from '../../src/client/client.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret } from '../../src/security/secret.ts';
import { blocksIn } from '../support/docs/page.ts';
import { SOON } from '../support/live/live-cluster.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let ports: readonly number[];
const nodes: LiveNode[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-embedded-'));
  ports = await freePorts(4);
});

afterEach(async () => {
  for (const node of nodes.splice(0).toReversed()) await node.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a node of the seat map in a folder of its own, on one of the free ports. */
async function started(name: string, place: number, more: Partial<NodeOptions> = {}): Promise<LiveNode> {
  const secret = more.join === undefined ? {} : { secretFile: join(folder, 'one', 'secret') };
  const node = await startNode({ service, data: join(folder, name), port: ports[place] ?? 0, ...secret, ...more });
  nodes.push(node);
  return node;
}

/** Has a node leave, as an operator with the secret that the founder has made. Resolves to the status. */
async function leave({ address }: LiveNode): Promise<number> {
  const credentials = { secret: await readSecret(join(folder, 'one', 'secret')), tls: undefined };
  const call = { method: 'POST', path: '/understudy/order', body: { type: 'leave' } } as const;
  return (await callSigned(address, call, credentials)).status;
}

describe('A node in a program', { timeout: 120_000 }, () => {
  it('founds a cluster, is joined by others, and serves as one that was started by a command', async () => {
    const lines: string[] = [];
    const first = await started('one', 0, { found: true, log: (line) => lines.push(line) });
    const second = await started('two', 1, { join: first.address });
    const frontEnd = await started('three', 2, { join: first.address, kind: 'frontend' });
    expect([first, second, frontEnd].map((node) => node.status().node)).toEqual(['s1', 's2', 'f1']);
    expect(frontEnd.address).toBe(`127.0.0.1:${ports[2]}`);
    await expect.poll(() => second.status().groups['hall']?.voter, SOON).toBe(true);

    const client = createClient({ frontEnds: [`http://${frontEnd.address}`] });
    expect(await client.post('/hall/hold', { seat: 'A1', name: 'ada' })).toEqual({ token: 1 });
    expect(lines).toContain('hall: is primary of epoch 1.s1');

    // The other one takes over, and has what was written.
    expect(await first.stop()).toBeUndefined();
    expect(await first.ended).toEqual({ type: 'stopped' });
    expect(await client.post('/hall/buy', { seat: 'A1', token: 1 })).toBeNull();
    expect(second.status().groups['hall']?.role).toBe('primary');
  });

  it('is found again in its folder, without a port and by whichever way it is started', async () => {
    const first = await started('one', 0, { found: true });
    const { clusterId } = first.status();
    const client = createClient({ frontEnds: [`http://${first.address}`] });
    await first.stop();
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const again = await startNode({ service, data: join(folder, 'one'), join: 'localhost:1', log });
    nodes.push(again);
    expect(lines).toContain(`s1 of ${clusterId} is in ${join(folder, 'one')} already, so it does not join again`);
    expect(again.address).toBe(`127.0.0.1:${ports[0]}`);
    expect(again.status()).toMatchObject({ node: 's1', clusterId, incarnation: 2 });
    // A data server has no paths of the service unless that says so.
    expect((await client.request('GET', '/hall/seat?seat=A1')).type).toBe('refused');
  });

  it('has a name of its own, also where another one joins at the same moment', async () => {
    const first = await started('one', 0, { found: true });
    const both = await Promise.all([
      started('two', 1, { join: first.address }),
      started('three', 2, { join: first.address }),
    ]);
    const names = (): readonly string[] => both.map((node) => node.status().node).toSorted();
    await expect.poll(names, SOON).toEqual(['s2', 's3']);
    await expect.poll(() => both.map((node) => node.status().groups['hall']?.voter), SOON).toEqual([true, true]);
  });

  it('that leaves its cluster says so, and is not to be stopped any more', async () => {
    const first = await started('one', 0, { found: true });
    const second = await started('two', 1, { join: first.address });
    await expect.poll(() => second.status().groups['hall']?.voter, SOON).toBe(true);
    expect(await leave(second)).toBe(200);
    expect(await second.ended).toEqual({ type: 'left' });
    expect(await second.stop()).toBeUndefined();
  });

  it('that has failed says so, and has not ended until it is stopped', async () => {
    // Of this process alone: another replica may have the stack for it, so it is no outcome of the command.
    const apply = (...step: unknown[]): never => apply(...step);
    const broken = { ...service, apps: service.apps.map((app) => ({ ...app, apply })) };
    let told: ((error: unknown) => void) | undefined;
    const failure = new Promise((resolve) => {
      told = resolve;
    });
    const first = await started('one', 0, { found: true, service: broken, failed: (error) => told?.(error) });
    const frontEnd = await started('two', 1, { join: first.address, kind: 'frontend' });
    const body = JSON.stringify({ seat: 'A1', name: 'ada' });
    const caller = new AbortController();
    const asked = { method: 'POST', body, signal: caller.signal };
    const answer = fetch(`http://${frontEnd.address}/hall/hold`, asked).catch(() => undefined);
    expect(String(await failure)).toContain('Maximum call stack size exceeded');
    expect(await Promise.race([first.ended, Promise.resolve('pending')])).toBe('pending');
    await first.stop();
    expect(await first.ended).toEqual({ type: 'stopped' });
    caller.abort();
    await answer;
  });

  it('that is stopped while it ends has freed its folder once that resolves', async () => {
    const first = await started('one', 0, { found: true });
    const second = await started('two', 1, { join: first.address });
    await expect.poll(() => second.status().groups['hall']?.voter, SOON).toBe(true);
    // The port is closed as the first step of the end; the folder is freed as the last one.
    const close = vi.spyOn(Server.prototype, 'close');
    const locks = new Promise<readonly string[]>((tell, fail) => {
      close.mockImplementationOnce(function (this: Server, closed) {
        second
          .stop()
          .then(() => tell(readdirSync(join(folder, 'two')).filter((name) => name.startsWith('lock.'))), fail);
        return this.close(closed);
      });
    });
    try {
      await leave(second);
      expect(await locks).toEqual([]);
    } finally {
      close.mockRestore();
    }
    expect(await second.ended).toEqual({ type: 'left' });
  });

  it.each<[string, Partial<NodeOptions>, string]>([
    ['a new folder without a port', { found: true, port: undefined }, 'say where this node listens: `port`'],
    ['a front end that joins nothing', { kind: 'frontend' }, 'a front end joins a cluster: say which, `join`'],
    [
      'every interface without an address',
      { found: true, host: '0.0.0.0' },
      'say where the others reach this node, `address`',
    ],
    ['a node that joins without the secret', { join: '127.0.0.1:1' }, 'needs the secret of its cluster: `secretFile`'],
    ['a setting that is none', { settings: { holdFor: -1 } }, 'holdFor: expected a whole number'],
    ['a secret that is not there', { secretFile: '/nowhere/secret' }, 'cannot be read'],
  ])('is refused with what to do: %s', async (_, more, reason) => {
    const options = { service, data: join(folder, 'one'), port: ports[0], ...more };
    await expect(startNode(options)).rejects.toThrow(reason);
  });

  it('is not started as one of another service', async () => {
    const first = await started('one', 0, { found: true });
    await first.stop();
    const other = startNode({ service: tickets, data: join(folder, 'one') });
    await expect(other).rejects.toThrow('is of the service seats, not tickets');
  });
});

describe('examples/seats/embed.ts', { timeout: 120_000 }, () => {
  it('is shown as it is, and does what the page says.', async () => {
    const page = await readFile(join(root, 'docs/guides/write-a-service.md'), 'utf8');
    const source = await readFile(join(root, 'examples/seats/embed.ts'), 'utf8');
    expect(blocksIn(page, 'ts')).toContain(source);
    const words = ['--import', 'tsx', 'examples/seats/embed.ts', folder, String(ports[0]), '--found'];
    const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    await once(child, 'close');
    expect([child.exitCode, printed]).toEqual([0, '200 {"token":1}\ns1 is primary\n']);
    expect(blocksIn(page, 'text')).toContain(printed);
  });
});
