import { decode, json, parseJson } from '../protocol/wire/decode.ts';
import { canonical } from './canonical.ts';
import { collector, eventOf, type LineOptions, type ReadHistory } from './event-of.ts';
import type { HistoryEvent } from './events.ts';

/** The greatest length of a line, in UTF-16 units. */
const LINE_AT_MOST = 1_000_000;

/**
 * Reads a history from JSON lines, an event each, in real-time order; docs/reference/checker.md has the format. Blank
 * lines and the events of a process called `nemesis` are skipped.
 */
export function readLines(text: string, options: LineOptions = {}): ReadHistory {
  const events = collector();
  let line = 0;
  for (const written of text.split('\n')) {
    line += 1;
    if (written.trim() === '') continue;
    const reason = events.add(eventOn(written, options.key), line);
    if (reason !== undefined) return { type: 'rejected', line, reason };
  }
  return events.history();
}

/** The event on a line; a reason if it is none; undefined for an event of the nemesis. */
function eventOn(written: string, keyField: string | undefined): HistoryEvent | string | undefined {
  const parsed = parseJson(written, LINE_AT_MOST);
  if (parsed.type === 'rejected') return `${parsed.reason}: one JSON object on a line was expected`;
  const decoded = decode(json, parsed.value, 'the event');
  return decoded.type === 'rejected' ? decoded.reason : eventOf(decoded.value, keyField);
}

/** An event as a line that `readLines` reads, without the line's end. */
export function lineOf(event: HistoryEvent): string {
  const { process, type, f, value, key } = event;
  const shownKey = key === undefined ? '' : `,"key":${canonical(key)}`;
  const number = /^(0|[1-9]\d{0,14})$/.test(process) ? process : JSON.stringify(process);
  return `{"process":${number},"type":"${type}","f":${JSON.stringify(f ?? '')},"value":${canonical(value ?? null)}${shownKey}}`;
}
