import type { Json } from '../protocol/model/json.ts';
import { isObject } from '../protocol/wire/decode.ts';
import { isArray } from './canonical.ts';
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

/** Events at most: a longer history is refused. */
const EVENTS_AT_MOST = 2_000_000;

/** Events with their lines, and the history that they make. */
export function collector(): {
  /** The reason why it is no event, or one too many; undefined is passed over. */
  add(event: HistoryEvent | string | undefined, line: number): string | undefined;
  history(): ReadHistory;
} {
  const events: HistoryEvent[] = [];
  const lines: number[] = [];
  return {
    add(event, line) {
      if (typeof event === 'string') return event;
      if (event === undefined) return undefined;
      if (events.length >= EVENTS_AT_MOST) return `a history has at most ${EVENTS_AT_MOST} events`;
      events.push(event);
      lines.push(line);
      return undefined;
    },
    history() {
      const history = historyOf(events);
      const last = lines.at(-1) ?? 1;
      if (history.type === 'rejected') return { ...history, line: lines[history.place] ?? last };
      return { type: 'decoded', value: { ...history.value, lineOf: (place) => lines[place] ?? last } };
    },
  };
}

/** The event that a value is; a reason if it is none; undefined for an event of the nemesis. */
export function eventOf(event: Json, keyField: string | undefined): HistoryEvent | string | undefined {
  if (!isFields(event)) return 'an event was expected: an object, or a map';
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

function isFields(value: Json): value is Fields {
  return isObject(value) && !isArray(value);
}
