import { describe, expect, test } from 'vitest';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';

import type { CodeReport, Trial } from '../../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import type { Judge } from '../../../src/sim/judges/judge.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { trials } from '../../../src/sim/judges/trials.ts';
import { emptyLog, epoch, extend, GROUP, NOOP, primary, replica, step } from '../../support/sim/bad-cluster.ts';

// A migration that takes long costs one change of the lead, and one that never ends costs one server (PROTOCOL §11.3).

const [ONE, TWO] = [epoch(1, 's1'), epoch(2, 's2')];
const LOG = extend(emptyLog(), ONE, NOOP);
const ELECT_AFTER = 300;
const SETTINGS = { ...DEFAULT_SETTINGS, electAfter: ELECT_AFTER };
const BY_S1: Trial = { by: 's1', version: 2 };

function directory(standing: ServiceEntry['standing']): readonly ServiceEntry[] {
  const of = { kind: 'server', address: 'localhost:1', generation: 1, incarnation: 1, beat: 1 } as const;
  return [{ ...of, nodeId: 's1', diskId: 's1/1', standing, proof: undefined }];
}

/** s2, primary, which has heard `code` from s1. */
function leading(
  more: Partial<NonNullable<SeenReplica['leading']>>,
  code?: CodeReport,
  standing: ServiceEntry['standing'] = 'member',
): SeenReplica {
  const seen = primary(extend(LOG, TWO, NOOP), TWO, 2);
  const progress = { s1: { heardAt: 0, stalledSince: undefined, match: 0, matchedIn: 0, code } };
  return { ...seen, services: directory(standing), leading: { epoch: TWO, raftCommit: 2, progress, ...more } };
}

function heartbeat(judge: Judge, of: typeof ONE, trial?: Trial): void {
  const message = { type: 'heartbeat', epoch: of, beat: 1, commit: 1, time: 0, date: undefined, trial } as const;
  judge.received?.({ from: { node: of.nodeId, unit: GROUP }, to: { node: 's2', unit: GROUP }, message });
}

/** What the judge says when s2, having heard heartbeats of s1 with `told`, is elected and announces its own trial. */
function announced(
  told: readonly (Trial | undefined)[],
  after: SeenReplica = leading({ trying: { version: 2, since: 0 } }),
): string | undefined {
  const judge = trials({ settings: SETTINGS, millisOf: () => 0 });
  const follows = replica(LOG, 1, { promised: ONE });
  expect(judge.stepped?.(step('s2', follows))).toBeUndefined();
  for (const trial of told) heartbeat(judge, ONE, trial);
  expect(judge.stepped?.(step('s2', leading({}), follows))).toBeUndefined();
  return judge.stepped?.(step('s2', after, leading({})));
}

describe('A primary that announces a trial', () => {
  test('which a server announced of which it has not heard since, is found.', () => {
    expect(announced([BY_S1])).toBe(
      'sums at s2 is to try the migration to version 2, as s1 does, of which it has not heard',
    );
  });

  test('may, where that server ended it, was heard, was removed, or tried another version.', () => {
    const trying = { trying: { version: 2, since: 0 } };
    expect(announced([])).toBeUndefined();
    expect(announced([BY_S1, undefined])).toBeUndefined();
    expect(announced([{ ...BY_S1, version: 1 }])).toBeUndefined();
    expect(announced([{ ...BY_S1, by: 's2' }])).toBeUndefined();
    expect(announced([BY_S1], leading(trying, { oldest: 1, newest: 2, isMute: false, kept: 1 }))).toBeUndefined();
    expect(announced([BY_S1], leading(trying, undefined, 'removed'))).toBeUndefined();
    expect(announced([BY_S1], leading(trying, undefined, 'away'))).toBeDefined();
  });

  test('is not told by a heartbeat of an epoch before its own.', () => {
    const judge = trials({ settings: SETTINGS, millisOf: () => 0 });
    judge.stepped?.(step('s2', leading({})));
    heartbeat(judge, ONE, BY_S1);
    expect(judge.stepped?.(step('s2', leading({ trying: { version: 2, since: 0 } }), leading({})))).toBeUndefined();
  });
});

/** What the judge says when s2 tries a migration that takes so long, and again as primary of a later epoch. */
function triedTwice(millis: number, isSameLife = true, version = 2): string | undefined {
  let now = 0;
  const judge = trials({ settings: SETTINGS, millisOf: () => now });
  const tried = (of: typeof ONE, which: number): SeenReplica => ({
    ...leading({ epoch: of, tried: { version: which, failed: undefined, at: now } }),
    promised: of,
  });
  const first = tried(TWO, 2);
  expect(judge.stepped?.(step('s2', first, leading({})))).toBeUndefined();
  now += millis;
  const deposed = replica(LOG, 1, { promised: epoch(3, 's1') });
  expect(judge.stepped?.(step('s2', deposed, isSameLife ? first : undefined))).toBeUndefined();
  return judge.stepped?.(step('s2', tried(epoch(4, 's2'), version), deposed));
}

describe('A process that tries a migration again', () => {
  test('which has taken it as long as a primary may be silent, is found.', () => {
    expect(triedTwice(ELECT_AFTER)).toBe('sums at s2 tries the migration to version 2 again, which took it too long');
  });

  test('may, where that was quick, in a later life, and for another version.', () => {
    expect(triedTwice(ELECT_AFTER - 1)).toBeUndefined();
    expect(triedTwice(ELECT_AFTER, false)).toBeUndefined();
    expect(triedTwice(ELECT_AFTER, true, 3)).toBeUndefined();
  });
});
