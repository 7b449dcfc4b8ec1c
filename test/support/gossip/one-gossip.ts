import type { GossipEffect, GossipInput, GossipMessage } from '../../../src/gossip/gossip-io.ts';
import { createGossip, type Gossip, gossipWakeAt, stepGossip } from '../../../src/gossip/gossip.ts';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { GroupView, ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';

export const SETTINGS = { gossipEvery: 500, unreachableAfter: 3_000 };

/** What a node that has never run is remembered as. */
export function entryOf(nodeId: NodeId, change: Partial<ServiceEntry> = {}): ServiceEntry {
  return {
    nodeId,
    kind: nodeId.startsWith('f') ? 'frontend' : 'server',
    address: `${nodeId}:1`,
    diskId: `c/${nodeId}/1`,
    generation: 1,
    incarnation: 0,
    standing: 'member',
    beat: 0,
    ...change,
  };
}

/** `group` as `servers` began it, or as it is known since. */
export function groupViewOf(group: string, servers: readonly NodeId[], change: Partial<GroupView> = {}): GroupView {
  const members = servers.map((nodeId, rank) => {
    return { nodeId, diskId: `c/${nodeId}/1`, kind: 'data', votes: 1, rank } as const;
  });
  return {
    group,
    epoch: NO_EPOCH,
    primary: undefined,
    index: 0,
    configuration: configurationOf(members),
    ...change,
  };
}

/** One node's gossip, and the clock it is stepped by. */
export interface Stage {
  gossip(): Gossip;
  /** Effects of one input at the current time. */
  tell(input: GossipInput): readonly GossipEffect[];
  hear(from: NodeId, services: readonly ServiceEntry[], more?: Partial<GossipMessage>): readonly GossipEffect[];
  /** Lets `millis` pass, then wakes it; `chance` is what it draws. */
  wait(millis: number, chance?: number): readonly GossipEffect[];
  wakeAt(): number | undefined;
  millis(): number;
}

/** `s1` of a cluster that began with s1, s2 and s3. */
export function stage(planted?: ReadonlySet<PlantedBug>): Stage {
  const { nodeId, kind, address, diskId, generation } = entryOf('s1');
  const groups = ['users', 'events'].map((group) => groupViewOf(group, ['s1', 's2', 's3']));
  let gossip = createGossip({ nodeId, kind, address, diskId, generation }, groups, SETTINGS, planted);
  let millis = 0;
  const step = (input: GossipInput, chance: number): readonly GossipEffect[] => {
    const [next, effects] = stepGossip(gossip, input, { millis, wall: millis, chance });
    gossip = next;
    return effects;
  };
  return {
    gossip: () => gossip,
    tell: (input) => step(input, 0.5),
    hear: (from, services, more = {}) =>
      step({ type: 'message', from, message: { type: 'gossip', services, groups: [], isAnswer: true, ...more } }, 0.5),
    wait(passing, chance = 0.5) {
      millis += passing;
      return step({ type: 'wake' }, chance);
    },
    wakeAt: () => gossipWakeAt(gossip),
    millis: () => millis,
  };
}

/** A stage where s1 has started for the `incarnation`th time and remembers s2 and s3. */
export function started(incarnation = 1, planted?: ReadonlySet<PlantedBug>): Stage {
  const set = stage(planted);
  set.tell({ type: 'started', incarnation, services: [entryOf('s2'), entryOf('s3')] });
  return set;
}

export function sends(effects: readonly GossipEffect[]): readonly NodeId[] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.to.node] : []));
}

export function notes(effects: readonly GossipEffect[]): readonly unknown[] {
  return effects.flatMap((effect) => (effect.type === 'note' ? [effect.note] : []));
}
