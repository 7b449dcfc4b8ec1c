import type { Json } from '../protocol/model/json.ts';
import { decode, isObject, json, parseJson } from '../protocol/wire/decode.ts';
import { canonical, isArray } from './canonical.ts';
import { type HistoryEvent, historyOf } from './events.ts';
import type { History } from './operation.ts';

/** A history, or the wrong line (from 1) and the reason. */
export type ReadHistory =
  | { readonly type: 'decoded'; readonly value: History }
  | { readonly type: 'rejected'; readonly line: number; readonly reason: string };

export interface LineOptions {
  /**
   * The field with the object of an operation: of the event, or else of its value; the rest of the value, or its own
   * `value`, is then the value. `0` is for values of the form `[key, value]`. Default: `key`, where an event has it.
   */
  readonly key?: string;
}

/** The greatest length of a line, in UTF-16 units. */
const LINE_AT_MOST = 1_000_000;

/**
 * Reads a history from JSON lines, an event each, in real-time order; docs/reference/checker.md has the format. Blank
 * lines and the events of a process called `nemesis` are skipped.
 */
export function readLines(text: string, options: LineOptions = {}): ReadHistory {
  const events: HistoryEvent[] = [];
  const lines: number[] = [];
  let line = 0;
  for (const written of text.split('\n')) {
    line += 1;
    if (written.trim() === '') continue;
    const event = eventOf(written, options.key);
    if (typeof event === 'string') return { type: 'rejected', line, reason: event };
    if (event === undefined) continue;
    events.push(event);
    lines.push(line);
  }
  const history = historyOf(events);
  if (history.type === 'rejected') return { ...history, line: lines[history.place] ?? line };
  return { type: 'decoded', value: { ...history.value, lineOf: (place) => lines[place] ?? line } };
}

/** The event on a line; a reason if it is none; undefined for an event of the nemesis. */
function eventOf(written: string, keyField: string | undefined): HistoryEvent | string | undefined {
  const parsed = parseJson(written, LINE_AT_MOST);
  if (parsed.type === 'rejected') return `${parsed.reason}: one JSON object on a line was expected`;
  const decoded = decode(json, parsed.value, 'the event');
  if (decoded.type === 'rejected') return decoded.reason;
  const event = decoded.value;
  if (!isObject(event)) return 'one JSON object on a line was expected';
  const { process, type, f } = event;
  // A keyword of EDN keeps its colon in some exports.
  if (process === 'nemesis' || process === ':nemesis') return undefined;
  const name = typeof process === 'number' && Number.isSafeInteger(process) ? String(process) : process;
  if (typeof name !== 'string') return 'process: a whole number or a text was expected';
  if (type !== 'invoke' && type !== 'ok' && type !== 'fail' && type !== 'info') {
    return 'type: one of invoke, ok, fail, info was expected';
  }
  if (f === undefined ? type === 'invoke' : typeof f !== 'string') return 'f: a text was expected';
  const keyed = keyOf(event, keyField, type);
  if (typeof keyed === 'string') return keyed;
  return { process: name, type, f: typeof f === 'string' ? f : undefined, ...keyed };
}

type Keyed = { readonly key: Json | undefined; readonly value: Json | undefined };

function keyOf(event: Fields, field: string | undefined, type: HistoryEvent['type']): Keyed | string {
  const { value } = event;
  if (field === undefined) return { key: event['key'], value };
  if (Object.hasOwn(event, field)) return { key: event[field], value };
  const split = value === undefined ? undefined : splitKey(value, field);
  if (split !== undefined) return split;
  // The value of a completion without a result is ignored.
  if (type === 'info' || type === 'fail' || (type === 'ok' && value === undefined)) return { key: undefined, value };
  return `no field ${JSON.stringify(field)} in the event or in its value`;
}

/** A value with its key, taken apart. */
function splitKey(value: Json, field: string): Keyed | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (isArray(value)) {
    return field === '0' && value.length === 2 ? { key: value[0], value: value[1] } : undefined;
  }
  const { [field]: key, ...rest } = value;
  if (key === undefined) return undefined;
  const isAlone = Object.keys(rest).length === 1 && Object.hasOwn(rest, 'value');
  return { key, value: isAlone ? rest['value'] : rest };
}

type Fields = { readonly [key: string]: Json };

/** An event as a line that `readLines` reads, without the line's end. */
export function lineOf(event: HistoryEvent): string {
  const { process, type, f, value, key } = event;
  const shownKey = key === undefined ? '' : `,"key":${canonical(key)}`;
  const number = /^(0|[1-9]\d{0,14})$/.test(process) ? process : JSON.stringify(process);
  return `{"process":${number},"type":"${type}","f":${JSON.stringify(f ?? '')},"value":${canonical(value ?? null)}${shownKey}}`;
}
