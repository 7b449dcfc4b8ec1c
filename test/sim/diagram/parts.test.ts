import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fit, widthOf, wrap } from '../../../src/drawing/text.ts';
import { element, escapeXml } from '../../../src/drawing/xml.ts';
import { epochClasses, styleSheet } from '../../../src/sim/diagram/colours.ts';
import { faultsOf } from '../../../src/sim/diagram/faults.ts';
import { lanesOf } from '../../../src/sim/diagram/lanes.ts';
import { messagesOf, tellingMessages } from '../../../src/sim/diagram/messages.ts';
import { createRoom } from '../../../src/sim/diagram/room.ts';
import { livesOf, operationsOf, rolesOf, writesOf } from '../../../src/sim/diagram/spans.ts';
import { arrived, BEGINNING, type Fact, handTape, sent } from '../../support/sim/small-recording.ts';
import { whyMalformed } from '../../support/sim/well-formed.ts';

/** Anything, control characters and halves of characters included. */
const hostile = fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) });

describe('markup', () => {
  test('escapes what has a meaning of its own.', () => {
    expect(escapeXml('a < b && "c" > d')).toBe('a &lt; b &amp;&amp; &quot;c&quot; &gt; d');
    expect(escapeXml('\u0000\uD800x\uFFFF')).toBe('\uFFFD\uFFFDx\uFFFD');
    expect(escapeXml('😀')).toBe('😀');
  });

  test('is well-formed whatever is said.', () => {
    fc.assert(
      fc.property(hostile, (said) => {
        const made = element('g', { id: said, x: 1.26 }, element('text', {}, escapeXml(said)));
        expect(whyMalformed(made)).toBeUndefined();
      }),
    );
    expect(whyMalformed('<g><text>a & b</text></g>')).toBeDefined();
    expect(whyMalformed('<g><text></g></text>')).toBeDefined();
    expect(whyMalformed('<g a="1" a="2"/>')).toBeDefined();
  });

  test('has numbers with one place, and leaves out what is undefined.', () => {
    expect(element('path', { x: 1.26, y: 2, z: undefined })).toBe('<path x="1.3" y="2"/>');
  });
});

describe('room', () => {
  test('is given once.', () => {
    const box = fc.record({
      x: fc.integer({ min: 0, max: 300 }),
      y: fc.integer({ min: -100, max: 300 }),
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(box, { maxLength: 40 }), (boxes) => {
        const room = createRoom();
        const given: Box[] = [];
        for (const one of boxes) {
          const isFree = !given.some((other) => touches(one, other));
          expect(room.take(one)).toBe(isFree);
          if (isFree) given.push(one);
        }
      }),
    );
  });

  test('is as wide as its words, or cuts them.', () => {
    expect(fit('short', 10, 100)).toBe('short');
    const cut = fit('a rather long sentence', 10, 60);
    expect(cut).toMatch(/^a rat.*…$/);
    expect(widthOf(cut, 10)).toBeLessThanOrEqual(60);
    expect(fit('anything', 10, 3)).toBe('');
  });

  test('breaks long texts between words.', () => {
    expect(wrap('one two three', 10, widthOf('one two', 10))).toEqual(['one two', 'three']);
  });
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('colours', () => {
  test('differ from epoch to epoch and, at first, from group to group.', () => {
    const events = epochClasses(['1.s3', '1.s3', '2.s2'], 0, 2);
    const users = epochClasses(['1.s1'], 1, 2);
    expect([...events]).toEqual([
      ['none', 'e'],
      ['1.s3', 'e0'],
      ['2.s2', 'e2'],
    ]);
    expect(users.get('1.s1')).toBe('e1');
  });

  test('are there for light ground and for dark.', () => {
    expect(styleSheet()).toContain('prefers-color-scheme: dark');
  });
});

describe('lanes', () => {
  test('stand in order: clients by number, front ends, servers; each with a stripe for what it runs.', () => {
    const recording = handTape(BEGINNING, { clients: ['c10', 'p1', 'c2'] });
    const { lanes, xOf } = lanesOf(recording, ['s1', 's3', 'f1', 'c2', 'c10', 'p1'], ['events'], 0, 600);
    expect(lanes.map((lane) => lane.name)).toEqual(['c2', 'c10', 'p1', 'f1', 's1', 's3']);
    expect(lanes.map((lane) => lane.units)).toEqual([[], [], [], ['front-end'], ['events'], ['events']]);
    expect(lanes.every((lane, place) => place === 0 || lane.x > (lanes[place - 1]?.x ?? 0))).toBe(true);
    expect(lanes.map((lane) => xOf(lane, 'events'))).toEqual(lanes.map((lane) => lane.x));
  });
});

describe('messages', () => {
  test('have one arrival for each copy, and none for what a paused process takes later.', () => {
    const recording = handTape([
      ...BEGINNING,
      sent(1_000, 1, 's1', 's2', { fate: 'twice' }),
      { type: 'paused', at: 1_500, node: 's2' },
      arrived(2_000, 1, 'paused'),
      { type: 'resumed', at: 3_000, node: 's2' },
      arrived(3_000, 1),
      arrived(4_000, 1),
    ]);
    expect(messagesOf(recording).map(({ arrivals }) => arrivals)).toEqual([
      [
        { at: 2_000, outcome: 'paused' },
        { at: 4_000, outcome: 'taken' },
      ],
    ]);
  });

  test('know when the link that held them was released.', () => {
    const held = [sent(1_000, 1, 's1', 's2', { fate: 'waits' }), { type: 'released', at: 9_000, id: 1 } as const];
    expect(messagesOf(handTape([...held, arrived(9_500, 1)]))).toMatchObject([
      { sentAt: 1_000, releasedAt: 9_000, arrivals: [{ at: 9_500, outcome: 'taken' }] },
    ]);
  });

  test('of the routine tell something only where their fate changes.', () => {
    const beats = [1, 2, 3, 4, 5, 6].map((id) =>
      sent(id * 1_000, id, 's1', 's2', { kind: 'heartbeat', fate: id === 3 || id === 4 ? 'cut' : 'once' }),
    );
    const recording = handTape([...beats, sent(7_000, 7, 's1', 's2')]);
    expect(tellingMessages(messagesOf(recording), recording).map(({ id }) => id)).toEqual([3, 5, 7]);
  });

  test('that say nobody is there are told once for each death.', () => {
    const recording = handTape([death(1), refusal(2, 1), refusal(3, 2), death(4), refusal(5, 3)]);
    expect(tellingMessages(messagesOf(recording), recording).map(({ id }) => id)).toEqual([1, 3]);
  });
});

describe('spans', () => {
  const crash: Fact = { type: 'crashed', at: 5_000, node: 's1' };

  test('of lives, roles and writes end with the crash.', () => {
    const recording = handTape([
      ...BEGINNING,
      { type: 'writes', at: 4_000, node: 's1', group: 'events', records: 2 },
      crash,
    ]);
    expect(livesOf(recording)[0]).toMatchObject({ node: 's1', from: 0, to: 5_000, ends: 'crash' });
    expect(rolesOf(recording)[0]).toMatchObject({ node: 's1', role: 'primary', from: 0, to: 5_000 });
    expect(writesOf(recording)).toMatchObject([{ from: 4_000, to: 5_000, isDurable: false }]);
  });

  test('of operations know how they ended, and that some have not.', () => {
    const ended: Fact = { type: 'ended', at: 9, client: 'c1', operation: 1, outcome: 'refused', text: '400 no' };
    const recording = handTape([called(1, 'c1'), called(2, 'c2'), ended]);
    expect(operationsOf(recording).map(({ client, outcome, to }) => [client, outcome, to])).toEqual([
      ['c1', 'refused', 9],
      ['c2', 'under way', 9],
    ]);
  });

  test('of faults last until what ends them: that name, those nodes, or the end of all faults.', () => {
    const recording = handTape([
      fault(1, 'partition', 'a'),
      fault(2, 'slow-disk'),
      fault(3, 'heal', 'b'),
      fault(4, 'crash'),
      fault(5, 'fast-disk'),
      { type: 'healed', at: 9, broken: [], text: 'all' },
    ]);
    expect(faultsOf(recording).map(({ title, from, to }) => [title, from, to])).toEqual([
      ['partition s1 | s2 s3', 1, 9],
      ['slow-disk s1', 2, 5],
      ['heal b', 3, 3],
      ['crash s1', 4, 4],
      ['fast-disk s1', 5, 5],
    ]);
  });
});

const refusal = (at: number, id: number): Fact => sent(at, id, 's3', 's1', { kind: 'refused', fromUnit: '', unit: '' });

const death = (at: number): Fact => ({ type: 'crashed', at, node: 's3' });

const called = (at: number, client: string): Fact => ({ type: 'called', at, client, operation: at, text: 'GET /' });

const fault = (at: number, type: 'partition' | 'heal' | 'slow-disk' | 'fast-disk' | 'crash', name?: string): Fact => ({
  type: 'fault',
  at,
  fault: type,
  name,
  nodes: type === 'heal' ? [] : ['s1'],
  others: type === 'partition' ? ['s2', 's3'] : [],
  oneWay: false,
  text: '{}',
});
