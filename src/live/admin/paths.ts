import { randomBytes } from 'node:crypto';
import { roomIn } from '../../gossip/names.ts';
import { consentToName } from '../../host/consent.ts';
import type { Order } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import { KEY_ROLES } from '../../security/secret.ts';
import type { OperatorPath } from '../../transport-http/clients/operator-paths.ts';
import { directoryOf, SERVICES_PATH } from '../peers/directory.ts';
import { admit, JOIN_PATH } from './admission.ts';
import { carryOut, type Leaving, ORDER_PATH, referralOf } from './orders.ts';

/** The process that answers joins and orders. */
export interface Membership {
  readonly node: NodeRecord;
  readonly host: () => Host;
  readonly feed: (order: Order) => void;
  /** Leaves the cluster: see `Ordered`. */
  readonly leave: () => Promise<Leaving>;
}

/** The signed paths of every process by which nodes join and operators give orders. */
export function membershipPaths({ node, host, feed, leave }: Membership): readonly OperatorPath[] {
  const promised = new Set<string>();
  return [
    {
      method: 'POST',
      path: JOIN_PATH,
      signed: true,
      roles: ['server', 'frontend'],
      answer({ body, by }) {
        const { gossip } = host();
        const millis = performance.now();
        return admit(body, {
          node,
          kinds: by === 'frontend' ? ['frontend'] : ['server', 'frontend'],
          services: gossip.services,
          room: roomIn(gossip),
          consentToName: (nodeId) => consentToName(host(), nodeId, millis),
          remove(nodeId) {
            if (gossip.fixed.self.kind === 'frontend') return { referredTo: referralOf(gossip, nodeId)?.address };
            feed({ type: 'remove', nodeId });
            return undefined;
          },
          promised,
          unique: () => randomBytes(4).toString('hex'),
        });
      },
    },
    {
      method: 'POST',
      path: ORDER_PATH,
      signed: true,
      answer: ({ body }) => carryOut(body, { host, feed, leave }),
    },
    {
      method: 'GET',
      path: SERVICES_PATH,
      signed: true,
      roles: KEY_ROLES,
      answer: () => ({ status: 200, body: directoryOf(node, host().gossip) }),
    },
  ];
}
