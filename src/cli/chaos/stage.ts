import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { StateView } from '../../chaos/decide/judge.ts';
import type { Links } from '../../chaos/network/links.ts';
import type { RoundOptions } from '../../chaos/round.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import { callSigned } from '../../security/call-process.ts';
import { STATE_PATH, stateAnswer } from '../../live/admin/state-path.ts';
import { readSecret } from '../../security/secret.ts';
import type { Service } from '../../service/service.ts';
import { giveOrder } from '../admin/order-call.ts';
import { type Cluster, secretBeside, writeCluster } from '../cluster/cluster-file.ts';
import { chaosEnvironment } from '../node/chaos-disk.ts';
import { fetchStatus } from '../status/fetch-status.ts';
import { type Joining, startChild } from '../up/node-process.ts';
import { proverOf } from './proof.ts';

export interface StageOptions {
  readonly cluster: Cluster;
  readonly service: Service;
  /** The data folders of the nodes, each in a folder of its name. */
  readonly folder: string;
  /** The logs of the processes. */
  readonly logs: string;
  readonly settings: Partial<Settings>;
  /** The records of the processes' inputs, if any. */
  readonly record: string | undefined;
  /** Addresses of the nodes that may join, by name. */
  readonly spares: Readonly<Record<string, string>>;
}

/** Timeout of the hash of a server's state, in milliseconds. */
const STATE_WITHIN = 10_000;

/** Starts and asks the processes of `understudy chaos`. Each reaches the others through the proxies of `links`. */
export async function openStage(
  { cluster, service, folder, logs, settings, record, spares }: StageOptions,
  links: Links,
) {
  const { topology } = cluster;
  const addresses = { ...cluster.addresses, ...spares };
  const secretFile = secretBeside(join(folder, 'cluster.json'));
  const credentials = { secretFile };
  const secret = await readSecret(secretFile);
  const tuning = Object.entries(settings).flatMap(([name, value]) => ['--setting', `${name}=${value}`]);
  const nodes = [...topology.servers, ...topology.frontEnds];
  for (const node of nodes) {
    const seen: Record<string, string> = {};
    for (const peer of nodes) seen[peer] = peer === node ? (addresses[node] ?? '') : links.address(node, peer);
    await writeCluster(fileOf(node), { ...cluster, addresses: seen });
  }
  const stage: RoundOptions['stage'] = {
    topology,
    folder: (node) => join(folder, node),
    spares: {
      server: Object.keys(spares).filter((node) => node.startsWith('s')),
      'front end': Object.keys(spares).filter((node) => node.startsWith('f')),
    },
    start(node, disk, contact) {
      const output = openSync(join(logs, `${node}.log`), 'a');
      const child = startChild({
        node,
        cluster,
        // The secret is beside the file.
        file: fileOf(node),
        ...(contact === undefined ? {} : { joining: joiningOf(node, contact) }),
        verbose: true,
        holdFor: undefined,
        output,
        flags: [...tuning, ...(record === undefined ? [] : ['--record', record])],
        environment: chaosEnvironment(disk),
      });
      closeSync(output);
      const { pid, exited } = child;
      return {
        pid,
        exited,
        hasExited: () => child.hasExited(),
        tell: (change) => child.tell({ disk: change }),
      };
    },
    async order(node, order) {
      const given = await giveOrder(addresses[node] ?? '', order, credentials, node).catch(() => undefined);
      return given?.answer.status === 200;
    },
    status: (node) => fetchStatus(addresses[node] ?? '').catch(() => undefined),
    states,
    prove: proverOf(service, secret, (node) => addresses[node] ?? ''),
  };
  return stage;

  function joiningOf(node: string, contact: string): Joining {
    return {
      kind: node.startsWith('s') ? 'server' : 'frontend',
      address: addresses[node] ?? '',
      contact: addresses[contact] ?? '',
      data: join(folder, node),
    };
  }

  function fileOf(node: string): string {
    return join(folder, `cluster-${node}.json`);
  }

  async function states(node: string): Promise<readonly StateView[] | undefined> {
    try {
      const call = { method: 'GET', path: STATE_PATH, within: STATE_WITHIN } as const;
      const answer = await callSigned(addresses[node] ?? '', call, { secret, tls: undefined });
      const { groups } = stateAnswer.parse(JSON.parse(answer.body));
      return Object.entries(groups).map(([group, { index, machine }]) => ({ node, group, index, machine }));
    } catch {
      return undefined;
    }
  }
}
