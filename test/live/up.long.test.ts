import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { shortPath } from '../../src/cli/shared/short-path.ts';
import { freePorts } from '../../src/cli/up/ports.ts';
import { SOON } from '../support/live/live-cluster.ts';

const PATIENT = 60_000;
const bin = fileURLToPath(new URL('../../bin/understudy.mjs', import.meta.url));

const shownSchema = z.object({
  clusterId: z.string(),
  nodes: z.array(
    z.object({ node: z.string(), kind: z.string(), address: z.string(), pid: z.number(), leads: z.array(z.string()) }),
  ),
});

interface Run {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  out(): string;
  err(): string;
}

let folder: string;
let port: number;
const runs: Run[] = [];
const nodes: number[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-up-'));
  [port = 0] = await freePorts(6);
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') for (const run of runs) console.error(run.out(), run.err());
  for (const run of runs.splice(0)) {
    run.process.kill('SIGKILL');
    await run.ended;
  }
  for (const pid of nodes.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function understudy(...flags: string[]): Run {
  const child = spawn(process.execPath, [bin, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
  const run = { process: child, ended, out: () => out, err: () => err };
  runs.push(run);
  return run;
}

function up(...flags: string[]): Run {
  return understudy('up', 'tickets', '--data', join(folder, 'data'), '--port', String(port), ...flags);
}

async function shownBy(run: Run): Promise<z.infer<typeof shownSchema>> {
  await expect.poll(() => run.out(), SOON).toContain('\n');
  const shown = shownSchema.parse(JSON.parse(run.out()));
  nodes.push(...shown.nodes.map(({ pid }) => pid));
  return shown;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function createUser(address: string | undefined, username: string): Promise<unknown> {
  const response = await fetch(`http://${address ?? ''}/users/create`, {
    method: 'POST',
    body: JSON.stringify({ username }),
  });
  return response.json();
}

describe('understudy up', { timeout: PATIENT }, () => {
  it('brings up a cluster, stops all of it within 5 s, and finds the data again', async () => {
    const first = up('--servers', '1', '--front-ends', '1', '--json');
    const shown = await shownBy(first);
    expect(shown.nodes.map(({ node, kind, address }) => [node, kind, address])).toEqual([
      ['s1', 'server', `127.0.0.1:${port + 1}`],
      ['f1', 'frontend', `127.0.0.1:${port}`],
    ]);
    expect(shown.nodes[0]?.leads).toEqual(['events', 'users']);
    expect(await createUser(`127.0.0.1:${port}`, 'ada')).toEqual({ userid: 0 });
    const toldAt = performance.now();
    first.process.kill('SIGINT');
    expect((await first.ended).code).toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(5_000);
    expect(shown.nodes.filter(({ pid }) => isAlive(pid))).toEqual([]);

    const second = up('--json');
    expect((await shownBy(second)).clusterId).toBe(shown.clusterId);
    expect(await createUser(`127.0.0.1:${port}`, 'bob')).toEqual({ userid: 1 });

    const beside = await understudy('up', 'tickets', '--data', join(folder, 'data'), '--port', String(port + 3)).ended;
    expect(beside.code).toBe(1);
    expect(beside.err).toContain('is in use by process');
  });

  it('names each process as one reads it in ps, and says how to start one again that has ended', async () => {
    const run = up('--servers', '1', '--front-ends', '1', '--json');
    const shown = await shownBy(run);
    const [server] = shown.nodes;
    if (existsSync('/proc/self/cmdline')) {
      const title = readFileSync(`/proc/${server?.pid ?? 0}/cmdline`, 'utf8').replaceAll('\0', ' ');
      expect(title).toMatch(/^understudy server --cluster .*cluster\.json --node s1/);
    }
    process.kill(server?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => run.err(), SOON).toContain('s1 has ended (signal SIGKILL). To start it again:');
    expect(run.err()).toMatch(/\n {2}node \S*understudy\.mjs server --cluster \S+ --node s1 --secret-file \S+\n/);
  });

  it('is quiet: the logs of its nodes are in files, and an operator is told what happens, a line each', async () => {
    const run = up('--servers', '3', '--front-ends', '1');
    await expect.poll(() => run.out(), SOON).toContain('Ctrl-C');
    nodes.push(...[...run.out().matchAll(/│ (\d+) +│/g)].map(([, pid]) => Number(pid)));
    expect(run.err()).toBe('');
    const logs = join(folder, 'data', 'logs');
    expect(run.out()).toContain(`logs in ${shortPath(logs)}`);
    expect(readFileSync(join(logs, 's1.log'), 'utf8')).toMatch(
      /^--- \S+Z s1 starts\n[\d:.]+ s1 gossip event=meets nodeId=\S+ address=\S+: meets /,
    );

    await appendFile(join(logs, 'f1.log'), 'x'.repeat(8 * 1024 * 1024));
    await expect.poll(() => existsSync(join(logs, 'f1.log.1')), SOON).toBe(true);
    await expect.poll(() => statSync(join(logs, 'f1.log')).size, SOON).toBeLessThan(100_000);

    const [, primary] = /kill -9 (\d+)/.exec(run.out()) ?? [];
    process.kill(Number(primary), 'SIGKILL');
    await expect.poll(() => run.err(), SOON).toMatch(/^[\d:]{8} s\d \(pid \d+\) is the new primary of .*\n/m);
    expect(run.err()).toMatch(/^[\d:]{8} s\d has ended \(signal SIGKILL\)\. To start it again:\n/m);
    const again = / {2}node \S+ (server .*)/.exec(run.err())?.[1]?.split(' ') ?? [];
    understudy(...again);
    await expect.poll(() => run.err(), SOON).toMatch(/^[\d:]{8} s\d is back \(pid \d+\)\n/m);
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(0);
    expect(run.err()).toMatch(/the data stays in \S+\n$/);
    expect(run.err().split('\n').length).toBeLessThan(12);
  });

  it('shows the logs on the screen when it is asked to, and writes none then', async () => {
    const run = up('--servers', '1', '--front-ends', '1', '--verbose');
    await expect.poll(() => run.out(), SOON).toContain('Ctrl-C');
    expect(run.err()).toContain(' s1 gossip event=meets nodeId=f1 address=');
    expect(run.out()).not.toContain('logs in');
    expect(existsSync(join(folder, 'data', 'logs'))).toBe(false);
  });

  it('says which node cannot start, why, and where its log is', async () => {
    const first = up('--servers', '1', '--front-ends', '1', '--json');
    await shownBy(first);
    first.process.kill('SIGTERM');
    await first.ended;
    await writeFile(join(folder, 'data', 's1', 'node.json'), 'no JSON');
    const { code, err } = await up().ended;
    expect(code).toBe(1);
    expect(err).toContain('the cluster did not come up: s1 has ended (exit code 1)\n  s1: ');
    expect(err).toContain('node.json is missing or damaged');
    expect(err).toContain(`log: ${shortPath(join(folder, 'data', 'logs', 's1.log'))}\n`);
  });

  it('leaves no process behind when it is killed itself', async () => {
    const run = up('--servers', '1', '--front-ends', '1', '--json');
    const shown = await shownBy(run);
    run.process.kill('SIGKILL');
    await expect.poll(() => shown.nodes.filter(({ pid }) => isAlive(pid)), SOON).toEqual([]);
  });

  it('prints a table and lines to paste, or lines alone where the terminal is narrow', async () => {
    const run = up('--servers', '1', '--front-ends', '1');
    await expect.poll(() => run.out(), SOON).toContain('Ctrl-C');
    expect(run.out()).toContain('tickets is up: 1 data server, 1 front end');
    expect(run.out()).toMatch(/s1 +│ data server +│ 127\.0\.0\.1:\d+ │ \d+ +│ events, users/);
    expect(run.out()).toContain(`curl 127.0.0.1:${port}/users/create -d '{"username":"ada"}'`);
    expect(run.out()).toMatch(/kill -9 \d+ /);
  });

  it('refuses other counts than the data has, deletes it only when told, and only what is its own', async () => {
    const first = up('--servers', '1', '--front-ends', '1', '--json');
    const shown = await shownBy(first);
    first.process.kill('SIGTERM');
    await first.ended;

    const other = await up('--servers', '2').ended;
    expect(other.code).toBe(1);
    expect(other.err).toContain('has data servers 1, not 2');

    const fresh = up('--servers', '1', '--front-ends', '1', '--fresh', '--json');
    const anew = await shownBy(fresh);
    expect(anew.clusterId).not.toBe(shown.clusterId);
    expect(await createUser(`127.0.0.1:${port}`, 'ada')).toEqual({ userid: 0 });
    fresh.process.kill('SIGTERM');
    await fresh.ended;

    const foreign = join(folder, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'years of work');
    const refused = await understudy('up', 'tickets', '--data', foreign, '--port', String(port), '--fresh').ended;
    expect(refused.code).toBe(1);
    expect(readFileSync(join(foreign, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('does not make a lost data folder again', async () => {
    const first = up('--servers', '1', '--front-ends', '1', '--json');
    await shownBy(first);
    first.process.kill('SIGTERM');
    await first.ended;
    await rm(join(folder, 'data', 's1'), { recursive: true });
    const refused = await up().ended;
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('has lost the folder of s1');
  });

  it('names the port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port + 1, '127.0.0.1', resolve));
    const refused = await up('--servers', '1', '--front-ends', '1').ended;
    await new Promise((resolve) => taken.close(resolve));
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`s1 cannot have port ${port + 1}: it is in use`);
  });
});

function upBazaar(...flags: string[]): Run {
  return understudy('up', 'bazaar', '--data', join(folder, 'data'), '--port', String(port), ...flags);
}

/** What the first front end answers, and whether its cache had a part in it. */
async function said(path: string): Promise<readonly [unknown, string | null]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return [await response.json(), response.headers.get('understudy-cache')];
}

describe('understudy up bazaar', { timeout: PATIENT }, () => {
  it('lists the stocks of a catalogue before it says that it is up, and can do without a cache', async () => {
    const catalog = join(folder, 'stocks.txt');
    await writeFile(catalog, '# name, price, volume, quantity\nFish & Co, 7.5, 12, 100\nBoarCo, 21.25, 0, 3\n');
    const tuned = ['--cache-size', '0', '--setting', 'acknowledge=majority'];
    const run = upBazaar('--servers', '1', '--front-ends', '1', '--catalog', catalog, ...tuned, '--json');
    const shown = await shownBy(run);
    expect(shown.nodes[0]?.leads).toEqual(['orders', 'catalog']);
    const stock = { name: 'Fish & Co', price: 7.5, quantity: 100, stock_name: 'Fish & Co' };
    expect(await said('/stocks')).toEqual([
      { data: [{ name: 'BoarCo', price: 21.25, quantity: 3, stock_name: 'BoarCo' }, stock] },
      null,
    ]);
    // Nothing is kept, so nothing comes from a cache.
    for (let nth = 0; nth < 3; nth += 1) {
      expect(await said('/stocks?stock_name=Fish+%26+Co')).toEqual([{ data: stock }, null]);
    }
    expect(await said('/cache')).toMatchObject([{ data: { size: 0, items: [], hits: 0 } }, null]);
    process.kill(shown.nodes[0]?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => run.err(), SOON).toMatch(/server .* --setting acknowledge=majority\n/);
  });

  it('says all that is wrong with a catalogue, and starts nothing', async () => {
    const catalog = join(folder, 'stocks.txt');
    await writeFile(catalog, 'FishCo, 7.505, 0, 100\n\nBoarCo, 1, 0, 3\nBoarCo, 1, 0, 3\n');
    const { code, err } = await upBazaar('--catalog', catalog).ended;
    expect([code, existsSync(join(folder, 'data'))]).toEqual([2, false]);
    expect(err).toContain(
      `${catalog}:1: price: expected a number like 15.99, with at most two decimals, and not "7.505"\n`,
    );
    expect(err).toContain(`${catalog}:4: BoarCo is on line 3 already\n`);
    expect((await up('--catalog', catalog).ended).err).toContain('tickets has no catalogue: leave out --catalog');
  });
});

describe('understudy', { timeout: PATIENT }, () => {
  it.each([
    ['an unknown command', ['upp']],
    ['an unknown flag', ['up', 'tickets', '--sevrers', '3']],
    ['an unknown setting', ['up', 'tickets', '--setting', 'heartbeatEvry=3']],
    ['a count that is none', ['up', 'tickets', '--servers', 'three']],
    ['a missing argument', ['status']],
  ])('exits 2 at %s', async (_, flags) => {
    const { code, err } = await understudy(...flags).ended;
    expect(err).not.toBe('');
    expect(code).toBe(2);
  });

  it('exits 1 when no process answers at the address', async () => {
    const { code, err } = await understudy('status', `127.0.0.1:${port}`).ended;
    expect(err).toContain('does not answer: connect ECONNREFUSED');
    expect(code).toBe(1);
  });
});
