import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ednForms, ednValue } from '../../src/checker/edn.ts';
import { formatOf, readHistory } from '../../src/checker/index.ts';

/** A register's history as Jepsen writes it: maps with tags, times and a nemesis, in one vector. */
const JEPSEN = `[#jepsen.history.Op{:index 0, :time 3291485317, :type :invoke, :process 0, :f :write, :value 3}
 {:index 1, :time 3296209422, :type :ok, :process 0, :f :write, :value 3}
 {:index 2 :type :info :process :nemesis :f :start :value "Cut off {\\"n1\\" #{\\"n2\\"}}"}
 {:index 3, :type :invoke, :process 1, :f :cas, :value [3 4], :error [:unknown "x"]}
 {:index 4, :type :info, :process 1, :f :cas, :value [3 4]} ; nothing is known
 #_ {:index 5, :type :ok, :process 1}
 {:index 6, :type :invoke, :process 2, :f :read, :value nil}
 {:index 7, :type :ok, :process 2, :f :read, :value 4}]
`;

const PORCUPINE = `{:process 0, :type :invoke, :f :append, :key "1", :value "x 0 0 y"}
{:process 1, :type :invoke, :f :get, :key "1", :value nil}
{:process 0, :type :ok, :f :append, :key "1", :value "x 0 0 y"}
{:process 1, :type :ok, :f :get, :key "1", :value "x 0 0 y"}
`;

const LOG = `INFO  jepsen.os.debian - setting up
INFO  jepsen.util - 4\t:invoke\t:cas\t[2 4]
INFO  jepsen.util - 4\t:info\t:cas\t:timed-out
2026-01-01 00:00:00,000{GMT}\tINFO\t[jepsen worker 0] jepsen.util: 0\t:invoke\t:read\tnil
2026-01-01 00:00:00,001{GMT}\tINFO\t[jepsen worker 0] jepsen.util: 0\t:ok\t:read\t4
INFO  jepsen.util - :nemesis\t:info\t:start\t"cut off"
`;

function saying(text: string): unknown {
  return expect.stringContaining(text);
}

describe('a history', () => {
  test('in Jepsen’s form is read with its lines', () => {
    const read = readHistory(JEPSEN);
    if (read.type === 'rejected') throw new Error(read.reason);
    expect(read.value.operations.map(({ f, input, outcome }) => [f, input, outcome])).toEqual([
      ['write', 3, { type: 'ok', value: 3 }],
      ['cas', [3, 4], { type: 'unknown' }],
      ['read', null, { type: 'ok', value: 4 }],
    ]);
    expect([0, 2, 5].map((place) => read.value.lineOf?.(place))).toEqual([1, 4, 8]);
  });

  test('in Porcupine’s form has keys', () => {
    const read = readHistory(PORCUPINE);
    if (read.type === 'rejected') throw new Error(read.reason);
    expect(read.value.operations.map(({ key, outcome }) => [key, outcome])).toEqual([
      ['1', { type: 'ok', value: 'x 0 0 y' }],
      ['1', { type: 'ok', value: 'x 0 0 y' }],
    ]);
  });

  test('in a log of Jepsen is found among other lines', () => {
    const read = readHistory(LOG);
    if (read.type === 'rejected') throw new Error(read.reason);
    expect(read.value.operations.map(({ process, f, input }) => [process, f, input])).toEqual([
      ['4', 'cas', [2, 4]],
      ['0', 'read', null],
    ]);
    expect(read.value.lineOf?.(3)).toBe(5);
  });

  test('with Jepsen’s independent keys is parted by --key 0', () => {
    const read = readHistory('{:process 0 :type :invoke :f :write :value [7 1]} {:process 0 :type :ok :f :write}', {
      key: '0',
    });
    if (read.type === 'rejected') throw new Error(read.reason);
    expect(read.value.operations.map(({ key, input }) => [key, input])).toEqual([[7, 1]]);
  });

  test.each([
    ['json', '{"process":0,"type":"invoke","f":"read"}'],
    ['json', '\n  { "process":0}'],
    ['edn', '; a history\n  { :process 0}'],
    ['edn', '({:process 0})'],
    ['edn', '#jepsen.history.Op{:process 0}'],
    ['log', LOG],
    ['json', ''],
  ])('is taken for %s by its beginning: %s', (format, text) => {
    expect(formatOf(text)).toBe(format);
  });

  test.each([
    ['is cut off', JEPSEN.slice(0, 140), 2, 'not EDN: "}" is missing at the end'],
    ['has a bracket too many', `${PORCUPINE}}`, 5, 'not EDN: "}" closes nothing'],
    ['is a vector that does not end', '[{:process 0 :type :ok}\n', 2, 'not EDN: 1 brackets are not closed'],
    ['has a key without a value', '\n{:process}', 2, 'not EDN: a map has a key without a value'],
    ['is nested without end', `{:value ${'['.repeat(200_000)}`, 1, 'not EDN: nested more than 100 deep'],
    ['discards without end', `{:value ${'#_'.repeat(200_000)}`, 1, 'not EDN: nested more than 100 deep'],
    ['is vectors without end', '['.repeat(200_000), 1, 'not EDN: a history is a list of events'],
    ['has a text without end', '{:value "abc', 1, 'not EDN: a text is not closed'],
    ['has an event that is none', '[3]', 1, 'an event was expected'],
    ['has no type', '{:process 0, :type :maybe}', 1, 'type: one of invoke, ok, fail, info was expected'],
    ['has a wrong number', '{:process 0x1}', 1, 'not EDN: "0x1" is no number'],
  ])('that %s is refused with line and reason', (_, text, line, reason) => {
    expect(readHistory(text)).toMatchObject({ type: 'rejected', line, reason: saying(reason) });
  });
});

describe('EDN', () => {
  test.each([
    ['nil', null],
    ['-3', -3],
    ['1.5e3', 1500],
    ['12345678901234567890N', '12345678901234567890N'],
    ['3/4', '3/4'],
    ['##Inf', '##Inf'],
    [':a/b', 'a/b'],
    ['sym.bol', 'sym.bol'],
    ['\\a', 'a'],
    ['\\newline', '\n'],
    ['"a\\n\\u00e9"', 'a\né'],
    ['#{3 1 2}', [1, 2, 3]],
    ['{:a {1 [true]}, "b" nil}', { a: { 1: [true] }, b: null }],
    ['#inst "2026-01-01"', '2026-01-01'],
    ['(1, 2 #_ 3)', [1, 2]],
  ])('%s is %j', (text, value) => {
    expect(ednValue(text)).toEqual({ type: 'decoded', value });
  });

  test('has no prototypes to give away', () => {
    const decoded = ednValue('{:__proto__ {:polluted true}}');
    expect(decoded).toMatchObject({ type: 'decoded' });
    expect(Object.getPrototypeOf(decoded.type === 'decoded' ? decoded.value : null)).toBe(Object.prototype);
  });

  test('is read or refused, whatever it is', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '#',
      '#{',
      '#_',
      '"',
      '\\',
      ':',
      ';',
      '\n',
      ' ',
      'nil',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 30 });
    fc.assert(
      fc.property(text, (written) => {
        const forms = [...ednForms(written.join(''))];
        expect(forms.slice(0, -1).every(({ type }) => type !== 'rejected')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
