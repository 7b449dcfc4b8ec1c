import { describe, expect, test } from 'vitest';
import { type Configuration, configurationOf, demote, type Member } from '../../../src/protocol/model/configuration.ts';
import { type Log, tail } from '../../../src/protocol/model/log.ts';
import { firstConfiguration, type Topology } from '../../../src/protocol/model/topology.ts';
import { type Holding, holdingOn, hopeless } from '../../../src/sim/liveness/recoverable.ts';
import { dataServers, diskWith, emptyLog, epoch, extend, GROUP, NOOP, write } from '../../support/sim/bad-cluster.ts';

// Disks built by hand, and what is left of them: must the core come to serve?

const ONE = epoch(1, 's1');
const TWO = epoch(2, 's2');

function witness(nodeId: string, votes = 1): Member {
  return { nodeId, diskId: `${nodeId}/1`, kind: 'witness', votes, rank: 0 };
}

/** Three data servers and front ends `f1` and `f2` with a vote each: five votes, three needed. */
const FIVE = configurationOf([...dataServers('s1', 's2', 's3').voters, witness('f1'), witness('f2')]);

function verdict(core: Readonly<Record<string, Log>>, first: Configuration = FIVE, minInSync = 1) {
  const holdings = Object.entries(core).map(([node, log]) => holdingOn(node, diskWith(log), first));
  return hopeless(holdings, { minInSync })?.type;
}

describe('N−1 of N data servers may die, and the last one serves', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('with %i data servers and two front ends.', (count) => {
    const topology: Topology = {
      clusterId: 'test',
      servers: Array.from({ length: count }, (_, place) => `s${place + 1}`),
      frontEnds: ['f1', 'f2'],
      groups: [GROUP],
    };
    const first = firstConfiguration(topology, GROUP);
    const log = extend(emptyLog(first), ONE, NOOP, write('a'));
    const witnesses = first.voters
      .filter(({ kind }) => kind === 'witness')
      .map(({ nodeId }): [string, Log] => [nodeId, log]);
    for (const server of topology.servers) {
      expect(verdict(Object.fromEntries([[server, log], ...witnesses]), first), server).toBeUndefined();
    }
  });

  test('Each vote lost with them is one too many.', () => {
    const log = extend(emptyLog(FIVE), ONE, NOOP);
    expect(verdict({ s3: log, f1: log })).toBe('no-quorum');
    expect(verdict({ s2: log, s3: log, f1: log })).toBeUndefined();
  });

  test('One after the other: with the dead removed, a single data server needs fewer votes.', () => {
    const removed = demote(demote(FIVE, 's1'), 's2');
    const log = extend(emptyLog(FIVE), ONE, NOOP, { type: 'configuration', configuration: removed });
    expect(verdict({ s3: log, f1: log })).toBeUndefined();
    expect(verdict({ s3: log })).toBe('no-quorum');
  });
});

describe('who may lead', () => {
  const log = extend(emptyLog(FIVE), ONE, NOOP, write('a'));
  const longer = extend(log, ONE, write('b'));

  test('Votes without a data server are of no use.', () => {
    expect(verdict({ f1: log, f2: log })).toBe('no-data-voter');
    expect(verdict({})).toBe('no-data-voter');
  });

  test('A data server that was removed cannot lead: it may lack what was acknowledged since.', () => {
    const removed = extend(log, ONE, { type: 'configuration', configuration: demote(FIVE, 's3') });
    expect(verdict({ s3: removed, f1: removed, f2: removed })).toBe('no-data-voter');
    // It does not know yet, and whoever has a newer log does not vote for it.
    expect(verdict({ s3: log, f1: removed, f2: removed })).toBe('outvoted');
  });

  test('A witness with a newer log votes for nobody; without its vote a quorum is enough.', () => {
    expect(verdict({ s2: log, f1: longer, f2: log })).toBe('outvoted');
    expect(verdict({ s2: log, s3: log, f1: longer, f2: log })).toBeUndefined();
  });

  test('The epoch of the last entry counts before its index.', () => {
    const newer = extend(extend(emptyLog(FIVE), ONE, NOOP), TWO, NOOP);
    expect(verdict({ s1: longer, s2: newer, f1: log })).toBeUndefined();
    expect(verdict({ s1: longer, f1: newer, f2: newer })).toBe('outvoted');
  });

  test('Everybody counts by the configuration of their own log, safe or not.', () => {
    const smaller = extend(log, ONE, { type: 'configuration', configuration: demote(FIVE, 's1') });
    // Of four votes three are needed, and of five three as well.
    expect(verdict({ s2: smaller, f1: smaller, f2: smaller })).toBeUndefined();
    expect(verdict({ s2: smaller, f1: smaller })).toBe('no-quorum');
  });

  test('What a snapshot covers counts like a log.', () => {
    const disk = diskWith(emptyLog(FIVE));
    const snapshot = { base: tail(longer), configuration: demote(FIVE, 's1'), machine: undefined };
    const holding = holdingOn('s2', { ...disk, snapshot, entries: [] }, FIVE);
    expect(holding).toEqual({ node: 's2', end: { epoch: ONE, index: 3 }, configuration: demote(FIVE, 's1') });
  });
});

describe('writes may need more than one data server', () => {
  test('With minInSync 2 a single survivor serves no writes.', () => {
    const log = extend(emptyLog(FIVE), ONE, NOOP);
    expect(verdict({ s3: log, f1: log, f2: log }, FIVE, 2)).toBe('too-few-in-sync');
    expect(verdict({ s2: log, s3: log, f1: log }, FIVE, 2)).toBeUndefined();
  });

  test('A server that was removed counts again once it is back.', () => {
    const removed = extend(emptyLog(FIVE), ONE, NOOP, { type: 'configuration', configuration: demote(FIVE, 's2') });
    expect(verdict({ s2: removed, s3: removed, f1: removed, f2: removed }, FIVE, 2)).toBeUndefined();
  });
});

describe('what a primary did last on no grounds', () => {
  const log = extend(emptyLog(FIVE), ONE, NOOP, write('a'));
  const act = extend(log, ONE, { type: 'configuration', configuration: demote(FIVE, 's2') });

  function judged(logs: Readonly<Record<string, Log>>, entitled: Readonly<Record<string, Log>>) {
    const holdings = Object.entries(logs).map(([node, of]): Holding => {
      const without = entitled[node];
      const holding = holdingOn(node, diskWith(of), FIVE);
      return without === undefined ? holding : { ...holding, entitled: holdingOn(node, diskWith(without), FIVE) };
    });
    return hopeless(holdings, { minInSync: 1 })?.type;
  }

  test('excuses no core that would serve without it: the server whose vote was taken is back.', () => {
    const back = { s1: act, s2: log, f1: log };
    expect(judged(back, {})).toBe('outvoted');
    expect(judged(back, { s1: log })).toBeUndefined();
  });

  test('excuses none that lacks its primary, where a witness alone has it.', () => {
    const others = { s2: log, s3: log, f1: act };
    expect(judged(others, {})).toBe('outvoted');
    expect(judged(others, { f1: log })).toBeUndefined();
  });

  test('asks for nothing that the votes before it could not do.', () => {
    expect(judged({ s1: act, f1: log }, { s1: log })).toBe('no-quorum');
  });
});
