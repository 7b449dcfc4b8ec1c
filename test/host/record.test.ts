import { describe, expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { hostDigest } from '../../src/host/digest.ts';
import type { HostInput } from '../../src/host/host-io.ts';
import { decodeHeader, decodeStep, type RecordHeader } from '../../src/host/record.ts';
import { createReplay, type Difference } from '../../src/host/replay.ts';
import { recordedCluster, recordedOf } from '../support/host/recorded-cluster.ts';

describe('The record of a process', () => {
  const nodes = recordedCluster();

  it.each(['s1', 's2', 'f1'])('lets %s be executed again, to the same actions and the same state', (node) => {
    const { lines, host } = recordedOf(nodes, node);
    const replay = createReplay(headerIn(lines), tickets);
    expect(firstDifference(lines, replay)).toBeUndefined();
    expect(replay.counts()).toEqual({ steps: lines.length - 1, states: lines.length - 1 });
    expect(hostDigest(replay.host())).toBe(hostDigest(host));
  });

  it('holds what only persistent values can say: a full copy and a recovered snapshot', () => {
    const text = recordedOf(nodes, 's2').lines.join('\n');
    expect(text).toContain('"type":"install"');
    expect(text).toContain('$map');
  });

  it('shows the step at which one number of one message was changed', () => {
    const { lines } = recordedOf(nodes, 's2');
    const place = lines.findIndex((line) => line.includes('"type":"append"') && line.includes('"tickets":1'));
    const tampered = lines.with(place, lines[place]?.replace('"tickets":1', '"tickets":7') ?? '');
    expect(tampered[place]).not.toBe(lines[place]);
    const difference = firstDifference(tampered, createReplay(headerIn(lines), tickets));
    expect(difference).toMatchObject({ step: place, input: { type: 'envelope' } });
  });

  it('shows a step whose time was changed, and one that is missing', () => {
    const { lines } = recordedOf(nodes, 's1');
    const place = lines.findIndex((line) => line.includes('"type":"wake"'));
    const [, millis = ''] = /^\[\d+,([\d.]+),/.exec(lines[place] ?? '') ?? [];
    const late = lines.with(place, (lines[place] ?? '').replace(`,${millis},`, `,${Number(millis) + 10_000},`));
    expect(firstDifference(late, createReplay(headerIn(lines), tickets))?.step).toBe(place);
    const without = lines.toSpliced(place, 1);
    expect(firstDifference(without, createReplay(headerIn(lines), tickets))).toMatchObject({
      step: place + 1,
      what: 'sequence',
    });
  });

  it('ends with the step that threw, and throws there again', () => {
    const { header } = recordedOf(nodes, 's1');
    const input: HostInput = { type: 'written', unit: 'events' };
    const step = { number: 1, now: { millis: 1, wall: 1, chance: 0 }, input, state: undefined };
    expect(createReplay(header, tickets).take({ ...step, actions: null })).toBeUndefined();
    expect(createReplay(header, tickets).take({ ...step, actions: 5 })).toMatchObject({ step: 1, what: 'throws' });
  });

  it.each([
    ['', 'a step is a list of eight'],
    ['[1,2,3]', 'a step is a list of eight'],
    ['["1",2,3,0,5,null,false,{"type":"wake"}]', 'a step begins with its number, its moment and its digests'],
    ['[1,2,3,0,"5",null,false,{"type":"wake"}]', 'a step begins with its number, its moment and its digests'],
    ['[1,2,3,0,5,null,false,{}]', 'a step without an input'],
  ])('does not take %s for a step', (text, reason) => {
    const decoded = decodeStep(text === '' ? '{}' : text);
    expect(decoded).toEqual({ type: 'rejected', reason });
  });

  it.each([
    ['{}', 'not the record of a process'],
    ['{"understudy":"record","version":2}', 'a record of format 2; this version reads format 3'],
    ['{"understudy":"record","version":3}', 'a header without service, incarnation or plan'],
  ])('does not take %s for a header', (text, reason) => {
    expect(decodeHeader(text)).toEqual({ type: 'rejected', reason });
  });
});

function headerIn([line = '']: readonly string[]): RecordHeader {
  const decoded = decodeHeader(line);
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return decoded.value;
}

function firstDifference(lines: readonly string[], replay: ReturnType<typeof createReplay>): Difference | undefined {
  for (const line of lines.slice(1)) {
    const step = decodeStep(line);
    if (step.type === 'rejected') throw new Error(step.reason);
    const difference = replay.take(step.value);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
