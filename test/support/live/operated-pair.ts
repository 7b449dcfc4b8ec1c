import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import type { Cluster } from '../../../src/cli/cluster/cluster-file.ts';
import { recordOf } from '../../../src/cli/cluster/node-record.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import type { RunningProcess } from '../../../src/live/options.ts';
import { startProcess } from '../../../src/live/process.ts';
import type { LogLevel } from '../../../src/operate/log-levels.ts';
import { createNodeLog } from '../../../src/operate/logger.ts';
import { createOperating } from '../../../src/operate/operating.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/protocol/model/settings.ts';
import { type Secret, secretOf } from '../../../src/security/secret.ts';
import { formatNodeFolder, openNodeFolder } from '../../../src/storage/node-folder.ts';
import { SOON } from './live-cluster.ts';

/** The data server `s1` and the front end `f1` of tickets in this process, with everything an operator has. */
export interface OperatedPair {
  /** For the test to remove. */
  readonly folder: string;
  readonly secret: Secret;
  at(node: string, path: string): string;
  start(node: 's1' | 'f1', how: Operated): Promise<RunningProcess>;
  /** Waits until both nodes are ready. */
  ready(): Promise<void>;
}

interface Operated {
  readonly level: LogLevel;
  /** Takes the lines of the log. */
  readonly write: (text: string) => void;
  readonly settings: Partial<Settings>;
}

/** Makes the folders of a pair; none of the two is started. */
export async function operatedPair(): Promise<OperatedPair> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-pair-'));
  const [server = 0, frontEnd = 0] = await freePorts(2);
  const ports = { s1: server, f1: frontEnd };
  const cluster: Cluster = {
    service: 'tickets',
    topology: { clusterId: 'tickets-1', servers: ['s1'], frontEnds: ['f1'], groups: ['events', 'users'] },
    addresses: { s1: `127.0.0.1:${server}`, f1: `127.0.0.1:${frontEnd}` },
  };
  for (const node of ['s1', 'f1']) await formatNodeFolder(join(folder, node), recordOf(cluster, node));
  const at = (node: string, path: string): string => `http://${cluster.addresses[node]}${path}`;
  const secret = secretOf(Buffer.from('the secret of the pair'));
  return {
    folder,
    secret,
    at,
    async start(node, { level, write, settings }) {
      const output = { write, flush: () => undefined, dropped: () => 0 };
      const log = createNodeLog({ node, level, format: 'json', output });
      const routes = node === 's1' ? (tickets.serverRoutes ?? []) : tickets.routes;
      const operating = createOperating({ log, title: 'tickets', version: '0.0.0', routes });
      return startProcess({
        folder: await openNodeFolder(join(folder, node)),
        addresses: cluster.addresses,
        service: tickets,
        secret,
        settings: { ...DEFAULT_SETTINGS, ...settings },
        host: '127.0.0.1',
        port: ports[node],
        log: (line, lineLevel) => log.say(line, lineLevel),
        observer: operating.observer,
        operatorPaths: (view, own) => operating.operatorPaths(view, own),
        failed: (error) => {
          throw error;
        },
        dismissed: () => undefined,
      });
    },
    async ready() {
      for (const node of ['s1', 'f1']) {
        await vi.waitFor(async () => expect((await fetch(at(node, '/readyz'))).status).toBe(200), SOON);
      }
    },
  };
}
