import { type Level, noteLine } from '../host/note-line.ts';
import type { HostNote } from '../live/engine/observer.ts';
import type { Unit } from '../protocol/model/address.ts';
import type { Json } from '../protocol/model/json.ts';
import type { LogLevel } from './log-levels.ts';

/** A note as a log line: its sentence, and each of its parts as a field. */
export interface NoteRecord {
  readonly level: Exclude<LogLevel, 'silent'>;
  readonly message: string;
  readonly fields: Readonly<Record<string, Json>>;
}

/** Notes of level `warn`: an operator looks into them. */
const WARNINGS: ReadonlySet<string> = new Set([
  'steps-down',
  'gives-up',
  'other-genesis',
  'epochs-exhausted',
  'doubts-claim',
  'contradicts-visible',
  'unreadable',
  'suspects',
  'lacks-votes',
  'forgets',
  'calls-no-group',
  'waits-for-vote',
  'clock-differs',
]);

/**
 * The log line of a note: `{unit: 'seats', event: 'elected', note: 'elected', epoch: '3.s2'}`, and `is primary of epoch
 * 3.s2`. `note` is an alias of `event` for one version.
 */
export function noteRecord(unit: Unit, note: HostNote): NoteRecord {
  const { line, level } = noteLine(unit, note);
  const { type, ...parts } = note;
  const fields = Object.entries(parts).map(([name, part]: [string, unknown]) =>
    part instanceof Error ? ([name, errorOf(part)] as const) : ([name, flat(part)] as const),
  );
  return {
    level: isLoss(note) ? 'warn' : levelOf(type, level),
    message: line.startsWith(`${unit}: `) ? line.slice(unit.length + 2) : line,
    fields: { unit, event: type, note: type, ...Object.fromEntries(fields) },
  };
}

/** A node that ought to be there is not reached, or loses its vote: fewer may be lost now. */
function isLoss(note: HostNote): boolean {
  if (note.type === 'misses') return note.standing === 'member';
  return note.type === 'proposes' && note.change === 'remove';
}

function levelOf(type: string, level: Level): NoteRecord['level'] {
  if (WARNINGS.has(type)) return 'warn';
  if (level === 'warning') return 'warn';
  if (level === 'error') return 'error';
  return level === 'often' ? 'debug' : 'info';
}

/** An error as pino writes it: a stack has lines of its own in a log for people. */
function errorOf({ name, message, stack = message }: Error): Json {
  return { type: name, message: message.slice(0, STACK_AT_MOST), stack: stack.slice(0, STACK_AT_MOST) };
}

const STACK_AT_MOST = 8_000;

/** Texts and numbers stay. An epoch becomes `3.s2`, a configuration its voters and learners by name. */
function flat(part: unknown): Json {
  if (typeof part === 'string' || typeof part === 'number' || typeof part === 'boolean') return part;
  if (Array.isArray(part)) return part.map(flat);
  if (typeof part !== 'object' || part === null) return null;
  if ('counter' in part && 'nodeId' in part) return `${String(part.counter)}.${String(part.nodeId)}`;
  if ('nodeId' in part) return String(part.nodeId);
  return Object.fromEntries(Object.entries(part).map(([name, value]: [string, unknown]) => [name, flat(value)]));
}
