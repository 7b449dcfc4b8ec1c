import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admit,
  type Configuration,
  configurationOf,
  demote,
  drop,
  give,
  isOneVoteApart,
  type Member,
  promote,
  take,
} from '../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../src/protocol/model/directory.ts';
import { Actor, servingPrimary } from '../support/protocol/one-replica.ts';
import { cast, diskOf, service } from '../support/protocol/replica-script.ts';

const NODES = ['A', 'B', 'C', 'D', 'V', 'W'];
const isFrontEnd = (nodeId: string): boolean => nodeId >= 'V';

/** Votes by disk: another disk is somebody else, whatever its name. */
type Votes = ReadonlyMap<string, number>;

function votesIn(configuration: Configuration): Votes {
  return new Map(configuration.voters.map(({ diskId, votes }) => [diskId, votes]));
}

const isQuorum = (of: Votes, some: readonly string[]): boolean =>
  some.reduce((sum, disk) => sum + (of.get(disk) ?? 0), 0) * 2 > [...of.values()].reduce((a, b) => a + b, 0);

/** Tries every set of voters of the one against everybody else of the other. */
function everyTwoQuorumsMeet(one: Configuration, other: Configuration): boolean {
  const votes = votesIn(one);
  const others = votesIn(other);
  const disks = [...new Set([...votes.keys(), ...others.keys()])];
  for (let set = 0; set < 2 ** disks.length; set += 1) {
    const inside = disks.filter((_, place) => (set & (1 << place)) !== 0);
    const outside = disks.filter((_, place) => (set & (1 << place)) === 0);
    if (isQuorum(votes, inside) && isQuorum(others, outside)) return false;
  }
  return true;
}

const names = ({ voters, learners }: Configuration) => [...voters, ...learners].map((one) => one.nodeId).sort();

function witnessVotesIn({ voters }: Configuration): number {
  return voters.reduce((sum, { kind, votes }) => sum + (kind === 'witness' ? votes : 0), 0);
}

const configuration: fc.Arbitrary<Configuration> = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: NODES.length, maxLength: NODES.length })
  .map((votes) => {
    const all = NODES.map((nodeId, place): Member & { readonly counts: boolean } => {
      const kind = isFrontEnd(nodeId) ? 'witness' : 'data';
      const count = votes[place] ?? 0;
      return {
        nodeId,
        diskId: nodeId,
        kind,
        votes: kind === 'data' ? 1 : Math.max(1, count),
        rank: place,
        counts: count > 0,
      };
    });
    const plain = ({ counts: _, ...member }: (typeof all)[number]): Member => member;
    return configurationOf(
      all.filter(({ counts }) => counts).map(plain),
      all.filter(({ counts }) => !counts).map(plain),
    );
  });

describe('changes of a configuration', () => {
  const node = fc.constantFrom(...NODES);
  const step: fc.Arbitrary<(before: Configuration) => Configuration> = fc.oneof(
    node.map((nodeId) => (before: Configuration) => give(before, nodeId)),
    node.map((nodeId) => (before: Configuration) => take(before, nodeId)),
    node.map((nodeId) => (before: Configuration) => demote(before, nodeId)),
    node.map((nodeId) => (before: Configuration) => promote(before, nodeId)),
    node.map((nodeId) => (before: Configuration) => drop(before, nodeId)),
    node.map(
      (nodeId) => (before: Configuration) =>
        admit(drop(demote(before, nodeId), nodeId), { nodeId, diskId: `${nodeId}/2`, kind: 'data', votes: 1, rank: 0 }),
    ),
  );

  test('Where at most one vote of one disk differs, any two quorums meet; else isOneVoteApart says no', () => {
    fc.assert(
      fc.property(configuration, step, (before, change) => {
        const after = change(before);
        const disks = new Set([...votesIn(before).keys(), ...votesIn(after).keys()]);
        const difference = [...disks].reduce(
          (sum, disk) => sum + Math.abs((votesIn(before).get(disk) ?? 0) - (votesIn(after).get(disk) ?? 0)),
          0,
        );
        expect(isOneVoteApart(before, after)).toBe(difference <= 1);
        if (difference <= 1) expect(everyTwoQuorumsMeet(before, after)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('Nobody is lost or doubled by a change of votes, and a taken vote that is given again changes nothing', () => {
    fc.assert(
      fc.property(configuration, node, (before, nodeId) => {
        expect(names(give(before, nodeId))).toEqual(names(before));
        expect(names(take(before, nodeId))).toEqual(names(before));
        expect(take(give(before, nodeId), nodeId).voters).toEqual(before.voters);
      }),
    );
  });
});

type Event =
  | {
      readonly type: 'directory';
      readonly nodeId: string;
      readonly standing: ServiceEntry['standing'];
      readonly disk: number;
    }
  | { readonly type: 'time'; readonly millis: number; readonly silent: readonly string[] };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    type: fc.constant('directory' as const),
    nodeId: fc.constantFrom(...NODES.slice(1)),
    standing: fc.constantFrom('member', 'away', 'removed'),
    disk: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    type: fc.constant('time' as const),
    millis: fc.constantFrom(100, 700, 2_500),
    silent: fc.subarray(['B', 'C', 'D', 'V', 'W'], { maxLength: 3 }),
  }),
);

/** A primary among whom everything happens to others; `configurations` are all it has ever had, in order. */
class Stage {
  readonly a: Actor;
  readonly #directory = new Map<string, ServiceEntry>();

  constructor() {
    const settings = { readmitAfter: 100, witnessAfter: 2_000, removeAfter: 600 };
    this.a = servingPrimary(
      new Actor('A', { configuration: cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 1 }), settings }),
      'B',
      'C',
    );
  }

  get configurations(): readonly Configuration[] {
    return this.a.replica.log.configurations.map((known) => known.configuration);
  }

  takes(happens: Event): void {
    if (happens.type === 'time') return this.passes(happens.millis, happens.silent);
    const { nodeId, standing, disk } = happens;
    const diskId = disk === 1 ? diskOf(nodeId) : `${nodeId}/${disk}`;
    this.#directory.set(
      nodeId,
      service(nodeId, { kind: isFrontEnd(nodeId) ? 'frontend' : 'server', standing, diskId, generation: disk }),
    );
    if (this.a.replica.leading === undefined) return;
    this.a.knows(...[...this.#directory.values()].sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1)));
  }

  /** Whoever is not silent has everything at once, and answers with the disk the configuration names. */
  passes(millis: number, silent: readonly string[] = []): void {
    const { a } = this;
    for (const until = a.millis + millis; a.millis < until && a.replica.leading !== undefined;) {
      a.wakesOnTime().syncs();
      for (const { nodeId, diskId } of [...a.configuration.voters, ...a.configuration.learners]) {
        if (nodeId === 'A' || silent.includes(nodeId) || a.replica.leading === undefined) continue;
        const { epoch, beat, progress } = a.leading;
        a.hears(nodeId, { type: 'heard', epoch, beat, agreed: progress[nodeId]?.match ?? 0, diskId, incarnation: 1 });
        const match = a.replica.log.base.index + a.replica.log.entries.size;
        a.hears(nodeId, { type: 'appended', epoch, match, diskId, incarnation: 1 }).syncs();
      }
    }
  }
}

describe('what a primary proposes, whatever the directory says and whoever falls silent', () => {
  test('Each two configurations in a row have quorums that meet, and witnesses get no more than one vote too many', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const stage = new Stage();
        for (const happens of events) stage.takes(happens);
        stage.configurations.forEach((after, place) => {
          const before = stage.configurations[place - 1];
          if (before === undefined) return;
          expect(everyTwoQuorumsMeet(before, after)).toBe(true);
          const servers = [...after.voters, ...after.learners].filter(({ kind }) => kind === 'data').length;
          const isGiven = witnessVotesIn(after) > witnessVotesIn(before);
          if (isGiven) expect(witnessVotesIn(after)).toBeLessThanOrEqual(servers);
          expect(after.voters.some(({ nodeId }) => nodeId === 'A')).toBe(true);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('Once all live and stay, witnesses have N−1 votes, evenly, and every server that is to vote does', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const stage = new Stage();
        for (const happens of events) stage.takes(happens);
        fc.pre(stage.a.replica.leading !== undefined);
        for (const nodeId of NODES.slice(1)) {
          stage.takes({ type: 'directory', nodeId, standing: 'member', disk: 3 });
        }
        stage.passes(15_000);
        const { voters, learners } = stage.a.configuration;
        expect(voters.filter(({ kind }) => kind === 'data').map(({ nodeId }) => nodeId)).toEqual(['A', 'B', 'C', 'D']);
        const votes = [...voters, ...learners.map((learner) => ({ ...learner, votes: 0 }))];
        const held = votes.filter(({ kind }) => kind === 'witness').map((one) => one.votes);
        expect(held.toSorted((a, b) => a - b)).toEqual([1, 2]);
      }),
      { numRuns: 20 },
    );
  });
});
