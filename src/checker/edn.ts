import type { Json } from '../protocol/model/json.ts';
import { canonical } from './canonical.ts';

/** A value with the line (from 1) on which it begins; the reason and the line where there is none. */
export type EdnForm =
  | { readonly type: 'form'; readonly value: Json; readonly line: number }
  | { readonly type: 'rejected'; readonly reason: string; readonly line: number };

/** How deep values may be nested, as for JSON. */
const DEPTH_AT_MOST = 100;

/**
 * The values of a text in EDN (extensible data notation, edn-format.org), one after the other. As JSON: keywords are
 * texts without their colon, symbols and characters texts, `nil` null, lists and vectors lists, sets sorted lists; keys of
 * maps are texts. Tags (`#inst`, `#jepsen.history.Op`) are left out, and so are discarded values and comments. A whole
 * number beyond 2^53 is its text. At the top level vectors and lists are entered: a history may stand in one.
 */
export function* ednForms(text: string): Generator<EdnForm, void, void> {
  const reader = createReader(text);
  let depth = 0;
  try {
    for (;;) {
      reader.skip();
      const { line } = reader;
      const next = reader.peek();
      if (next === '') {
        if (depth > 0) throw new Broken(`${depth} brackets are not closed`);
        return;
      }
      if (next === '[' || next === '(') {
        reader.take();
        depth += 1;
        if (depth > 2) throw new Broken('a history is a list of events');
      } else if ((next === ']' || next === ')') && depth > 0) {
        reader.take();
        depth -= 1;
      } else yield { type: 'form', value: reader.value(0), line };
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    yield { type: 'rejected', reason: error.message, line: reader.line };
  }
}

/** A single value; a reason where the text is none, or more. */
export function ednValue(
  text: string,
): { readonly type: 'decoded'; readonly value: Json } | { readonly type: 'rejected'; readonly reason: string } {
  const reader = createReader(text);
  try {
    reader.skip();
    const value = reader.value(0);
    reader.skip();
    if (reader.peek() !== '') throw new Broken(`${shown(reader.peek())} behind the value`);
    return { type: 'decoded', value };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { type: 'rejected', reason: error.message };
  }
}

/** What is no EDN; does not leave this file. */
class Broken extends Error {}

interface Reader {
  readonly line: number;
  /** Passes over white space, commas, comments and discarded values. */
  skip(): void;
  /** The next character; empty at the end. */
  peek(): string;
  take(): string;
  value(depth: number): Json;
}

function createReader(text: string): Reader {
  let at = 0;
  let line = 1;

  function peek(): string {
    return text[at] ?? '';
  }

  function take(): string {
    const next = peek();
    at += 1;
    if (next === '\n') line += 1;
    return next;
  }

  function skip(depth = 0): void {
    if (depth > DEPTH_AT_MOST) throw new Broken(`nested more than ${DEPTH_AT_MOST} deep`);
    for (;;) {
      const next = peek();
      if (next === ';') while (peek() !== '' && peek() !== '\n') take();
      else if (next === '#' && text[at + 1] === '_') {
        at += 2;
        skip(depth + 1);
        value(depth + 1);
      } else if (next !== '' && (next === ',' || /\s/.test(next))) take();
      else return;
    }
  }

  function value(depth: number): Json {
    if (depth > DEPTH_AT_MOST) throw new Broken(`nested more than ${DEPTH_AT_MOST} deep`);
    switch (peek()) {
      case '':
        throw new Broken('a value was expected, and the text ends');
      case '{':
        take();
        return mapOf(sequence('}', depth));
      case '[':
        take();
        return sequence(']', depth);
      case '(':
        take();
        return sequence(')', depth);
      case '"':
        take();
        return quoted();
      case '#':
        take();
        return dispatched(depth);
      case '\\':
        take();
        return character();
      case '}':
      case ']':
      case ')':
        throw new Broken(`${shown(peek())} closes nothing`);
      default:
        return atom(word());
    }
  }

  function sequence(end: string, depth: number): Json[] {
    const values: Json[] = [];
    for (;;) {
      skip(depth);
      if (peek() === end) {
        take();
        return values;
      }
      if (peek() === '') throw new Broken(`${shown(end)} is missing at the end`);
      values.push(value(depth + 1));
    }
  }

  function dispatched(depth: number): Json {
    if (peek() === '{') {
      take();
      return sequence('}', depth).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
    }
    // `##Inf` and `##NaN` are no JSON.
    if (peek() === '#') return `#${take()}${word()}`;
    word();
    skip(depth);
    return value(depth + 1);
  }

  function quoted(): string {
    let said = '';
    for (;;) {
      const next = take();
      if (next === '"') return said;
      if (next === '') throw new Broken('a text is not closed');
      said += next === '\\' ? escaped() : next;
    }
  }

  function escaped(): string {
    const next = take();
    if (next === 'u') return code();
    const meant = ESCAPES[next];
    if (meant === undefined) throw new Broken(`\\${next} is no escape`);
    return meant;
  }

  function code(): string {
    const digits = text.slice(at, at + 4);
    if (!/^[\da-fA-F]{4}$/.test(digits)) throw new Broken(`\\u wants four hexadecimal digits`);
    at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  function character(): string {
    const first = take();
    const name = first + (/[a-z]/i.test(first) ? word(true) : '');
    if (/^u[\da-fA-F]{4}$/.test(name)) return String.fromCharCode(Number.parseInt(name.slice(1), 16));
    const meant = name.length === 1 ? name : CHARACTERS[name];
    if (meant === undefined) throw new Broken(`${shown(`\\${name}`)} is no character`);
    return meant;
  }

  function word(mayBeEmpty = false): string {
    const from = at;
    while (peek() !== '' && !/[\s,;"\\()[\]{}]/.test(peek())) at += 1;
    if (at === from && !mayBeEmpty) throw new Broken(`${shown(peek())} was not expected`);
    return text.slice(from, at);
  }

  return {
    get line() {
      return line;
    },
    skip,
    peek,
    take,
    value,
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
};

const CHARACTERS: Readonly<Record<string, string>> = { newline: '\n', return: '\r', space: ' ', tab: '\t' };

function mapOf(values: readonly Json[]): Json {
  if (values.length % 2 === 1) throw new Broken('a map has a key without a value');
  const pairs: [string, Json][] = [];
  for (let place = 0; place < values.length; place += 2) {
    const key = values[place] ?? null;
    pairs.push([typeof key === 'string' ? key : canonical(key), values[place + 1] ?? null]);
  }
  return Object.fromEntries(pairs);
}

function atom(written: string): Json {
  if (written === 'nil') return null;
  if (written === 'true' || written === 'false') return written === 'true';
  if (written.startsWith(':')) {
    if (written.length === 1) throw new Broken('a keyword has a name');
    return written.slice(1);
  }
  if (!/^[+-]?\d/.test(written)) return written;
  if (/^[+-]?\d+N?$/.test(written)) {
    const number = Number(written.replace('N', ''));
    return Number.isSafeInteger(number) ? number : written;
  }
  if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(written)) {
    const number = Number(written.replace('M', ''));
    return Number.isFinite(number) ? number : written;
  }
  if (/^[+-]?\d+\/\d+$/.test(written)) return written;
  throw new Broken(`${shown(written)} is no number`);
}

/** At most so much of what is wrong. */
function shown(written: string): string {
  return JSON.stringify(written.length > 40 ? `${written.slice(0, 40)}…` : written);
}
