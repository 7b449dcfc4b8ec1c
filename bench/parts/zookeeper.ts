import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOf } from './figures.ts';
import type { Peer } from './peer.ts';
import { createNode, openSession, type ZooKeeperSession } from './zookeeper-session.ts';

const JAR = '/usr/share/java/zookeeper.jar';

/** Whether ZooKeeper can be started here (Debian: `apt-get install zookeeper`). */
export function hasZooKeeper(): boolean {
  return existsSync(JAR) && spawnSync('java', ['-version']).status === 0;
}

/** Three members on loopback, from `port` on: client, peer and election port of each in turn. Clients use the leader. */
export async function startZooKeeper(port: number): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-zookeeper-'));
  const places = [1, 2, 3];
  const portOf = (place: number): number => port + 3 * (place - 1);
  const quorum = places.map(
    (place) => `server.${place}=127.0.0.1:${portOf(place) + 1}:${portOf(place) + 2};127.0.0.1:${portOf(place)}`,
  );
  const members: ChildProcess[] = [];
  for (const place of places) {
    const data = join(folder, String(place));
    await mkdir(data);
    await writeFile(join(data, 'myid'), String(place));
    const lines = [`dataDir=${data}`, ...SETTINGS, ...quorum];
    await writeFile(join(data, 'zoo.cfg'), lines.join('\n'));
    const args = ['-cp', JAR, '-Xmx1g', 'org.apache.zookeeper.server.quorum.QuorumPeerMain', join(data, 'zoo.cfg')];
    members.push(spawn('java', args, { stdio: 'ignore' }));
  }
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(ended));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { at, version } = await leaderOf(places.map(portOf));
    let number = 0;
    return {
      name: 'zookeeper',
      about: `ZooKeeper ${version}, create of a node through the leader, its own protocol`,
      pids: () => members.flatMap(({ pid }) => pid ?? []),
      async write(clients, seconds) {
        const sessions = await Promise.all(Array.from({ length: clients }, () => openSession(at)));
        const durations: number[] = [];
        let failed = 0;
        const startedAt = performance.now();
        await Promise.all(
          sessions.map(async (session: ZooKeeperSession) => {
            while (performance.now() < startedAt + seconds * 1_000) {
              number += 1;
              const sentAt = performance.now();
              const error = await session.ask(createNode(`/user-${number}`, '{"username":"ada"}'));
              if (error === 0) durations.push(performance.now() - sentAt);
              else failed += 1;
              if (error === undefined) return;
            }
          }),
        );
        const elapsed = (performance.now() - startedAt) / 1_000;
        for (const session of sessions) session.close();
        return figuresOf(clients, durations, failed, elapsed);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const SETTINGS = [
  'tickTime=2000',
  'initLimit=10',
  'syncLimit=5',
  'maxClientCnxns=0',
  'admin.enableServer=false',
  '4lw.commands.whitelist=srvr',
];

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGKILL');
  await gone;
}

async function leaderOf(ports: readonly number[]): Promise<{ readonly at: number; readonly version: string }> {
  const until = performance.now() + 60_000;
  for (;;) {
    for (const at of ports) {
      const text = await said(at, 'srvr');
      if (text.includes('Mode: leader')) return { at, version: /version: ([\d.]+)/.exec(text)?.[1] ?? 'unknown' };
    }
    if (performance.now() > until) throw new Error('ZooKeeper did not come up');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The answer to one of its four-letter words; empty where nothing listens. */
function said(port: number, word: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(word));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
