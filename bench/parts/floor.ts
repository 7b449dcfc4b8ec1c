import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, post } from './load.ts';
import type { Peer } from './peer.ts';

/** The floor (floor-node.ts): a front end and three servers on loopback, from `port` on. */
export async function startFloor(port: number): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-floor-'));
  const secondaries = [port + 2, port + 3];
  const children: ChildProcess[] = [];
  const start = async (order: object, at: number): Promise<void> => {
    const program = new URL('floor-node.ts', import.meta.url);
    children.push(fork(program, [JSON.stringify(order)], { execArgv: ['--import', 'tsx'] }));
    while (!(await isOpen(at))) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  for (const at of secondaries) await start({ role: 'secondary', port: at, log: join(folder, String(at)) }, at);
  await start({ role: 'primary', port: port + 1, secondaries, log: join(folder, 'primary') }, port + 1);
  await start({ role: 'front end', http: port, primary: port + 1 }, port);
  const request = {
    host: '127.0.0.1',
    port,
    text: () => post('127.0.0.1', port, '/users/create', '{"username":"ada"}'),
  };
  return {
    name: 'floor',
    about: 'plain Node.js, node:http, three durable copies, nothing else (bench/parts/floor-node.ts)',
    http: { method: 'POST', url: `http://127.0.0.1:${port}/users/create`, body: '{"username":"ada"}' },
    pids: () => children.flatMap(({ pid }) => pid ?? []),
    write: (clients, seconds) => load(request, clients, seconds),
    async stop() {
      for (const child of children) child.disconnect();
      await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
