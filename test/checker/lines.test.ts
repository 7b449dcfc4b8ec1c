import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check, firstIllegal, MODELS, readLines } from '../../src/apps/check.ts';

function read(lines: readonly string[], key?: string): ReturnType<typeof readLines> {
  return readLines(lines.join('\n'), key === undefined ? {} : { key });
}

function parts(lines: readonly string[], key?: string): readonly string[] {
  const history = read(lines, key);
  if (history.type === 'rejected') throw new Error(history.reason);
  const { register } = MODELS;
  const result = register === undefined ? undefined : check(register, history.value);
  return result?.type === 'checked' ? result.parts.map(({ name, verdict }) => `${name} ${verdict}`.trim()) : [];
}

const INVOKE = '{"process":0,"type":"invoke","f":"write","value":1}';

describe('reading', () => {
  test('passes over blank lines, carriage returns, the nemesis, and fields nobody asked for', () => {
    const history = read([
      '',
      `${INVOKE}\r`,
      '{"process":"nemesis","type":"info","f":"start"}',
      '{"process":":nemesis","type":"info","f":":stop"}',
      '   ',
      '{"process":0,"type":"ok","f":"write","value":1,"time":12,"index":3}',
      '',
    ]);
    expect(history).toMatchObject({ type: 'decoded', value: { events: 2 } });
    expect(history.type === 'decoded' && history.value.lineOf?.(1)).toBe(6);
  });

  test.each([
    ['not JSON', ['{"process":0'], 1, 'not JSON: one JSON object on a line'],
    ['no object', ['[]'], 1, 'an event was expected: an object, or a map'],
    ['no process', ['{"type":"invoke","f":"read"}'], 1, 'process'],
    ['a fraction of a process', ['{"process":0.5,"type":"invoke","f":"read"}'], 1, 'process'],
    ['a type nobody knows', ['{"process":0,"type":"done","f":"read"}'], 1, 'type'],
    ['no f', ['{"process":0,"type":"invoke"}'], 1, 'f: a text'],
    ['a return without a call', ['', '{"process":0,"type":"ok","f":"read"}'], 2, 'nothing under way'],
    ['two calls at once', [INVOKE, INVOKE], 2, 'while its "write" is under way'],
    [
      'two returns of one call',
      [INVOKE, '{"process":0,"type":"ok"}', '{"process":0,"type":"ok"}'],
      3,
      'nothing under way',
    ],
    [
      'a return of something else',
      [INVOKE, '{"process":0,"type":"ok","f":"read"}'],
      2,
      'called "write", and "read" returns',
    ],
    ['a return with another key', [INVOKE, '{"process":0,"type":"ok","key":1}'], 2, 'another key'],
    [
      'values nested too deep',
      [`{"process":0,"type":"invoke","f":"write","value":${'['.repeat(500)}${']'.repeat(500)}}`],
      1,
      'nested',
    ],
    ['a number beyond all', ['{"process":0,"type":"invoke","f":"write","value":1e999}'], 1, 'nested at most'],
  ])('says on which line it found %s', (_, lines, line, reason) => {
    expect(read(lines)).toMatchObject({ type: 'rejected', line });
    expect(read(lines)).toHaveProperty('reason', expect.stringContaining(reason));
  });

  test('is total: whatever a line is, it is read or refused', () => {
    const field = fc.oneof(fc.constantFrom('invoke', 'ok', 'info', 'read', 'write', 'nemesis'), fc.jsonValue());
    const event = fc.record(
      { process: field, type: field, f: field, value: fc.jsonValue(), key: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            event.map((one) => JSON.stringify(one)),
            fc.string(),
          ),
        ),
        fc.option(fc.string(), { nil: undefined }),
        (lines, key) => {
          expect(read(lines, key).type).toMatch(/^(decoded|rejected)$/);
        },
      ),
    );
  });
});

describe('keys', () => {
  const [one, two] = ['a', 'b'];

  test('part a history into objects that are checked by themselves', () => {
    const lines = [one, two].flatMap((key) => [
      `{"process":"${key}","type":"invoke","f":"read","key":"${key}"}`,
      `{"process":"${key}","type":"ok","f":"read","value":${key === 'a' ? 'null' : '5'}}`,
    ]);
    expect(parts(lines)).toEqual(['"a" ok', '"b" illegal']);
  });

  test('may stand in a field of the event, in one of the value, or first in a pair', () => {
    const inEvent = [
      '{"process":0,"type":"invoke","f":"write","value":1,"row":7}',
      '{"process":0,"type":"ok","f":"write","row":7}',
    ];
    expect(parts(inEvent, 'row')).toEqual(['7 ok']);
    const inValue = [
      '{"process":0,"type":"invoke","f":"write","value":{"row":7,"value":1}}',
      '{"process":0,"type":"ok","f":"write"}',
      '{"process":0,"type":"invoke","f":"read","value":{"row":7}}',
      '{"process":0,"type":"ok","f":"read","value":{"row":7,"value":1}}',
    ];
    expect(parts(inValue, 'row')).toEqual(['7 ok']);
    const inPair = [
      '{"process":0,"type":"invoke","f":"cas","value":[7,[1,2]]}',
      '{"process":0,"type":"fail","f":"cas","value":[7,[1,2]]}',
      '{"process":0,"type":"invoke","f":"read","value":[7,null]}',
      '{"process":0,"type":"ok","f":"read","value":[7,2]}',
    ];
    expect(parts(inPair, '0')).toEqual(['7 illegal']);
  });

  test('that were asked for and are missing are an error', () => {
    expect(read([INVOKE], 'row')).toMatchObject({
      type: 'rejected',
      line: 1,
      reason: 'no field "row" in the event or in its value',
    });
  });

  test('of several illegal objects the one whose beginning ends first is shown', () => {
    const lines = ['b', 'a'].flatMap((key) => [
      `{"process":"${key}","type":"invoke","f":"read","key":"${key}"}`,
      `{"process":"${key}","type":"ok","f":"read","value":5}`,
    ]);
    const history = read(lines);
    const { register } = MODELS;
    if (history.type === 'rejected' || register === undefined) throw new Error('a history was expected');
    const result = check(register, history.value);
    expect(result.type === 'checked' && firstIllegal(result.parts)?.name).toBe('"b"');
  });
});

describe('a model', () => {
  test.each([
    ['register', '{"process":0,"type":"invoke","f":"delete","value":1}', 'a register knows no "delete"'],
    ['register', '{"process":0,"type":"invoke","f":"cas","value":[1]}', 'the value of a cas is [from, to]'],
    ['tickets', '{"process":0,"type":"invoke","f":"read","value":1}', 'tickets know no "read"'],
    ['tickets', '{"process":0,"type":"invoke","f":"purchase","value":{"eventid":0}}', 'purchase: '],
    ['bazaar', '{"process":0,"type":"invoke","f":"buy","value":1}', 'a bazaar knows no "buy"'],
  ])('%s says what it does not know', (name, line, reason) => {
    const history = read([line]);
    const model = MODELS[name];
    if (history.type === 'rejected' || model === undefined) throw new Error('a history was expected');
    expect(check(model, history.value)).toMatchObject({ type: 'rejected', operation: { number: 0 } });
    expect(check(model, history.value)).toHaveProperty('reason', expect.stringContaining(reason));
  });
});
