import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GossipEffect, GossipInput } from '../../src/gossip/gossip-io.ts';
import { createGossip, type Gossip, gossipWakeAt, stepGossip } from '../../src/gossip/gossip.ts';
import { presentServices, serviceList } from '../../src/gossip/service-list.ts';
import { FRONT_END } from '../../src/protocol/model/address.ts';
import type { ServiceEntry } from '../../src/protocol/model/directory.ts';
import type { NodeId } from '../../src/protocol/model/epoch.ts';
import { type Dice, diceOf, streamOf } from '../../src/sim/base/random.ts';
import { entryOf, groupViewOf, SETTINGS } from '../support/gossip/one-gossip.ts';

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Extract<GossipEffect, { readonly type: 'send' }>['message'];
}

/** Gossips of several nodes that share a clock; what they say lies about until somebody delivers it, or nobody does. */
class GossipGroup {
  readonly nodes = new Map<NodeId, Gossip>();
  readonly letters: Letter[] = [];
  millis = 0;
  private readonly dice: Dice;

  constructor(seed: number) {
    this.dice = diceOf(streamOf(seed, 'gossip'));
  }

  start(nodeId: NodeId, incarnation: number, services: readonly ServiceEntry[]): void {
    const { kind, address, diskId, generation } = entryOf(nodeId);
    const groups = [groupViewOf('events', names(30))];
    this.nodes.set(nodeId, createGossip({ nodeId, kind, address, diskId, generation }, groups, SETTINGS));
    this.tell(nodeId, { type: 'started', incarnation, services });
  }

  tell(nodeId: NodeId, input: GossipInput): void {
    const gossip = this.nodes.get(nodeId);
    if (gossip === undefined) return;
    const [next, effects] = stepGossip(gossip, input, {
      millis: this.millis,
      wall: this.millis,
      chance: this.dice.below(1_000_000) / 1_000_000,
    });
    this.nodes.set(nodeId, next);
    for (const effect of effects) {
      if (effect.type === 'send') this.letters.push({ from: nodeId, to: effect.to.node, message: effect.message });
    }
  }

  deliver({ from, to, message }: Letter): void {
    this.tell(to, { type: 'message', from, message });
  }

  /** Everything that was said arrives, and what is said because of it. */
  deliverAll(): void {
    for (let letter = this.letters.shift(); letter !== undefined; letter = this.letters.shift()) this.deliver(letter);
  }

  /** Every node has one round, and what is said arrives. */
  round(): void {
    this.millis += SETTINGS.gossipEvery;
    for (const nodeId of this.nodes.keys()) this.tell(nodeId, { type: 'wake' });
    this.deliverAll();
  }

  directory(nodeId: NodeId): readonly ServiceEntry[] {
    return this.nodes.get(nodeId)?.services ?? [];
  }

  /** Whether everybody knows everybody, but for beats. */
  isAgreed(): boolean {
    const [first = '', ...others] = [...this.nodes.keys()].map((nodeId) =>
      JSON.stringify(this.directory(nodeId).map((entry) => ({ ...entry, beat: 0 }))),
    );
    return (
      this.directory([...this.nodes.keys()][0] ?? '').length === this.nodes.size && others.every((one) => one === first)
    );
  }
}

function names(count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, place) => `s${place + 1}`);
}

/** What happens while links come and go: rounds, changes of standing, and letters that arrive late, twice or never. */
const events = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('round' as const), node: fc.nat(6) }) },
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('deliver' as const), letter: fc.nat(50), again: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('lose' as const), letter: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('away' as const), node: fc.nat(6) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('remove' as const), node: fc.nat(6), by: fc.nat(6) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), node: fc.nat(6) }) },
  ),
  { maxLength: 60 },
);

test('Whatever was said, lost and said twice: once everybody has heard from somebody who has heard from everybody, all know the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), events, fc.nat(), (count, all, seed) => {
      const nodes = names(count);
      const group = new GossipGroup(seed);
      const lives = new Map<NodeId, number>();
      // Everybody knows the next one, so that the whole is connected and nobody knows it.
      nodes.forEach((nodeId, place) => {
        lives.set(nodeId, 1);
        group.start(nodeId, 1, [entryOf(nodes[(place + 1) % count] ?? nodeId)]);
      });
      for (const simEvent of all) {
        const node = nodes[('node' in simEvent ? simEvent.node : 0) % count] ?? '';
        switch (simEvent.type) {
          case 'round':
            group.millis += SETTINGS.gossipEvery;
            group.tell(node, { type: 'wake' });
            break;
          case 'deliver': {
            const letter = group.letters[simEvent.letter % Math.max(1, group.letters.length)];
            if (letter === undefined) break;
            if (!simEvent.again) group.letters.splice(group.letters.indexOf(letter), 1);
            group.deliver(letter);
            break;
          }
          case 'lose':
            group.letters.splice(simEvent.letter, 1);
            break;
          case 'away':
            group.tell(node, { type: 'stand', standing: 'away' });
            break;
          case 'remove':
            group.tell(nodes[simEvent.by % count] ?? '', { type: 'remove', nodeId: node });
            break;
          case 'restart': {
            const life = (lives.get(node) ?? 0) + 1;
            lives.set(node, life);
            group.start(node, life, group.directory(node));
            break;
          }
        }
      }
      const removed = nodes.flatMap((by) => group.directory(by).filter(({ standing }) => standing === 'removed'));
      group.letters.length = 0;
      // One round along the chain and back.
      const tour = [...nodes, ...nodes.toReversed()];
      for (const [place, from] of tour.entries()) {
        const to = tour[place + 1] ?? from;
        const { services = [], groups = [] } = group.nodes.get(from) ?? {};
        group.deliver({ from, to, message: { type: 'gossip', services, groups, isAnswer: true } });
      }
      for (const nodeId of nodes) expect(group.directory(nodeId)).toEqual(group.directory(nodes[0] ?? ''));
      expect(group.directory(nodes[0] ?? '').map(({ nodeId }) => nodeId)).toEqual(nodes);
      // Nobody is sent home but those that were removed: letters of its earlier lives overtake nobody.
      const sentHome = nodes.filter((nodeId) => group.nodes.get(nodeId)?.dismissed !== undefined);
      expect(sentHome.filter((nodeId) => group.nodes.get(nodeId)?.dismissed !== 'removed')).toEqual([]);
      // Whoever was ever removed is removed.
      for (const { nodeId } of removed) {
        expect(group.directory(nodes[0] ?? '').find((entry) => entry.nodeId === nodeId)?.standing).toBe('removed');
      }
    }),
    { numRuns: 200 },
  );
});

test('Thirty nodes that know one contact each know each other within ten rounds, whatever chance has it', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const group = new GossipGroup(seed);
    const nodes = names(30);
    // Each joins at a contact that joined before it, and greets nobody else: what a greeting asks for is lost.
    nodes.forEach((nodeId, place) => {
      group.start(nodeId, 1, place === 0 ? [] : [entryOf(nodes[(place * 7 + seed) % place] ?? '')]);
      group.letters.length = 0;
    });
    let rounds = 0;
    while (!group.isAgreed()) {
      group.round();
      rounds += 1;
      expect(rounds, `seed ${seed}`).toBeLessThanOrEqual(10);
    }
  }
});

/** Of eight nodes, the first four. */
function half(nodeId: NodeId): boolean {
  return Number(nodeId.slice(1)) <= 4;
}

test('Two halves that lost each other know each other again within twenty rounds', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const group = new GossipGroup(seed);
    const nodes = names(8);
    for (const nodeId of nodes)
      group.start(
        nodeId,
        1,
        nodes.filter((other) => other !== nodeId).map((other) => entryOf(other)),
      );
    group.deliverAll();
    for (let round = 0; round < 10; round += 1) {
      group.millis += SETTINGS.gossipEvery;
      for (const nodeId of nodes) group.tell(nodeId, { type: 'wake' });
      for (const letter of group.letters.splice(0)) if (half(letter.from) === half(letter.to)) group.deliver(letter);
      group.letters.splice(0);
    }
    const reached = (nodeId: NodeId): readonly NodeId[] => {
      const gossip = group.nodes.get(nodeId);
      return gossip === undefined ? [] : presentServices(gossip, group.millis).map((row) => row.nodeId);
    };
    expect(reached('s1')).toEqual(['s1', 's2', 's3', 's4']);
    let rounds = 0;
    while (nodes.some((nodeId) => reached(nodeId).length < nodes.length)) {
      group.round();
      rounds += 1;
      expect(rounds, `seed ${seed}`).toBeLessThanOrEqual(20);
    }
  }
});

test('Who is silent drops out of the list of services, and is back when its beat rises', () => {
  const group = new GossipGroup(1);
  const nodes = ['f1', 's1', 's2'];
  for (const nodeId of nodes)
    group.start(
      nodeId,
      1,
      nodes.map((other) => entryOf(other)),
    );
  group.deliverAll();
  const epoch = { counter: 1, nodeId: 's2' };
  group.tell('s2', {
    type: 'sighted',
    view: groupViewOf('events', ['s1', 's2'], { epoch, primary: 's2', index: 1 }),
  });
  for (let round = 0; round < 5; round += 1) group.round();
  const list = (): unknown => {
    const gossip = group.nodes.get('s1');
    return gossip === undefined ? undefined : presentServices(gossip, group.millis);
  };
  const row = { incarnation: 1, standing: 'member', reachable: true };
  const s1 = { service: 'events', nodeId: 's1', address: 's1:1', primary: false, ...row };
  const s2 = { service: 'events', nodeId: 's2', address: 's2:1', primary: true, ...row };
  const f1 = { service: FRONT_END, nodeId: 'f1', address: 'f1:1', primary: false, ...row };
  expect(list()).toEqual([s1, s2, f1]);

  const asleep = group.nodes.get('s2');
  group.nodes.delete('s2');
  for (let round = 0; round < 7; round += 1) group.round();
  expect(list()).toEqual([s1, f1]);
  const s1Gossip = group.nodes.get('s1');
  expect(s1Gossip && serviceList(s1Gossip, group.millis)).toEqual([s1, { ...s2, reachable: false }, f1]);

  if (asleep !== undefined) group.nodes.set('s2', asleep);
  for (let round = 0; round < 4; round += 1) group.round();
  expect(list()).toEqual([s1, s2, f1]);
});

test('A round is due every half second, and comes late at most once', () => {
  const group = new GossipGroup(1);
  group.start('s1', 1, [entryOf('s2')]);
  const due = (): number | undefined => {
    const gossip = group.nodes.get('s1');
    return gossip && gossipWakeAt(gossip);
  };
  expect(due()).toBe(500);
  group.millis = 1_900;
  group.tell('s1', { type: 'wake' });
  expect(due()).toBe(2_400);
});
