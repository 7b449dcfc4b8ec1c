import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { fetchStatus, type NodeStatus } from '../../../src/cli/status/fetch-status.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { primaryOf } from '../../../src/cli/up/readiness.ts';
import { type Client, createClient } from '../../../src/client/client.ts';

const bin = fileURLToPath(new URL('../../../bin/understudy.mjs', import.meta.url));

/** Longest wait for anything that nodes must do by themselves, in milliseconds. */
export const SOON = { timeout: 60_000, interval: 50 };

/** Nodes of which each is a process with a command line of its own, that have found each other by an address. */
export interface JoinedNodes {
  readonly secretFile: string;
  address(node: string): string;
  folder(node: string): string;
  /** `understudy server|frontend …` with port, folder and secret of the node. */
  start(node: string, ...flags: string[]): void;
  /** The same with the folder alone, which must have a node by then. */
  again(node: string): void;
  /** Any other command, to its end. */
  run(...flags: string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  kill(node: string): Promise<void>;
  signal(node: string, signal: NodeJS.Signals): void;
  /** The exit code of the node's process, once it has ended. */
  ended(node: string): Promise<number | null>;
  status(node: string): Promise<NodeStatus | undefined>;
  /** Who leads `group`, once somebody does. */
  primary(group: string): Promise<string>;
  /** Waits until `events` and `users` have exactly these voters, with so many votes each. */
  haveVotes(votes: Readonly<Record<string, number>>): Promise<void>;
  client(...frontEnds: readonly string[]): Client;
  bases(...frontEnds: readonly string[]): readonly string[];
  /** The end of what every process has said, for a test that failed. */
  logs(): string;
  remove(): Promise<void>;
}

/** Folder, secret and ports for so many `names`; nothing runs yet. */
export async function gatherCrowd(names: readonly string[]): Promise<JoinedNodes> {
  const parent = await mkdtemp(join(tmpdir(), 'understudy-crowd-'));
  const secretFile = join(parent, 'secret');
  await writeFile(secretFile, 'a secret of sixteen bytes or more\n', { mode: 0o600 });
  const free = await freePorts(names.length);
  const ports = new Map(names.map((name, place) => [name, free[place] ?? 0]));
  const running = new Map<string, ChildProcess>();

  return {
    secretFile,
    address,
    folder,
    start: (node, ...flags) => launch(node, [...flags, '--port', String(ports.get(node))]),
    again: (node) => launch(node, [node.startsWith('f') ? 'frontend' : 'server']),
    async run(...flags) {
      const child = spawn(process.execPath, [bin, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.on('data', (data: Buffer) => (out += data.toString()));
      child.stderr.on('data', (data: Buffer) => (err += data.toString()));
      await once(child, 'close');
      return { code: child.exitCode, out, err };
    },
    async kill(node) {
      const child = childOf(node);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    signal: (node, signal) => void childOf(node).kill(signal),
    async ended(node) {
      const child = childOf(node);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
    status,
    async primary(group) {
      return vi.waitFor(async () => {
        const primary = primaryOf(group, await statuses());
        if (primary === undefined) throw new Error(`${group} has no primary`);
        return primary;
      }, SOON);
    },
    async haveVotes(votes) {
      for (const group of ['events', 'users']) {
        await vi.waitFor(async () => expect(await votesIn(group)).toEqual(votes), SOON);
      }
    },
    client: (...frontEnds) => createClient({ frontEnds: basesOf(frontEnds), deadline: 60_000, attemptWithin: 10_000 }),
    bases: (...frontEnds) => basesOf(frontEnds),
    logs: () => [...running.keys()].map((node) => readFileSync(logOf(node), 'utf8').slice(-6_000)).join('\n---\n'),
    async remove() {
      for (const child of running.values()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(parent, { recursive: true, force: true });
    },
  };

  function launch(node: string, flags: readonly string[]): void {
    const output = openSync(logOf(node), 'a');
    const all = [...flags, '--data', folder(node), '--secret-file', secretFile, '--log-format', 'pretty'];
    running.set(node, spawn(process.execPath, [bin, ...all], { stdio: ['ignore', output, output] }));
    closeSync(output);
  }

  function status(node: string): Promise<NodeStatus | undefined> {
    return fetchStatus(address(node)).catch(() => undefined);
  }

  function statuses(): Promise<readonly (NodeStatus | undefined)[]> {
    return Promise.all([...running.keys()].map(status));
  }

  /** The votes of each voter of `group`, as its primary has them. */
  async function votesIn(group: string): Promise<Readonly<Record<string, number>>> {
    const all = await statuses();
    const leader = primaryOf(group, all);
    const members = all.find((one) => one?.node === leader)?.groups[group]?.members ?? [];
    return Object.fromEntries(members.filter(({ voter }) => voter).map(({ node, votes }) => [node, votes]));
  }

  function childOf(node: string): ChildProcess {
    const child = running.get(node);
    if (child === undefined) throw new Error(`${node} was never started`);
    return child;
  }

  function address(node: string): string {
    return `127.0.0.1:${ports.get(node) ?? 0}`;
  }

  function basesOf(frontEnds: readonly string[]): readonly string[] {
    return frontEnds.map((node) => `http://${address(node)}`);
  }

  function folder(node: string): string {
    return join(parent, node);
  }

  function logOf(node: string): string {
    return join(parent, `${node}.log`);
  }
}
