import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent, Recording } from '../recording/recording.ts';
import type { Message } from './messages.ts';
import type { Span } from './spans.ts';

/** Which part of a run is drawn. */
export interface WindowOptions {
  /**
   * What the window is laid around: a time in microseconds, or the number of an event as a verdict names it. By default
   * the violation, or else, if the run is too long to be drawn, its first fault.
   */
  readonly around?: { readonly at: number } | { readonly number: number };
  /** At most so many things are shown that tell something; 160 by default. */
  readonly events?: number;
}

/** A stretch of the run, and how much lies outside. */
export interface Window extends Span {
  readonly shown: number;
  readonly before: number;
  readonly after: number;
}

/** Notes that come with every request, or that the roles show already. */
const QUIET = new Set(['asks-election', 'campaigns', 'elected', 'follows', 'holds', 'unserved']);

/** Whether an event is worth a line of its own; heartbeats, arrivals, writes and commits are not. */
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

export function windowOf(recording: Recording, messages: readonly Message[], options: WindowOptions): Window {
  const telling = new Set(messages.map(({ id }) => id));
  const rows = recording.events.filter((event) => isTelling(event, telling));
  const most = Math.max(2, options.events ?? 160);
  if (rows.length <= most && options.around === undefined) {
    return { from: 0, to: endOf(rows, messages, recording, Infinity), shown: rows.length, before: 0, after: 0 };
  }
  const centre = centreOf(rows, recording, options.around);
  const wanted = Math.max(0, Math.min(centre - Math.floor(most * BEFORE), rows.length - most));
  // What happened in one instant is not torn apart.
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

/** Where the last row is, or where the last message sent by then arrives, if that is within so many microseconds. */
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

/** Which part of the window lies before its centre, if that is not the end of the run. */
const BEFORE = 0.35;

/** What is on its way when the window ends is drawn to its end if it takes no longer than this, in microseconds. */
const SOON = 4_000;
