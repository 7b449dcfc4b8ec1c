import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { drawMessages } from '../../../src/sim/diagram/draw-messages.ts';
import { messagesOf, tellingMessages } from '../../../src/sim/diagram/messages.ts';
import { sceneOf } from '../../../src/sim/diagram/scene.ts';
import { spaceTimeSvg } from '../../../src/sim/diagram/svg.ts';
import { isTelling } from '../../../src/sim/diagram/window.ts';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import type { Recording } from '../../../src/sim/recording/recording.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';
import { arrived, BEGINNING, type Fact, handTape, sent } from '../../support/sim/small-recording.ts';
import { whyMalformed } from '../../support/sim/well-formed.ts';

/** Messages lost, doubled, held and cut; a crash and a pause; two groups, and clients with and without an answer. */
const PLAN: PlanInput = {
  seed: 11,
  network: { drop: 20, duplicate: 30 },
  horizon: 3_000,
  faults: [
    { type: 'hold', at: 900, from: ['s1'], to: ['s2'] },
    { type: 'partition', at: 1_000, from: ['s3'] },
    { type: 'release', at: 1_300 },
    { type: 'heal', at: 1_600 },
    { type: 'crash', at: 1_700, node: 's2' },
    { type: 'pause', at: 1_800, node: 's1' },
    { type: 'resume', at: 2_100 },
    { type: 'slow-disk', at: 2_200, node: 's3', syncMicros: 30_000 },
  ],
  workload: { clients: 2, requests: 6, attemptFor: 400, giveUpAfter: 700 },
};
const RUNS: readonly Recording[] = [recordingOf(PLAN), recordingOf({ ...PLAN, seed: 12, frontEnds: 1 })];
const FAILED: readonly Recording[] = [recordingOf({ ...PLAN, servers: 4 }, ['wins-election-without-quorum'])];

function recordingOf(plan: PlanInput, planted: readonly PlantedBug[] = []): Recording {
  const { recording } = runPlan(planOf(plan), { recording: true, planted: new Set(planted) });
  if (recording === undefined) throw new Error('a tape was asked for');
  return recording;
}

function count(text: string, part: string | RegExp): number {
  return text.split(part).length - 1;
}

describe('a space-time diagram', () => {
  test('is one well-formed document, without scripts, the same each time, at any size.', () => {
    for (const recording of [...RUNS, ...FAILED]) {
      const copied = structuredClone(recording);
      for (const events of [10, 500]) {
        const svg = spaceTimeSvg(recording, { events });
        expect(whyMalformed(svg)).toBeUndefined();
        expect(svg).not.toMatch(/<script|href|NaN|undefined|Infinity/);
        expect(spaceTimeSvg(copied, { events })).toBe(svg);
      }
    }
  });

  test('has an arrow for each copy of each message that arrives in the window.', () => {
    for (const recording of [...RUNS, ...FAILED]) {
      const scene = sceneOf(recording, { events: 200 });
      const arrivals = scene.messages.flatMap((message) => message.arrivals);
      const shown = arrivals.filter(({ at }) => at >= scene.window.from && at <= scene.window.to);
      expect(count(drawMessages(scene), 'class="head ')).toBe(shown.length);
      expect(shown.length).toBeGreaterThan(5);
    }
  });

  test('of a long run that held has usual operations as bars with their time, and all messages of the others.', () => {
    const calm: PlanInput = {
      seed: 5,
      horizon: 6_000,
      faults: [{ type: 'crash', at: 3_000, node: 's2' }],
      workload: { clients: 2, requests: 60 },
    };
    const recording = recordingOf(calm);
    const scene = sceneOf(recording, {});
    const { from, to } = scene.window;
    expect(scene.usual.size).toBeGreaterThan(20);
    for (const operation of scene.usual) {
      expect(operation.outcome).toBe('ok');
      expect(operation.from <= 3_000_000 && operation.to >= 3_000_000).toBe(false);
      const { client } = operation;
      const own = scene.messages.filter((message) => message.from === client || message.to === client);
      expect(own.filter(({ sentAt }) => sentAt >= operation.from && sentAt <= operation.to)).toEqual([]);
    }
    const bars = scene.operations.filter((one) => scene.usual.has(one) && one.to <= to).length;
    expect(bars).toBeGreaterThan(5);
    const svg = spaceTimeSvg(recording);
    expect(svg.match(/>✓ [\d.]+ m?s</g)?.length).toBeGreaterThan(5);
    expect(svg).toMatch(/usual operations \(\d+ here\) are drawn without their messages/);
    const drawn = new Set(scene.messages.map(({ id }) => id));
    const leftOut = tellingMessages(messagesOf(recording), recording).filter(
      ({ id, sentAt }) => !drawn.has(id) && sentAt >= from && sentAt <= to,
    );
    expect(leftOut.length).toBeGreaterThan(20);
    for (const { fate, arrivals } of leftOut) {
      expect(fate).toBe('once');
      expect(arrivals.map(({ outcome }) => outcome)).toEqual(['taken']);
    }
    // What is asked for is drawn with everything, and so is what a judge ended.
    expect(sceneOf(recording, { around: { at: 3_000_000 } }).usual.size).toBe(0);
    for (const failed of FAILED) expect(sceneOf(failed, { events: 10 }).usual.size).toBe(0);
  });

  test('has no arrow that goes back in time.', () => {
    for (const recording of RUNS) {
      const drawn = drawMessages(sceneOf(recording, { events: 300 }));
      const lines = [...drawn.matchAll(/class="m[^"]*" d="M(\S+) (\S+)L(\S+) (\S+)"/g)];
      expect(lines.length).toBeGreaterThan(100);
      expect(lines.filter(([, , from, , to]) => Number(to) < Number(from))).toEqual([]);
    }
  });

  test('marks the violation, with judge, reason and event.', () => {
    for (const recording of FAILED) {
      const violation = recording.events.at(-1);
      if (violation?.type !== 'violated') throw new Error('the run must have failed');
      const svg = spaceTimeSvg(recording);
      expect(svg).toContain(`✕ ${violation.judge}`);
      expect(svg).toContain(violation.reason);
      expect(svg).toContain(`event ${violation.number}: ${violation.what}`);
      expect(svg).toContain('a rule was broken');
    }
  });

  test('says below the lanes who had promised, where the judge speaks of an epoch.', () => {
    const [recording] = FAILED;
    if (recording === undefined) throw new Error('there is a run');
    const svg = spaceTimeSvg(recording);
    const violation = recording.events.at(-1);
    const reason = violation?.type === 'violated' ? violation.reason : '';
    const epoch = / in epoch (\S+)/.exec(reason)?.[1];
    expect(svg).toContain(`✓ promised ${epoch}</text>`);
    expect(svg).toMatch(/✗ promised [^<]+<\/text>/);
  });

  test('of a long run begins shortly before its first fault, and shows where in the run that is.', () => {
    const [recording] = RUNS;
    if (recording === undefined) throw new Error('there is a run');
    const first = recording.events.find(({ type }) => type === 'fault')?.at ?? 0;
    const { window, messages } = sceneOf(recording, { events: 60 });
    const drawn = new Set(messages.map(({ id }) => id));
    const all = tellingMessages(messagesOf(recording), recording).map(({ id }) => id);
    // Messages of usual operations are not drawn, and do not count.
    const telling = new Set(all.filter((id) => drawn.has(id)));
    const rows = recording.events.filter((event) => isTelling(event, telling) && event.at >= window.from);
    const before = rows.filter(({ at }) => at < first).length;
    expect(window.before).toBeGreaterThan(0);
    expect(before).toBeGreaterThan(5);
    // Events of one instant stay together.
    expect(before).toBeLessThan(20);
    expect(spaceTimeSvg(recording, { events: 60 })).toContain('in the frame what is drawn below');
    expect(spaceTimeSvg(recording, { events: 100_000 })).not.toContain('in the frame what is drawn below');
  });

  test('does not tell that nodes meet each other as they start, and explains its signs at the end.', () => {
    const [recording] = RUNS;
    if (recording === undefined) throw new Error('there is a run');
    const svg = spaceTimeSvg(recording, { events: 100_000 });
    expect(svg).not.toMatch(/>meets s\d/);
    expect(svg.indexOf('thick: leads')).toBeLessThan(svg.indexOf('>s1</text>'));
    expect(svg.indexOf('idle, pressed together')).toBeGreaterThan(svg.lastIndexOf('>s1</text>'));
  });

  test('escapes what clients and nodes say.', () => {
    const said = '<script>alert("&")</script>\u0000';
    const recording = handTape(
      [
        ...BEGINNING,
        { type: 'called', at: 1, client: 'c1', operation: 1, text: said },
        sent(2, 1, 's1', 's2', { text: said }),
        arrived(3, 1),
        { type: 'note', at: 4, node: 's1', unit: 'events', note: 'suspects', text: said },
        { type: 'ended', at: 5, client: 'c1', operation: 1, outcome: 'ok', text: said },
        { type: 'violated', at: 6, judge: said, reason: said, what: said },
      ],
      { name: said },
    );
    const svg = spaceTimeSvg(recording);
    expect(whyMalformed(svg)).toBeUndefined();
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;alert(&quot;&amp;&quot;)');
  });

  test('crosses out what is lost, and lets wait what is held.', () => {
    expect(draw(sent(1_000, 1, 's1', 's2', { fate: 'cut' }))).toContain('lost: the link is cut');
    expect(count(draw(sent(1_000, 1, 's1', 's2', { fate: 'dropped' })), 'class="m lost log"')).toBe(1);
    const held = draw(
      sent(1_000, 1, 's1', 's2', { fate: 'waits' }),
      { type: 'released', at: 5_000, id: 1 },
      arrived(6_000, 1),
    );
    expect([count(held, 'm held log'), count(held, 'class="head log"')]).toEqual([1, 1]);
    const refused = draw(sent(1_000, 1, 's1', 's2'), arrived(2_000, 1, 'refused'));
    expect(count(refused, 'class="head log open"')).toBe(1);
  });

  test('shows only the groups and nodes it is asked for.', () => {
    const [recording] = RUNS;
    if (recording === undefined) throw new Error('there is a run');
    const svg = spaceTimeSvg(recording, { groups: ['users'], nodes: ['s1', 'f1'] });
    expect(svg).toContain('>s1</text>');
    expect(svg).not.toContain('>s2</text>');
    expect(svg).not.toMatch(/, events: (primary|secondary|candidate)/);
  });

  test('is laid around a time or an event, and says what it leaves out.', () => {
    const [recording] = RUNS;
    if (recording === undefined) throw new Error('there is a run');
    const middle = recording.events[Math.floor(recording.events.length / 2)];
    if (middle === undefined) throw new Error('something happened');
    for (const around of [{ at: middle.at }, { number: middle.number }]) {
      const { window } = sceneOf(recording, { around, events: 20 });
      expect(window.from).toBeLessThanOrEqual(middle.at);
      expect(window.to).toBeGreaterThanOrEqual(middle.at);
      expect(window.before + window.shown + window.after).toBeGreaterThan(100);
      expect(spaceTimeSvg(recording, { around, events: 20 })).toContain(`${window.before} events before and`);
    }
  });

  test('of a run without events is a sheet with a title.', () => {
    expect(whyMalformed(spaceTimeSvg(handTape([])))).toBeUndefined();
  });

  test('stands in the docs, for whoever reads before running.', () => {
    const svg = readFileSync('docs/start/space-time.svg', 'utf8');
    expect(whyMalformed(svg)).toBeUndefined();
    expect(svg).toContain('The primary dies in the middle of a purchase');
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});

const draw = (fact: Fact, ...more: readonly Fact[]): string =>
  drawMessages(sceneOf(handTape([...BEGINNING, fact, ...more, arrived(9_000, 99)]), {}));
