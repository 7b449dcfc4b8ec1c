import { describe, expect, test } from 'vitest';
import type { GossipEffect } from '../../src/gossip/gossip-io.ts';
import { roomIn } from '../../src/gossip/names.ts';
import { earlierLifeAt, firsthand } from '../../src/gossip/state.ts';
import { SERVICES_AT_MOST } from '../../src/gossip/gossip.ts';
import { serversOf } from '../../src/gossip/service-list.ts';
import { GOSSIP } from '../../src/protocol/model/address.ts';
import { configurationOf } from '../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../src/protocol/model/directory.ts';
import type { PlantedBug } from '../../src/protocol/model/mutants.ts';
import { entryOf, groupViewOf, notes, sends, stage, type Stage, started } from '../support/gossip/one-gossip.ts';

function isNews(effects: readonly GossipEffect[]): boolean {
  return effects.some(({ type }) => type === 'known');
}

describe('A node that starts', () => {
  test('says and hears nothing before that, and is never woken', () => {
    const set = stage();
    expect(set.hear('s2', [entryOf('s2')], { isAnswer: false })).toEqual([]);
    expect(set.tell({ type: 'stand', standing: 'away' })).toEqual([]);
    expect(set.tell({ type: 'sighted', view: groupViewOf('events', ['s1'], { index: 9 }) })).toEqual([]);
    expect(set.wait(10_000)).toEqual([]);
    expect(set.wakeAt()).toBeUndefined();
    expect(set.gossip().services).toEqual([]);
  });

  test('makes itself known to everybody it remembers, and asks them what they know', () => {
    const set = stage();
    const services = [entryOf('s1', { incarnation: 4 }), entryOf('s2'), entryOf('s3', { standing: 'removed' })];
    const effects = set.tell({
      type: 'started',
      incarnation: 4,
      services: [entryOf('s3', { standing: 'removed' }), entryOf('s2')],
    });
    expect(effects).toEqual([
      { type: 'note', note: { type: 'meets', nodeId: 's1', address: 's1:1' } },
      { type: 'note', note: { type: 'meets', nodeId: 's2', address: 's2:1' } },
      { type: 'note', note: { type: 'meets', nodeId: 's3', address: 's3:1' } },
      { type: 'note', note: { type: 'stands', nodeId: 's3', standing: 'removed' } },
      { type: 'known', services },
      {
        type: 'send',
        to: { node: 's2', unit: GOSSIP },
        message: {
          type: 'gossip',
          services,
          groups: [groupViewOf('events', ['s1', 's2', 's3']), groupViewOf('users', ['s1', 's2', 's3'])],
          isAnswer: false,
        },
      },
    ]);
    expect(set.wakeAt()).toBe(500);
  });

  test('takes back that it was away: that was said in an earlier life', () => {
    const set = stage();
    set.tell({
      type: 'started',
      incarnation: 5,
      services: [entryOf('s1', { incarnation: 4, standing: 'away', beat: 70 })],
    });
    expect(set.gossip().services).toEqual([entryOf('s1', { incarnation: 5 })]);
    expect(set.gossip().dismissed).toBeUndefined();
  });
});

describe('What a neighbour says of another node', () => {
  test.each<Partial<ServiceEntry>>([
    { incarnation: Number.MAX_SAFE_INTEGER },
    { incarnation: 2 + 2 ** 20 },
    { generation: 2 ** 40, diskId: 'x' },
    { incarnation: 1, beat: Number.MAX_SAFE_INTEGER },
  ])('is not taken where a counter cannot have come so far: %j', (absurd) => {
    const set = started();
    set.hear('s2', [entryOf('s2', { incarnation: 1 })]);
    const before = set.gossip().services;
    set.hear('s3', [entryOf('s2', { incarnation: 1, ...absurd })]);
    expect(set.gossip().services).toEqual(before);
    set.hear('s2', [entryOf('s2', { incarnation: 2, beat: 1 })]);
    expect(set.gossip().services[1]).toEqual(entryOf('s2', { incarnation: 2, beat: 1 }));
  });

  test.each<Partial<ServiceEntry>>([{ incarnation: 2 + 2 ** 20 }, { generation: 2 + 2 ** 10, diskId: 'x' }])(
    'that is unknown is not taken where that node could not exceed it, and is from itself: %j',
    (absurd) => {
      const set = started();
      const claim = entryOf('s9', { incarnation: 1, ...absurd });
      set.hear('s2', [claim]);
      expect(set.gossip().services.map(({ nodeId }) => nodeId)).not.toContain('s9');
      set.hear('s2', [entryOf('s9', { incarnation: 1 })]);
      set.hear('s9', [claim]);
      expect(set.gossip().services).toContainEqual(claim);
    },
  );

  test('brings a beat that is far ahead nearer with each word, and no further', () => {
    const set = started();
    const beat = 3 * 2 ** 40;
    const beats = [1, 2, 3, 4].map(() => {
      set.hear('s3', [entryOf('s2', { incarnation: 1, beat })]);
      return set.gossip().services[1]?.beat;
    });
    expect(beats).toEqual([2 ** 40, 2 * 2 ** 40, beat, beat]);
  });

  test('what an earlier release has stored of it begins anew, and its address stays', () => {
    const set = stage();
    const stored = [2, 3].map((name) => entryOf(`s${name}`, { incarnation: Number.MAX_SAFE_INTEGER, beat: 7 }));
    set.tell({ type: 'started', incarnation: 1, services: stored });
    expect(set.gossip().services.slice(1)).toEqual([entryOf('s2'), entryOf('s3')]);
  });

  test('a view of a group is not taken where no election has come so far', () => {
    const set = started();
    const groups = set.gossip().groups;
    const epoch = { counter: Number.MAX_SAFE_INTEGER, nodeId: 'zz' };
    set.hear('s2', [], { groups: [groupViewOf('events', ['zz'], { epoch, primary: 'zz', index: 1 })] });
    expect(set.gossip().groups).toEqual(groups);
  });

  test('a view of an epoch far ahead, or of an index, is taken when it is told again and again, also as the first', () => {
    const set = started();
    const before = set.gossip().groups;
    const epoch = { counter: 2 * 2 ** 40, nodeId: 's2' };
    const view = groupViewOf('events', ['s1', 's2'], { epoch, primary: 's2', index: 2 * 2 ** 40 });
    set.hear('s2', [], { groups: [view] });
    expect(set.gossip().groups).toEqual(before);
    set.hear('s2', [], { groups: [view] });
    expect(set.gossip().groups).toContainEqual(view);
  });

  test('a view of a group is taken from members alone, and none of a primary that is no member', () => {
    const set = started();
    const { groups } = set.gossip();
    const epoch = { counter: 5, nodeId: 's2' };
    const view = groupViewOf('events', ['s1', 's2', 's3'], { epoch, primary: 's2', index: 1 });
    set.hear('zz', [], { groups: [view] });
    set.hear('s2', [], { groups: [{ ...view, epoch: { counter: 5, nodeId: 'zz' }, primary: 'zz' }] });
    expect(set.gossip().groups).toEqual(groups);
    set.hear('s2', [], { groups: [view] });
    expect(set.gossip().groups).toContainEqual(view);
  });
});

describe('A round', () => {
  test('raises the own beat, and tells one other node all there is to know', () => {
    const set = started();
    expect(set.wait(499)).toEqual([]);
    const [effect, ...others] = set.wait(1);
    expect(others).toEqual([]);
    expect(effect).toMatchObject({ type: 'send', message: { isAnswer: false } });
    expect(set.gossip().services.map(({ beat }) => beat)).toEqual([1, 0, 0]);
    expect(set.wakeAt()).toBe(1_000);
  });

  test('is answered with all there is to know, and an answer with nothing', () => {
    const set = started();
    const s2 = entryOf('s2', { incarnation: 1, beat: 3 });
    const services = [entryOf('s1', { incarnation: 1 }), s2, entryOf('s3')];
    expect(set.hear('s2', [s2], { isAnswer: false }).at(-1)).toMatchObject({
      type: 'send',
      to: { node: 's2', unit: GOSSIP },
      message: { services, isAnswer: true },
    });
    expect(sends(set.hear('s2', [{ ...s2, beat: 4 }]))).toEqual([]);
  });

  test('goes to a reachable node, each as likely as the others, one time in five to a silent one, never to a removed one', () => {
    const counts: Record<string, number> = {};
    for (let draw = 0; draw < 100; draw += 1) {
      // s2 and s3 are heard again, s4 and s6 are not.
      const set = started();
      set.hear('s2', [entryOf('s4'), entryOf('s5', { standing: 'removed' }), entryOf('s6', { standing: 'away' })]);
      set.wait(3_000);
      set.hear('s2', [entryOf('s2', { beat: 1 }), entryOf('s3', { beat: 1 })]);
      const [to = 'nobody'] = sends(set.wait(500, draw / 100));
      counts[to] = (counts[to] ?? 0) + 1;
    }
    expect(counts).toEqual({ s2: 40, s3: 40, s4: 10, s6: 10 });
  });
});

describe('A silent node', () => {
  test('is missed once, and found again when its beat rises', () => {
    const set = started();
    for (const at of [500, 1_000, 1_500, 2_000, 2_500]) {
      expect(notes(set.wait(500)), `${at}`).toEqual([]);
      set.hear('s2', [entryOf('s2', { beat: at / 500 })]);
    }
    expect(notes(set.wait(500))).toEqual([{ type: 'misses', nodeId: 's3', standing: 'member' }]);
    expect(notes(set.wait(500))).toEqual([]);
    // What another node remembers of it is no life.
    expect(notes(set.hear('s2', [entryOf('s3')]))).toEqual([]);
    expect(notes(set.hear('s2', [entryOf('s3', { beat: 1 })]))).toEqual([{ type: 'finds', nodeId: 's3' }]);
  });

  test('is not found because another node removes it', () => {
    const set = started();
    set.wait(3_000);
    expect(notes(set.hear('s2', [entryOf('s3', { standing: 'removed' })]))).toEqual([
      { type: 'stands', nodeId: 's3', standing: 'removed' },
    ]);
  });
});

describe('A change of standing', () => {
  test('of its own is told to everybody at once, and is its last word in this life', () => {
    const set = started();
    const effects = set.tell({ type: 'stand', standing: 'away' });
    expect(sends(effects)).toEqual(['s2', 's3']);
    expect(effects[1]).toMatchObject({ type: 'known' });
    expect(set.tell({ type: 'stand', standing: 'away' })).toEqual([]);
    expect(set.tell({ type: 'stand', standing: 'member' })).toEqual([]);
    expect(set.gossip().services[0]).toEqual(entryOf('s1', { incarnation: 1, standing: 'away' }));
    // It goes on showing that it lives, as long as it does.
    set.wait(500);
    expect(set.gossip().services[0]).toMatchObject({ standing: 'away', beat: 1 });
  });

  test('of another one is told to that one too; an unknown one is not removed', () => {
    const set = started();
    expect(sends(set.tell({ type: 'remove', nodeId: 's3' }))).toEqual(['s2', 's3']);
    expect(sends(set.tell({ type: 'remove', nodeId: 's2' }))).toEqual(['s2']);
    expect(set.tell({ type: 'remove', nodeId: 's9' })).toEqual([]);
    expect(set.gossip().services.map(({ standing }) => standing)).toEqual(['member', 'removed', 'removed']);
  });

  test('is news, a beat is none', () => {
    const set = started();
    expect(isNews(set.hear('s2', [entryOf('s2', { beat: 5 })]))).toBe(false);
    expect(isNews(set.hear('s2', [entryOf('s2', { incarnation: 1 })]))).toBe(true);
    expect(isNews(set.hear('s2', [entryOf('s2', { incarnation: 1, standing: 'away' })]))).toBe(true);
    expect(isNews(set.hear('s2', [entryOf('s4')]))).toBe(true);
  });
});

/** s1, which knows s2 and the front ends f1 and f2, witnesses of a group. */
function knowing(planted?: ReadonlySet<PlantedBug>): Stage {
  const set = started(1, planted);
  const { configuration } = groupViewOf('events', ['s1', 's2', 's3']);
  const witnesses = ['f1', 'f2'].map((nodeId) => {
    return { nodeId, diskId: `c/${nodeId}/1`, kind: 'witness', votes: 1, rank: 0 } as const;
  });
  const view = groupViewOf('events', [], { configuration: configurationOf([...configuration.voters, ...witnesses]) });
  set.tell({ type: 'sighted', view: { ...view, index: 7 } });
  for (const node of ['s2', 'f1', 'f2']) set.hear(node, [entryOf(node, { incarnation: 1 })]);
  return set;
}

describe('A front end, which a group names as a witness,', () => {
  const final: readonly Partial<ServiceEntry>[] = [
    { standing: 'removed' },
    { standing: 'away' },
    { generation: 2, diskId: 'c/x/2' },
  ];

  test.each(final)('removes, sends away and replaces no other node: %j', (change) => {
    const set = knowing();
    const before = set.gossip().services;
    set.hear(
      'f1',
      ['s1', 's2', 'f2'].map((nodeId) => entryOf(nodeId, { incarnation: 1, beat: 1, ...change })),
    );
    expect(set.gossip().services).toEqual(before);
    expect(set.gossip().dismissed).toBeUndefined();
  });

  test('removes itself, and tells of others what is not final', () => {
    const set = knowing();
    set.hear('f1', [
      entryOf('f1', { incarnation: 1, standing: 'removed' }),
      entryOf('s2', { incarnation: 2, beat: 3 }),
      entryOf('s9', { incarnation: 1 }),
    ]);
    const known = new Map(set.gossip().services.map((entry) => [entry.nodeId, entry]));
    expect([known.get('f1')?.standing, known.get('s2')?.incarnation, known.get('s9')?.standing]).toEqual([
      'removed',
      2,
      'member',
    ]);
  });

  test('passes on a removal that is known already', () => {
    const set = knowing();
    const removed = entryOf('s2', { incarnation: 1, standing: 'removed' });
    set.hear('s3', [removed]);
    set.hear('f1', [{ ...removed, beat: 5 }]);
    expect(set.gossip().services.find(({ nodeId }) => nodeId === 's2')).toMatchObject({ standing: 'removed' });
  });

  test('is believed with the planted bug', () => {
    const set = knowing(new Set(['lets-front-ends-remove']));
    set.hear('f1', [entryOf('s1', { incarnation: 1, standing: 'removed' })]);
    expect(set.gossip().dismissed).toBe('removed');
  });
});

describe('A stranger, which no group names,', () => {
  const final: readonly Partial<ServiceEntry>[] = [
    { standing: 'removed' },
    { standing: 'away' },
    { generation: 2, diskId: 'c/x/2' },
    { incarnation: 2 },
  ];

  test.each(final)('ends no node, and says nothing of another that is known: %j', (change) => {
    const set = started();
    set.hear('s2', [entryOf('s2', { incarnation: 1 })]);
    const before = set.gossip();
    const words = ['s1', 's2'].map((nodeId) => entryOf(nodeId, { incarnation: 1, ...change }));
    expect(set.hear('zz', words)).toEqual([]);
    expect(set.gossip().services).toEqual(before.services);
    expect(set.gossip().dismissed).toBeUndefined();
  });

  test.each(final)('is not believed either once it has made itself known: %j', (change) => {
    const set = started();
    set.hear('zz', [entryOf('zz', { incarnation: 1 })]);
    const before = set.gossip().services;
    set.hear('zz', [entryOf('s1', { incarnation: 1, ...change }), entryOf('s2', { incarnation: 1, ...change })]);
    expect(set.gossip().services).toEqual(before);
    expect(set.gossip().dismissed).toBeUndefined();
  });

  test('tells of itself, also that it goes', () => {
    const set = started();
    set.hear('zz', [entryOf('zz', { incarnation: 1 })]);
    set.hear('zz', [entryOf('zz', { incarnation: 1, standing: 'removed' })]);
    expect(set.gossip().services.at(-1)).toEqual(entryOf('zz', { incarnation: 1, standing: 'removed' }));
  });
});

describe('A node is dismissed, once,', () => {
  test('when another node has removed it', () => {
    const set = started();
    const removed = entryOf('s1', { incarnation: 1, standing: 'removed' });
    expect(set.hear('s2', [removed])).toContainEqual({ type: 'dismissed', reason: 'removed' });
    expect(set.hear('s2', [{ ...removed, beat: 9 }])).not.toContainEqual({ type: 'dismissed', reason: 'removed' });
  });

  test('when it starts although it was removed, in whatever life', () => {
    const set = stage();
    const removed = entryOf('s1', { incarnation: 1, standing: 'removed' });
    const effects = set.tell({ type: 'started', incarnation: 2, services: [removed, entryOf('s2')] });
    expect(effects).toContainEqual({ type: 'dismissed', reason: 'removed' });
    const forgetful = stage(new Set(['readmits-removed-disk-after-restart']));
    expect(forgetful.tell({ type: 'started', incarnation: 2, services: [removed] })).not.toContainEqual({
      type: 'dismissed',
      reason: 'removed',
    });
  });

  test('when another disk has its name', () => {
    const other = entryOf('s1', { generation: 2, diskId: 'c/s1/2' });
    expect(started().hear('s2', [other])).toContainEqual({ type: 'dismissed', reason: 'replaced' });
  });

  test('when a later life of its disk is proven: its folder is a copy, and has forgotten promises', () => {
    const set = stage();
    set.tell({ type: 'started', incarnation: 3, services: [], lives: { own: 'third', later: ['fourth', 'fifth'] } });
    expect(set.hear('s2', [entryOf('s1', { incarnation: 5, proof: 'fourth' })])).not.toContainEqual({
      type: 'dismissed',
      reason: 'overtaken',
    });
    expect(set.hear('s2', [entryOf('s1', { incarnation: 5, proof: 'fifth' })])).toContainEqual({
      type: 'dismissed',
      reason: 'overtaken',
    });
  });

  test.each([1, 2, 1_000, Number.MAX_SAFE_INTEGER - 3])(
    'and not by a claim of a life that is %i later, without its proof: its next start exceeds a claim that may be true',
    (more) => {
      const set = stage();
      set.tell({ type: 'started', incarnation: 3, services: [entryOf('s2')], lives: { own: '3', later: ['4', '5'] } });
      const claim = entryOf('s1', { incarnation: 3 + more, proof: '3', beat: 9 });
      const claimed = set.hear('s2', [claim]).filter(({ type }) => type !== 'note');
      expect(claimed).toEqual(more > 2 ** 24 ? [] : [{ type: 'claimed', incarnation: 3 + more }]);
      expect(set.hear('s2', [claim])).toEqual([]);
      expect(set.gossip().services[0]).toEqual(entryOf('s1', { incarnation: 3, proof: '3' }));
    },
  );

  test('nor by a beat of its own life that it has not given: it goes on above that', () => {
    const set = started();
    set.wait(500);
    expect(set.hear('s2', [entryOf('s1', { incarnation: 1, beat: 2 ** 39 })])).toEqual([]);
    expect(set.gossip().services[0]?.beat).toBe(2 ** 39 + 1);
    set.hear('s2', [entryOf('s1', { incarnation: 1, beat: Number.MAX_SAFE_INTEGER })]);
    expect(set.gossip().services[0]?.beat).toBe(2 ** 39 + 1);
    expect(set.gossip().dismissed).toBeUndefined();
  });

  test('but not by its own wish: whoever said so ends it', () => {
    const set = started();
    const effects = set.tell({ type: 'stand', standing: 'removed' });
    expect(effects.some(({ type }) => type === 'dismissed')).toBe(false);
    set.wait(500);
    const echo = entryOf('s1', { incarnation: 1, standing: 'removed' });
    expect(set.hear('s2', [echo])).toEqual([]);
  });
});

describe('What is known of groups', () => {
  test('is the newest that anybody has seen, and only of groups of this service', () => {
    const set = started();
    const epoch = { counter: 3, nodeId: 's2' };
    const newer = groupViewOf('events', ['s2', 's4'], { epoch, primary: 's2', index: 8 });
    const older = groupViewOf('events', ['s1'], { epoch: { counter: 2, nodeId: 's1' }, primary: 's1', index: 20 });
    set.tell({ type: 'sighted', view: older });
    set.hear('s2', [], { groups: [newer, groupViewOf('constructor', ['s9'])] });
    set.hear('s3', [], { groups: [older] });
    expect(set.gossip().groups).toEqual([newer, groupViewOf('users', ['s1', 's2', 's3'])]);
    expect(serversOf(set.gossip(), 'events')).toEqual(['s2', 's4']);
    expect(serversOf(set.gossip(), 'constructor')).toEqual([]);
  });

  test('names no server that was removed', () => {
    const set = started();
    set.tell({ type: 'remove', nodeId: 's2' });
    expect(serversOf(set.gossip(), 'events')).toEqual(['s1', 's3']);
  });
});

describe('A name that is unknown', () => {
  test('is taken of a node that is known, or makes itself known', () => {
    const set = started();
    set.hear('x1', [entryOf('x2'), entryOf('x3')]);
    expect(set.gossip().services.map(({ nodeId }) => nodeId)).toEqual(['s1', 's2', 's3']);
    set.hear('x1', [entryOf('x1'), entryOf('x2')]);
    expect(set.gossip().services.map(({ nodeId }) => nodeId)).toEqual(['s1', 's2', 's3', 'x1', 'x2']);
  });

  test.each(['zz\u001b[31m1\n', '', 'constructor', 'a'.repeat(33), 'a b'])(
    'is ignored where no node is called so: %j',
    (name) => {
      const set = started();
      set.hear('s2', [entryOf(name)]);
      expect(set.gossip().services).toHaveLength(3);
    },
  );

  test('is taken few at a time, and is for no group before it gives a sign of life', () => {
    const set = started();
    const names = () => firsthand(set.gossip()).map(({ nodeId }) => nodeId);
    set.hear(
      's2',
      Array.from({ length: 200 }, (_, place) => entryOf(`x${place + 100}`, { beat: 1 })),
    );
    expect(set.gossip().services).toHaveLength(3 + 32);
    expect(names()).toEqual(['s1', 's2', 's3']);
    expect(isNews(set.hear('s3', [entryOf('x100', { beat: 2 })]))).toBe(true);
    expect(isNews(set.hear('x101', []))).toBe(true);
    expect(names()).toEqual(['s1', 's2', 's3', 'x100', 'x101']);
  });

  test('is dropped after a minute without one', () => {
    const set = started();
    set.hear('s2', [entryOf('x1', { beat: 1 }), entryOf('x2', { beat: 1 })]);
    set.wait(30_000);
    set.hear('s2', [entryOf('x2', { beat: 2 })]);
    set.wait(31_000);
    const names = () => set.gossip().services.map(({ nodeId }) => nodeId);
    expect(names()).toEqual(['s1', 's2', 's3', 'x2']);
    // Others may not have dropped it yet.
    set.hear('s2', [entryOf('x1', { beat: 1 })]);
    expect(names()).toEqual(['s1', 's2', 's3', 'x2']);
    set.hear('s2', [entryOf('x1', { beat: 2 })]);
    expect(names()).toEqual(['s1', 's2', 's3', 'x1', 'x2']);
  });
});

test('A stored name that is never heard of is dropped after ten minutes, unless a group names it; no malformed one is read', () => {
  const set = stage();
  set.tell({ type: 'started', incarnation: 1, services: ['s2', 's3', 'x1', 'x 2'].map((name) => entryOf(name)) });
  expect(set.gossip().services.map(({ nodeId }) => nodeId)).toEqual(['s1', 's2', 's3', 'x1']);
  set.wait(599_000);
  expect(set.gossip().services).toHaveLength(4);
  set.wait(2_000);
  expect(set.gossip().services.map(({ nodeId }) => nodeId)).toEqual(['s1', 's2', 's3']);
});

test('A directory takes in a thousand names, goes on with those, and gives the places of removed nodes to others', () => {
  const set = stage();
  const pool = Array.from({ length: SERVICES_AT_MOST - 1 }, (_, place) => {
    return entryOf(`x${place}`, place % 2 === 0 ? { standing: 'removed' } : {});
  });
  set.tell({ type: 'started', incarnation: 1, services: pool });
  expect(roomIn(set.gossip())).toBe(500);
  for (let place = 0; place < 600; place += 1) set.hear(`y${place}`, [entryOf(`y${place}`)]);
  const names = set.gossip().services.map(({ nodeId }) => nodeId);
  expect(names).toHaveLength(SERVICES_AT_MOST);
  expect(names.filter((name) => name.startsWith('y'))).toHaveLength(500);
  expect(roomIn(set.gossip())).toBe(0);
  set.hear('x1', [entryOf('x1', { beat: 1 })]);
  expect(set.gossip().services.find(({ nodeId }) => nodeId === 'x1')?.beat).toBe(1);
});

describe('An earlier life of a disk that starts again', () => {
  const next = { nodeId: 's2', diskId: 'c/s2/1', incarnation: 3 };

  function at(set: ReturnType<typeof stage>, life = next): string | undefined {
    return earlierLifeAt(set.gossip(), life, set.millis());
  }

  test('is where its beat rose within three rounds, and nowhere once it has not', () => {
    const set = started();
    set.hear('s2', [entryOf('s2', { incarnation: 2, beat: 7 })]);
    expect(at(set)).toBe('s2:1');
    set.wait(1_400);
    set.hear('s3', [entryOf('s2', { incarnation: 2, beat: 8 })]);
    set.wait(1_400);
    expect(at(set)).toBe('s2:1');
    // What others repeat is no beat.
    set.hear('s3', [entryOf('s2', { incarnation: 2, beat: 8 })]);
    set.wait(100);
    expect(at(set)).toBeUndefined();
  });

  test('is nowhere where it stopped in good order, is this life or a later one, or was of another disk', () => {
    const set = started();
    set.hear('s2', [entryOf('s2', { incarnation: 2, beat: 7 })]);
    expect(at(set, { ...next, incarnation: 2 })).toBeUndefined();
    expect(at(set, { ...next, diskId: 'c/s2/2' })).toBeUndefined();
    set.hear('s2', [entryOf('s2', { incarnation: 2, beat: 8, standing: 'away' })]);
    expect(at(set)).toBeUndefined();
  });
});
