import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent, Recording } from '../recording/recording.ts';
import type { Message } from './messages.ts';
import type { Span } from './spans.ts';

/** The part of a run that is drawn. */
export interface WindowOptions {
  /**
   * The centre: a time in microseconds, or the number of an event as in a verdict. Default: the violation, or else, in
   * a run too long to be drawn whole, its first fault.
   */
  readonly around?: { readonly at: number } | { readonly number: number };
  /** The most telling events inside the window; 160 by default. */
  readonly events?: number;
}

/** A stretch of the run, and how much lies outside. */
export interface Window extends Span {
  readonly shown: number;
  readonly before: number;
  readonly after: number;
}

/** Notes that come with every request, or that the roles already show. */
const QUIET = new Set(['asks-election', 'campaigns', 'elected', 'follows', 'holds', 'unserved']);

/** Whether an event has a row of its own; heartbeats, arrivals, writes and commits have none. */
export function isTelling(event: RecordedEvent, telling: ReadonlySet<number>): boolean {
  switch (event.type) {
    case 'sent':
      return telling.has(event.id);
    case 'note':
      return !QUIET.has(event.note);
    case 'arrived':
    case 'committed':
    case 'writes':
    case 'written':
    case 'logged':
    case 'safe':
    case 'saved':
      return false;
    case 'started':
    case 'stayed-down':
    case 'crashed':
    case 'paused':
    case 'resumed':
    case 'role':
    case 'called':
    case 'ended':
    case 'fault':
    case 'healed':
    case 'violated':
      return true;
    case 'released':
      return false;
    default:
      return unreachable(event);
  }
}

/** Whether it is for the drawing to choose a part of a run that held: it has more events than are drawn. */
export function isPartOfCalm(recording: Recording, messages: readonly Message[], options: WindowOptions): boolean {
  if (options.around !== undefined || recording.events.at(-1)?.type === 'violated') return false;
  return rowsOf(recording, messages).length > mostOf(options);
}

function rowsOf(recording: Recording, messages: readonly Message[]): readonly RecordedEvent[] {
  const telling = new Set(messages.map(({ id }) => id));
  return recording.events.filter((event) => isTelling(event, telling));
}

function mostOf({ events = 160 }: WindowOptions): number {
  return Math.max(2, events);
}

export function windowOf(recording: Recording, messages: readonly Message[], options: WindowOptions): Window {
  const rows = rowsOf(recording, messages);
  const most = mostOf(options);
  if (rows.length <= most && options.around === undefined) {
    return { from: 0, to: endOf(rows, messages, recording, Infinity), shown: rows.length, before: 0, after: 0 };
  }
  const centre = centreOf(rows, recording, options.around);
  const isMeant = options.around !== undefined || rows[centre]?.type === 'violated';
  const before = isMeant ? Math.floor(most * BEFORE) : Math.min(BEFORE_FAULT, Math.floor(most * BEFORE));
  const wanted = Math.max(0, Math.min(centre - before, rows.length - most));
  // Events of one instant stay together.
  const first = rows.findIndex((row) => row.at === rows[wanted]?.at);
  const shown = rows.slice(first, wanted + most);
  return {
    from: shown[0]?.at ?? 0,
    to: endOf(shown, messages, recording, SOON),
    shown: shown.length,
    before: first,
    after: rows.length - first - shown.length,
  };
}

function centreOf(rows: readonly RecordedEvent[], recording: Recording, around: WindowOptions['around']): number {
  if (around !== undefined) {
    const place = rows.findIndex((row) => ('at' in around ? row.at >= around.at : row.number >= around.number));
    return place < 0 ? rows.length - 1 : place;
  }
  const violation = rows.findIndex((row) => row.type === 'violated');
  if (violation >= 0) return violation;
  return Math.max(
    0,
    rows.findIndex((row) => row.type === 'fault' && row.nodes.length > 0),
  );
}

/** The time of the last row, or the arrival of the last message sent by then, if it is within so many microseconds. */
function endOf(
  rows: readonly RecordedEvent[],
  messages: readonly Message[],
  recording: Recording,
  within: number,
): number {
  const last = rows.at(-1)?.at ?? recording.endedAt;
  let end = last;
  for (const { sentAt, arrivals } of messages) {
    if (sentAt > last) break;
    for (const { at } of arrivals) if (at <= last + within) end = Math.max(end, at);
  }
  return end;
}

/** So many events are drawn before the first fault, where the window begins with it: it is seen at once. */
const BEFORE_FAULT = 12;

/** The share of the window before its centre, unless that is the end of the run. */
const BEFORE = 0.35;

/** A message in flight at the end of the window is drawn to its arrival within this time, in microseconds. */
const SOON = 4_000;
