import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';

/** A member of an etcd cluster on this machine; clients speak to its HTTP/JSON gateway. */
export interface EtcdMember {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
  isLeader(): Promise<boolean>;
}

export interface EtcdCluster {
  members(): readonly EtcdMember[];
  restart(name: string): void;
  /** Resolves when a leader is known to every member. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Options of etcd beside names and addresses: its own defaults, or the timers given in milliseconds. */
export interface EtcdTimers {
  readonly heartbeat: number;
  readonly election: number;
}

/** Whether `etcd` can be started here (Debian: `apt-get install etcd-server`). */
export function hasEtcd(): boolean {
  return spawnSync('etcd', ['--version']).status === 0;
}

/** Three members on loopback, from `port` on: client and peer port of each in turn. */
export async function startEtcd(port: number, timers: EtcdTimers | undefined): Promise<EtcdCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-etcd-'));
  const names = ['e1', 'e2', 'e3'];
  const peers = names.map((name, place) => `${name}=http://127.0.0.1:${port + 2 * place + 1}`).join(',');
  let isStopping = false;

  const start = (name: string): EtcdMember => {
    const place = names.indexOf(name);
    const client = `http://127.0.0.1:${port + 2 * place}`;
    const peer = `http://127.0.0.1:${port + 2 * place + 1}`;
    const flags = {
      name,
      'data-dir': join(folder, name),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': peers,
      'log-level': 'error',
      ...(timers === undefined ? {} : { 'heartbeat-interval': timers.heartbeat, 'election-timeout': timers.election }),
    };
    const process = spawn(
      'etcd',
      Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      { stdio: 'ignore' },
    );
    return { name, port: port + 2 * place, process, isLeader: () => leads(port + 2 * place) };
  };
  let members = names.map(start);

  const etcd: EtcdCluster = {
    members: () => members,
    restart(name) {
      members = members.map((member) => (member.name === name ? start(name) : member));
    },
    async ready() {
      const until = performance.now() + 60_000;
      for (;;) {
        const sights = await Promise.all(members.map(({ port: at }) => statusOf(at)));
        const leader = sights[0]?.leader;
        if (leader !== undefined && leader !== '0' && sights.every((sight) => sight?.leader === leader)) return;
        if (performance.now() > until || isStopping) throw new Error('etcd did not come up');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      isStopping = true;
      await Promise.all(
        members.map(async ({ process }) => {
          if (process.exitCode !== null || process.signalCode !== null) return;
          const gone = new Promise((resolve) => process.once('exit', resolve));
          process.kill('SIGKILL');
          await gone;
        }),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
  await etcd.ready().catch(async (error: unknown) => {
    await etcd.stop();
    throw error;
  });
  return etcd;
}

const statusSchema = z.object({ leader: z.string(), header: z.object({ member_id: z.string() }) });

type MemberStatus = z.output<typeof statusSchema>;

async function statusOf(port: number): Promise<MemberStatus | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(1_000),
    });
    return statusSchema.parse(await answer.json());
  } catch {
    return undefined;
  }
}

async function leads(port: number): Promise<boolean> {
  const status = await statusOf(port);
  return status !== undefined && status.leader === status.header.member_id;
}
