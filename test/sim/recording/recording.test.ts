import { describe, expect, test } from 'vitest';
import type { RecordedEvent, Recording } from '../../../src/sim/recording/recording.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';

function taped(plan: Parameters<typeof runPlan>[0], planted: Parameters<typeof runPlan>[1] = {}): Recording {
  const { recording } = runPlan(plan, { ...planted, recording: true });
  if (recording === undefined) throw new Error('a tape was asked for');
  return recording;
}

function of<Type extends RecordedEvent['type']>(
  recording: Recording,
  type: Type,
): readonly Extract<RecordedEvent, { type: Type }>[] {
  return recording.events.filter((event): event is Extract<RecordedEvent, { type: Type }> => event.type === type);
}

/** s3 falls silent, dies, comes back; a client asks meanwhile. */
const STORY = planOf({
  seed: 3,
  frontEnds: 1,
  horizon: 3_500,
  faults: [
    { type: 'hold', at: 1_000, from: ['s1'], to: ['s2'] },
    { type: 'release', at: 1_400 },
    { type: 'crash', at: 1_500, node: 's3' },
    { type: 'pause', at: 2_000, node: 's2' },
    { type: 'resume', at: 2_100 },
    { type: 'restart', at: 3_000 },
  ],
  workload: {
    script: [{ at: 1_200, client: 'c1', method: 'POST', path: '/users/create', body: { username: 'Ada' } }],
  },
});

/** Messages are lost and doubled, and a bug can show. */
const STORMY = planOf({ seed: 5, servers: 4, horizon: 2_000, network: { drop: 30, duplicate: 30 } });

const TOLD = taped(STORY);

describe('a tape', () => {
  test('is kept only when asked for, and changes nothing.', () => {
    const without = runPlan(STORY);
    const { recording, ...rest } = runPlan(STORY, { recording: true });
    expect(without.recording).toBeUndefined();
    expect({ ...rest, recording: undefined }).toEqual(without);
    expect(recording?.digest).toBe(without.digest);
  });

  test('is plain JSON, and the same for the same plan.', () => {
    expect(JSON.stringify(taped(STORY))).toBe(JSON.stringify(TOLD));
    expect(JSON.parse(JSON.stringify(TOLD))).toEqual(TOLD);
  });

  test('is in order.', () => {
    const { events } = TOLD;
    const turned = events.filter((event, place) => {
      const before = events[place - 1];
      return before !== undefined && (event.at < before.at || event.number < before.number);
    });
    expect(turned).toEqual([]);
  });

  test('says what became of every message.', () => {
    const most = { once: 1, twice: 2, waits: 1, cut: 0, dropped: 0 };
    for (const recording of [TOLD, taped(STORMY)]) {
      const fates = new Map(of(recording, 'sent').map((sent) => [sent.id, { sent, arrivals: 0 }]));
      expect(fates.size).toBe(of(recording, 'sent').length);
      for (const arrival of of(recording, 'arrived')) {
        const known = fates.get(arrival.id);
        if (known === undefined || arrival.at < known.sent.at) throw new Error(`${arrival.id} arrives unsent`);
        if (arrival.outcome !== 'paused') known.arrivals += 1;
      }
      expect([...fates.values()].filter(({ sent, arrivals }) => arrivals > most[sent.fate])).toEqual([]);
      // In the story nothing but the end keeps an undisturbed message from arriving.
      const missing = [...fates.values()].filter(
        ({ sent, arrivals }) => sent.fate === 'once' && arrivals === 0 && sent.at < recording.endedAt - 2_000_000,
      );
      if (recording === TOLD) expect(missing).toEqual([]);
    }
  });

  test('tells the life of a node, what the plan did, and whose messages waited.', () => {
    expect(of(TOLD, 'crashed').map(({ at, node }) => [at, node])).toEqual([[1_500_000, 's3']]);
    expect(of(TOLD, 'started').filter(({ life }) => life === 2)).toMatchObject([{ at: 3_000_000, node: 's3' }]);
    expect(of(TOLD, 'paused')).toMatchObject([{ at: 2_000_000, node: 's2' }]);
    expect(of(TOLD, 'resumed')).toMatchObject([{ at: 2_100_000, node: 's2' }]);
    expect(of(TOLD, 'fault').map(({ fault, nodes, others }) => [fault, nodes, others])).toEqual([
      ['hold', ['s1'], ['s2']],
      ['release', [], []],
      ['crash', ['s3'], []],
      ['pause', ['s2'], []],
      ['resume', ['s2'], []],
      ['restart', ['s3'], []],
    ]);
    const waited = of(TOLD, 'sent').filter(({ fate }) => fate === 'waits');
    expect(new Set(waited.map(({ from, to }) => `${from} ${to}`))).toEqual(new Set(['s1 s2']));
    expect(of(TOLD, 'released').map(({ id }) => id)).toEqual(waited.map(({ id }) => id));
  });

  test('tells who leads, and how operations ended.', () => {
    for (const group of TOLD.groups) {
      const roles = of(TOLD, 'role').filter((role) => role.group === group);
      const [first] = roles.filter(({ role }) => role === 'primary');
      expect(roles.at(-1)?.primary, 'somebody leads at the end').toBeDefined();
      expect(first?.epoch).toBe(`1.${first?.node}`);
    }
    expect(of(TOLD, 'called')[0]).toMatchObject({ at: 1_200_000, client: 'c1', operation: 1 });
    expect(of(TOLD, 'ended')[0]).toMatchObject({ client: 'c1', outcome: 'ok', text: '200 {"userid":0}' });
  });

  test('ends with what the judge said.', () => {
    const planted = { planted: new Set(['wins-election-without-quorum'] as const) };
    const { violation } = runPlan(STORMY, planted);
    const recording = taped(STORMY, planted);
    expect(recording.events.at(-1)).toMatchObject({
      type: 'violated',
      judge: violation?.judge,
      reason: violation?.reason,
      at: violation?.event.at,
      number: violation?.event.number,
    });
  });
});
