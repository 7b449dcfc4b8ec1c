import { describe, expect, test } from 'vitest';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import { firstConfiguration, generationOf, unitsOf } from '../../../src/protocol/model/topology.ts';
import { roleOf } from '../../../src/protocol/replica/replica.ts';
import { notes, replies } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, attended, heard, servingPrimary } from '../../support/protocol/one-replica.ts';
import { ReplicaGroup } from '../../support/protocol/replica-group.ts';
import {
  acknowledgement,
  adding,
  cast,
  diskOf,
  epoch,
  member,
  service,
  witness,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');

const primary = (): Actor => servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');

describe('§5.3: who leaves', () => {
  test.each(['away', 'removed'] as const)(
    'A data voter that is %s loses its vote at once, though it is heard',
    (standing) => {
      const a = primary().knows(service('C', { standing }));
      expect(notes(a)).toMatchObject([{ type: 'proposes', change: 'remove', nodeId: 'C' }]);
      expect(a.voters).toEqual(['A', 'B']);
    },
  );

  test('One that is a member, or of which nothing is known, keeps it', () => {
    const a = primary().knows(service('B'), service('C', { diskId: 'an-older-disk', generation: 0 }));
    expect(attended(a, 1_000, 'B', 'C').voters).toEqual(['A', 'B', 'C']);
  });

  test('A primary that is leaving does not remove itself', () => {
    const a = primary().knows(service('A', { standing: 'away' }));
    expect(a.voters).toEqual(['A', 'B', 'C']);
  });

  test('Nobody is removed where the rest would hear no quorum: with W silent, its vote goes first', () => {
    const a = attended(
      servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'B', 'W'),
      600,
      'B',
    );
    expect(a.knows(service('B', { standing: 'away' })).voters).toEqual(['A', 'B', 'W']);
    expect(a.knows(service('B', { standing: 'removed' })).voters).toEqual(['A', 'B']);
    expect(acknowledged(a.syncs(), 'B').voters).toEqual(['A']);
  });

  test('One that is away votes again only when it is said to be a member, and has stayed for readmitAfter', () => {
    const a = attended(primary().knows(service('C', { standing: 'away' })), 10_000, 'B', 'C');
    expect(a.voters).toEqual(['A', 'B']);
    a.knows(service('C', { incarnation: 2 }));
    expect(a.configuration).toEqual(THREE);
  });
});

describe('§5.9: who is forgotten', () => {
  test('A learner that is removed is dropped, one that is away is kept', () => {
    const a = attended(primary().knows(service('C', { standing: 'away' })), 300, 'B', 'C');
    expect(a.configuration.learners).toEqual([member('C', 1)]);
    a.knows(service('C', { standing: 'removed' }));
    expect(notes(a)).toMatchObject([{ type: 'proposes', change: 'drop', nodeId: 'C' }]);
    expect(a.configuration).toEqual(configurationOf([member('A', 3), member('B', 2)]));
    expect(a.leading.progress['C']).toBeUndefined();
  });

  test('Whoever is dropped is not admitted again under the same disk', () => {
    const a = attended(primary().knows(service('C', { standing: 'removed' })), 1_000, 'B', 'C');
    expect(attended(a, 10_000, 'B').configuration).toEqual(configurationOf([member('A', 3), member('B', 2)]));
  });

  test('A newer disk: the old member loses its vote, is dropped, and the new disk starts as a learner of which nothing is known', () => {
    const a = acknowledged(primary().asked(adding('u')).syncs(), 'B', 'C');
    a.knows(service('C', { diskId: 'c/C/2-x', generation: 2 }));
    const seen: unknown[] = [a.configuration.learners];
    for (let beat = 0; beat < 2; beat += 1) {
      acknowledged(a.syncs(), 'B');
      seen.push(a.configuration.learners);
    }
    expect(seen).toEqual([[member('C', 1)], [], [{ ...member('C', 1), diskId: 'c/C/2-x' }]]);
    // What the old disk had is not what the new one has: not even when its acknowledgement comes late.
    a.hears('C', acknowledgement('C', FIRST, 2));
    expect(a.leading.progress['C']).toMatchObject({ match: 0, isNew: true });
  });

  test('Of two disks of one generation the one with the greater id is the newer', () => {
    const older = cast({ A: 2, B: 1 });
    const named = (diskId: string) =>
      configurationOf(older.voters.map((voter) => (voter.nodeId === 'B' ? { ...voter, diskId } : voter)));
    const of = (diskId: string): Actor => servingPrimary(new Actor('A', { configuration: named(diskId) }));
    const knowing = (own: string, known: string): readonly string[] => {
      const a = new Actor('A', { configuration: named(own) }).wakesOnTime();
      a.hears('B', { type: 'answer', round: 1, verdict: 'ok', promised: epoch('0.B') }).syncs();
      a.hears('B', { type: 'voted', epoch: FIRST, granted: true, promised: FIRST, diskId: own }).syncs();
      a.hears('B', { type: 'appended', epoch: FIRST, match: 1, diskId: own, incarnation: 1 });
      return a.knows(service('B', { diskId: known, generation: 2 })).voters;
    };
    expect(of).toThrow();
    expect(knowing('c/B/2-m', 'c/B/2-n')).toEqual(['A']);
    expect(knowing('c/B/2-m', 'c/B/2-l')).toEqual(['A', 'B']);
    expect(knowing('c/B/3-a', 'c/B/2-z')).toEqual(['A', 'B']);
  });

  test('The generation of a disk stands at the end of its id', () => {
    expect(['c/s1/1', 'c/s1/2-3f', 'c/9/12-a-b', 'disk-of-A', 'c/s1/x'].map(generationOf)).toEqual([1, 2, 12, 1, 1]);
  });
});

describe('§5.7: who joins', () => {
  test('A server of which the directory knows becomes a learner, ranked below everybody; the next one below that', () => {
    const a = primary().knows(service('D'), service('E'));
    expect(notes(a)).toMatchObject([{ type: 'proposes', change: 'admit', nodeId: 'D' }]);
    expect(a.configuration.learners).toEqual([member('D', 0)]);
    expect(acknowledged(a.syncs(), 'B', 'C').configuration.learners).toEqual([member('D', 0), member('E', -1)]);
  });

  test('A front end becomes a learner of kind witness; one that is away or removed is not let in', () => {
    const a = primary().knows(
      service('D', { standing: 'away' }),
      service('E', { standing: 'removed' }),
      service('W', { kind: 'frontend' }),
    );
    expect(a.configuration.learners).toEqual([witness('W')]);
    expect(acknowledged(a.syncs(), 'B', 'C').configuration.learners).toEqual([witness('W')]);
  });

  test('A newcomer that has caught up and stayed for admitAfter votes; one that was a voter waits for readmitAfter', () => {
    const a = primary().knows(service('D'));
    const since = a.millis;
    while (!a.voters.includes('D')) attended(a, 100, 'B', 'C', 'D');
    expect(a.millis - since).toBe(600);
    expect(notes(a)).toEqual([]);
    expect(a.configuration.voters.at(-1)).toEqual(member('D', 0));
  });

  test('Another primary does not know that it is new, and is as careful as with anybody', () => {
    const configuration = configurationOf(THREE.voters, [member('D', 0)]);
    const a = servingPrimary(new Actor('A', { configuration }), 'B', 'C');
    expect(attended(a, 4_900, 'B', 'C', 'D').voters).toEqual(['A', 'B', 'C']);
    expect(attended(a, 300, 'B', 'C', 'D').voters).toEqual(['A', 'B', 'C', 'D']);
  });

  test('First the witnesses get the vote that one more data server asks for', () => {
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'B', 'W');
    const votes = (): string => a.configuration.voters.map(({ nodeId, votes: of }) => `${nodeId}${of}`).join(' ');
    const seen = [votes()];
    attended(a, 1_000, 'B', 'W').knows(service('D'));
    while (!a.voters.includes('D')) {
      attended(a, 100, 'B', 'D', 'W');
      seen.push(votes());
    }
    expect([...new Set(seen)]).toEqual(['A1 B1 W1', 'A1 B1 W2', 'A1 B1 D1 W2']);
  });

  test('A single server without front ends lets others in, one after the other', () => {
    const group = new ReplicaGroup(cast({ A: 1 })).passes(1_000);
    group.knows(service('B')).joins('B', 'data').asks(adding('u', 3)).passes(1_000);
    expect(group.actor('A').voters).toEqual(['A', 'B']);
    expect(group.actor('B').state).toEqual(group.actor('A').state);
    group
      .joins('W', 'witness')
      .knows(service('W', { kind: 'frontend' }))
      .passes(1_000);
    expect(group.actor('B').configuration.voters.map(({ nodeId, votes }) => [nodeId, votes])).toEqual([
      ['A', 1],
      ['B', 1],
      ['W', 1],
    ]);
    group.kills('A').passes(5_000).asks(adding('v', 4)).passes(100);
    expect(group.primary?.name).toBe('B');
    expect(group.actor('B').voters).toEqual(['B', 'W']);
    expect(group.replies.map(({ id, type }) => [id, type])).toEqual([
      ['ask-u', 'done'],
      ['ask-v', 'done'],
    ]);
  });

  test('A server whose disk is replaced while it is gone comes back as somebody new, with all there is', () => {
    const group = new ReplicaGroup(cast({ A: 3, B: 2, C: 1 }, { W: 2 })).passes(1_000).asks(adding('u', 3));
    group.kills('B').passes(3_000);
    group
      .joins('B', 'data', 'c/B/2-x')
      .knows(service('B', { diskId: 'c/B/2-x', generation: 2 }))
      .passes(2_000);
    const a = group.actor('A');
    expect(a.configuration.voters.find(({ nodeId }) => nodeId === 'B')).toEqual({
      ...member('B', 0),
      diskId: 'c/B/2-x',
    });
    expect(group.actor('B').state).toEqual(a.state);
  });
});

describe('§5.6: everybody is a member', () => {
  const topology = { clusterId: 'c', servers: ['s1', 's2'], frontEnds: ['f1', 'f2', 'f3'], groups: ['g'] };

  test('Front ends beyond the votes there are, are learners; each has a replica of every group', () => {
    const first = firstConfiguration(topology, 'g');
    expect(first.voters.map(({ nodeId }) => nodeId)).toEqual(['f1', 's1', 's2']);
    expect(first.learners).toEqual(['f2', 'f3'].map((nodeId) => ({ ...witness(nodeId), diskId: `c/${nodeId}/1` })));
    expect(unitsOf(topology, 'f3')).toEqual(['g', 'front-end']);
    expect(unitsOf(topology, 'f4')).toEqual([]);
  });

  test('One server alone, or servers without front ends, are a cluster too', () => {
    const alone = firstConfiguration({ ...topology, servers: ['s1'], frontEnds: [] }, 'g');
    expect(alone).toEqual(configurationOf([{ ...member('s1', 1), diskId: 'c/s1/1' }]));
    const served = firstConfiguration({ ...topology, servers: ['s1'], frontEnds: ['f1'] }, 'g');
    expect(served.learners.map(({ nodeId }) => nodeId)).toEqual(['f1']);
  });

  test('A front end without a vote is a learner, one with a vote a witness', () => {
    const configuration = cast({ A: 1 }, { W: 0 });
    expect(roleOf(new Actor('W', { configuration }).replica)).toBe('learner');
    expect(roleOf(new Actor('W', { configuration: cast({ A: 1, B: 2 }, { W: 1 }) }).replica)).toBe('witness');
  });
});

const heardBy = (a: Actor, diskId: string) => ({ ...heard(a, 'B', 1), diskId });

describe('A disk that took the place of another proves nothing', () => {
  const query = { type: 'read', id: 'r', query: 'total', mode: 'linearizable', token: undefined } as const;

  test('§6.1: a deposed primary does not read on the word of a disk that has forgotten whom it elected', () => {
    // B gave its vote to C, who leads by now; then B lost its disk, and answers A's heartbeats as if nothing had been.
    const a = primary().asked(query);
    expect(replies(a.hears('B', heardBy(a, 'c/B/2-x')))).toEqual([]);
    expect(replies(a.hears('B', heardBy(a, diskOf('B'))))).toHaveLength(1);
  });

  test('§3.8: it does not keep a primary in office that no quorum hears', () => {
    const a = primary();
    for (let beat = 0; beat < 12 && a.replica.leading !== undefined; beat += 1) {
      a.wakesOnTime();
      if (a.replica.leading === undefined) break;
      a.hears('B', heardBy(a, 'c/B/2-x'));
      a.hears('B', {
        type: 'mismatched',
        epoch: FIRST,
        previousIndex: 1,
        from: 1,
        diskId: 'disk-of-B',
        incarnation: 1,
      });
    }
    expect(a.replica.leading).toBeUndefined();
  });
});
