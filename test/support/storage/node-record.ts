import type { NodeRecord } from '../../../src/storage/node-file.ts';

/** What the data folder of `s1` says, or one that differs in `part`. */
export function nodeRecord(part: Partial<NodeRecord> = {}): NodeRecord {
  return {
    clusterId: 'c',
    historyId: 'c',
    nodeId: 's1',
    kind: 'server',
    diskId: 'c/s1/1',
    generation: 1,
    service: 'tickets',
    topology: { clusterId: 'c', servers: ['s1'], frontEnds: ['f1'], groups: ['events', 'users'] },
    window: { dedupeFor: 600_000, dedupeMargin: 60_000 },
    address: '127.0.0.1:4600',
    listen: '127.0.0.1:4600',
    state: 'ready',
    ...part,
  };
}
