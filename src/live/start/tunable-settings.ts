import type { Decoded } from '../../protocol/model/app.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/model/settings.ts';
import { limitsOfHeap } from './heap-limits.ts';

/**
 * A setting that may differ between processes. The deduplication window (`dedupeFor`, `dedupeMargin`) is part of the
 * cluster's first configuration and not among them.
 */
export type Tunable = Exclude<keyof Settings, 'dedupeFor' | 'dedupeMargin'>;

const WINDOW: readonly string[] = ['dedupeFor', 'dedupeMargin'];

/** All of them, in the order of the documentation. */
export const TUNABLE: readonly Tunable[] = Object.keys(DEFAULT_SETTINGS).filter(isTunable);

/** Longest duration: a day, in milliseconds. */
const DURATION_AT_MOST = 86_400_000;

/** Greatest count of entries, requests or results. */
const COUNT_AT_MOST = 100_000_000;

/** Greatest size in bytes. */
const SIZE_AT_MOST = 2 ** 40;

/** Settings beyond which a process would send what others refuse. A frame between nodes has 64 MiB. */
const SENT_AT_MOST: Readonly<Partial<Record<Tunable, number>>> = {
  // Of the longest commands, 64 KiB each, a frame holds so many.
  batchAtMost: 960,
  callsAtMost: 960,
  // A frame holds four.
  answerSizeAtMost: 16 * 1024 * 1024,
  // A link keeps 8,192 messages of all groups, and drops older ones.
  inFlightAtMost: 1_024,
  // The answers of one step to one node are one message, of 65,536 items.
  heldAtMost: 32_768,
  readsAtMost: 32_768,
  // A full copy of 2 GiB is refused. At this quota a state may still grow, by writes that need no room.
  stateSizeAtMost: 1.5 * 1024 * 1024 * 1024,
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  acknowledge: ['in-sync', 'majority'],
  reads: ['primary', 'spread'],
};

/**
 * Settings for which zero has a use: no wait by rank or by chance, no entries in front of a snapshot, no cache, no
 * probes, no reserve of the disk.
 */
const MAY_BE_ZERO: readonly string[] = ['rankDelay', 'jitter', 'keepEntries', 'cacheSize', 'probeEvery', 'diskReserve'];

const COUNTS: readonly string[] = ['snapshotEvery', 'keepEntries', 'minInSync', 'cacheSize'];

/** The first of each pair must be less than the second, or a healthy group would hold elections all the time. */
const ORDERED: readonly (readonly [Tunable, Tunable, 'less' | 'at most'])[] = [
  ['heartbeatEvery', 'suspectAfter', 'less'],
  ['heartbeatEvery', 'quorumWithin', 'less'],
  ['suspectAfter', 'electAfter', 'at most'],
  // PROTOCOL §3: a primary that may be outvoted has stopped before.
  ['quorumWithin', 'electAfter', 'at most'],
  ['gossipEvery', 'unreachableAfter', 'less'],
  ['retryAfter', 'holdFor', 'at most'],
  ['pageSizeAtMost', 'answerSizeAtMost', 'at most'],
  // Else no cached answer could be used between two confirmations.
  ['watchEvery', 'cacheFor', 'less'],
];

/**
 * Decodes the value of one setting, from text or a file. The reason of a rejection: `expected a whole number from 1 to
 * 86400000`.
 */
export function decodeSetting(name: Tunable, given: unknown): Decoded<string | number> {
  const choices = CHOICES[name];
  if (choices !== undefined) {
    const found = choices.find((choice) => choice === given);
    return found === undefined ? rejected(`expected ${choices.join(' or ')}`) : { type: 'decoded', value: found };
  }
  const least = MAY_BE_ZERO.includes(name) ? 0 : 1;
  const most = mostOf(name);
  const value = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return { type: 'decoded', value };
  }
  return rejected(`expected a whole number from ${least} to ${most}`);
}

function mostOf(name: Tunable): number {
  const sent = SENT_AT_MOST[name];
  if (sent !== undefined) return sent;
  if (name.endsWith('SizeAtMost') || name === 'diskReserve') return SIZE_AT_MOST;
  return name.endsWith('AtMost') || COUNTS.includes(name) ? COUNT_AT_MOST : DURATION_AT_MOST;
}

/**
 * The defaults, less where the heap holds less, with `values` instead of some of them, or why they contradict each
 * other. Each value is decoded already.
 */
export function settingsWith(values: Readonly<Partial<Record<Tunable, string | number>>>): Decoded<Settings> {
  const settings: Settings = { ...DEFAULT_SETTINGS, ...limitsOfHeap(DEFAULT_SETTINGS), ...known(values) };
  for (const [less, more, how] of ORDERED) {
    const [a, b] = [Number(settings[less]), Number(settings[more])];
    if (how === 'less' ? a >= b : a > b) {
      return rejected(`${less}: ${a} is ${how === 'less' ? 'not less' : 'more'} than ${more}, which is ${b}`);
    }
  }
  return { type: 'decoded', value: settings };
}

/** The defaults with a program's values instead of some of them, or why that is not possible. */
export function settingsFrom(given: Readonly<Record<string, unknown>>): Decoded<Settings> {
  const values: Partial<Record<Tunable, string | number>> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isTunable(name)) return rejected(`there is no setting ${name}; there are ${TUNABLE.join(', ')}`);
    const decoded = decodeSetting(name, value);
    if (decoded.type === 'rejected') return rejected(`${name}: ${decoded.reason}`);
    values[name] = decoded.value;
  }
  return settingsWith(values);
}

export function isTunable(name: string): name is Tunable {
  return Object.hasOwn(DEFAULT_SETTINGS, name) && !WINDOW.includes(name);
}

/** Each value was decoded under its own name, so it has the type of that setting. */
function known(values: Readonly<Partial<Record<Tunable, string | number>>>): Partial<Settings> {
  return Object.fromEntries(Object.entries(values));
}

function rejected(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}
