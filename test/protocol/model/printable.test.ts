import { expect, test } from 'vitest';
import { printable, printableIn, printableLines } from '../../../src/protocol/model/printable.ts';

test.each([
  ['\u001b[2J\u001b]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
  ['s1\r\nall is well', 's1\\u000d\\u000aall is well'],
  ['\u009b31m', '\\u009b31m'],
  ['a\u202eb', 'a\\u202eb'],
  ['täglich …', 'täglich …'],
])('What a terminal would obey is shown instead: %j', (text, shown) => expect(printable(text)).toBe(shown));

test('Lines and tabs of a text of several lines stay', () => {
  expect(printableLines('one\n\ttwo\u001b[1m\r')).toBe('one\n\ttwo\\u001b[1m\\u000d');
});

test('Every text in an answer is made printable, names of fields included', () => {
  const said = { 'a\u0007': ['\u001b[1m', 7, null, { b: 'c\n' }] };
  expect(printableIn(said)).toEqual({ 'a\\u0007': ['\\u001b[1m', 7, null, { b: 'c\\u000a' }] });
});
