import { NO_EPOCH } from '../../../protocol/model/epoch.ts';
import type { Envelope } from '../../../protocol/model/messages.ts';
import type { Model } from '../model.ts';
import { MOMENT, TICK_SETTINGS } from '../ticks.ts';
import { ADD, COUNTER, counterService } from './counter.ts';
import { WIDE_BOUNDS } from './election.ts';

/** One write of a client, as a front end sends it: to each of `servers`, and again. */
export function writes(uuid: string, servers: readonly string[]): readonly Envelope[] {
  return servers.map((node) => ({
    from: { node: 'client', unit: 'front-end' },
    to: { node, unit: COUNTER },
    message: {
      type: 'requests',
      epoch: NO_EPOCH,
      lamport: 0,
      items: [{ type: 'write', id: uuid, uuid, issuedAt: MOMENT.wall, command: ADD }],
    },
  }));
}

const SERVERS = ['s1', 's2', 's3'];

/** A write is replicated while primaries change and a data server is removed. */
export const replication: Model = {
  name: 'replication',
  title: 'three data servers replicate one write, while primaries and the configuration change',
  service: counterService,
  topology: { clusterId: 'explored', servers: SERVERS, frontEnds: [], groups: [COUNTER] },
  // A primary may remove a peer after two ticks of silence, or go on without removing it.
  settings: { ...TICK_SETTINGS, removeAfter: 2 },
  bounds: { campaigns: 1, changes: 1, reboots: 0, slowWrites: 0, hints: 0, repeats: 0, losses: 0 },
  wideBounds: WIDE_BOUNDS,
  requests: writes('write-1', SERVERS),
  begins: { ledBy: { [COUNTER]: 's3' } },
};
