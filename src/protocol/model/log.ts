import { List } from 'immutable';
import { assert, unreachable } from './assert.ts';
import type { Configuration } from './configuration.ts';
import type { Body, Entry, LogBase } from './entry.ts';
import { type Epoch, type LogEnd, NO_EPOCH } from './epoch.ts';
import { hashText } from './hash.ts';
import type { DedupeWindow } from './machine.ts';

/**
 * The log: a persistent list, so that a write costs the same at ten and at a million entries, and an old version is a
 * kept reference. Index 1 is the first entry ever; a snapshot covers entries up to `base.index`, which are dropped.
 */
export interface Log {
  readonly base: LogBase;
  readonly entries: List<Entry>;
  /** Every known configuration, oldest first: the one in force at the base, then one per configuration entry. */
  readonly configurations: readonly ConfigurationAt[];
  /** Every known activation of a version, oldest first. */
  readonly activations: readonly ActivationAt[];
}

export interface ConfigurationAt {
  readonly index: number;
  readonly configuration: Configuration;
}

export interface ActivationAt {
  readonly index: number;
  readonly version: number;
}

/**
 * The log before its first entry. Its hash covers the first configuration: two clusters never have a log in common.
 * `version`: that of the app in which the group begins.
 */
export function genesis(
  clusterId: string,
  group: string,
  configuration: Configuration,
  window: DedupeWindow,
  version = 1,
): Log {
  const begins = version === 1 ? [] : [version];
  const hash = hashText(JSON.stringify([clusterId, group, configuration, window, ...begins]));
  return logFrom({ index: 0, epoch: NO_EPOCH, hash, lamport: 0, wall: 0 }, configuration);
}

export function logFrom(base: LogBase, configuration: Configuration): Log {
  return { base, entries: List<Entry>(), configurations: [{ index: base.index, configuration }], activations: [] };
}

export function lastIndex(log: Log): number {
  return log.base.index + log.entries.size;
}

/** The last entry, or the base of an empty log. */
export function tail(log: Log): LogBase {
  return log.entries.last() ?? log.base;
}

export function logEnd(log: Log): LogEnd {
  const { epoch, index } = tail(log);
  return { epoch, index };
}

export function entryAt(log: Log, index: number): Entry | undefined {
  return index > log.base.index ? log.entries.get(index - log.base.index - 1) : undefined;
}

/** The entry at `index`, or the base; undefined where the log does not reach, or no longer does. */
export function placeAt(log: Log, index: number): LogBase | undefined {
  return index === log.base.index ? log.base : entryAt(log, index);
}

/** Entries `from` to `to`, both included. */
export function entriesBetween(log: Log, from: number, to: number): Entry[] {
  const start = log.base.index + 1;
  assert(from >= start, 'dropped entries are not read');
  const found: Entry[] = [];
  for (let index = from; index <= to; index += 1) {
    const entry = log.entries.get(index - start);
    if (entry === undefined) break;
    found.push(entry);
  }
  return found;
}

/** The log with `entries` appended, which must continue it. */
export function appendEntries(log: Log, entries: readonly Entry[]): Log {
  let last = tail(log);
  for (const entry of entries) {
    assert(entry.index === last.index + 1 && entry.previousHash === last.hash, 'an entry continues the one before it');
    last = entry;
  }
  return {
    base: log.base,
    entries: log.entries.concat(entries),
    configurations: withConfigurations(log.configurations, entries),
    activations: withActivations(log.activations, entries),
  };
}

/** The log without entry `index` and all behind it; a configuration among them reverts (PROTOCOL §5.1). */
export function truncateFrom(log: Log, index: number): Log {
  assert(index > log.base.index, 'an entry that a snapshot covers is never truncated');
  return {
    base: log.base,
    entries: log.entries.setSize(Math.min(log.entries.size, index - log.base.index - 1)),
    configurations: log.configurations.filter((known) => known.index < index),
    activations: log.activations.filter((known) => known.index < index),
  };
}

/** The log without its entries up to and including `index`, which becomes its base. */
export function compactThrough(log: Log, index: number): Log {
  const base = placeAt(log, index);
  assert(base !== undefined, 'a log is compacted at an entry it has');
  if (index === log.base.index) return log;
  const inForce = configurationAt(log, index);
  return {
    base: { index: base.index, epoch: base.epoch, hash: base.hash, lamport: base.lamport, wall: base.wall },
    entries: log.entries.slice(index - log.base.index),
    configurations: [{ index, configuration: inForce }, ...log.configurations.filter((known) => known.index > index)],
    activations: log.activations.filter((known) => known.index > index),
  };
}

/** The newest configuration, committed or not: it counts once appended (PROTOCOL §5.1). */
export function configurationOfLog(log: Log): Configuration {
  return newest(log.configurations).configuration;
}

/** The index of the newest configuration. */
export function configurationIndex(log: Log): number {
  return newest(log.configurations).index;
}

/** The configuration in force at `index`. */
export function configurationAt(log: Log, index: number): Configuration {
  return newest(log.configurations.filter((known) => known.index <= index)).configuration;
}

/** The newest activation up to `index` that the log still has. */
export function activationUpTo({ activations }: Log, index: number): ActivationAt | undefined {
  return activations.findLast((known) => known.index <= index);
}

/** The first index of the run of entries that share the epoch of entry `index`: where a mismatch may have begun. */
export function firstOfEpoch(log: Log, index: number): number {
  let first = index;
  const epoch = placeAt(log, index)?.epoch;
  while (epoch !== undefined) {
    const before = entryAt(log, first - 1);
    if (before === undefined || before.epoch.counter !== epoch.counter || before.epoch.nodeId !== epoch.nodeId) break;
    first -= 1;
  }
  return first;
}

/** The entry that continues `last`: numbered, stamped and chained by hash. */
export function chain(
  last: LogBase,
  epoch: Epoch,
  stamp: { readonly lamport: number; readonly wall: number },
  body: Body,
): Entry {
  const index = last.index + 1;
  // At the end of the range it stands still: what cannot be read back must not be written.
  const lamport = Math.min(Math.max(last.lamport, stamp.lamport) + 1, Number.MAX_SAFE_INTEGER);
  const wall = Math.max(last.wall, stamp.wall);
  const hash = hashEntry({ index, epoch, previousHash: last.hash, lamport, wall, body });
  return { index, epoch, previousHash: last.hash, hash, lamport, wall, body };
}

export function hashEntry(entry: Omit<Entry, 'hash'>): number {
  const { index, epoch, previousHash, lamport, wall, body } = entry;
  return hashText(JSON.stringify([index, epoch.counter, epoch.nodeId, lamport, wall, body]), previousHash);
}

/** The entry as a witness keeps it: hash and, for a configuration, content. */
export function withhold(entry: Entry): Entry {
  switch (entry.body.type) {
    case 'noop':
    case 'configuration':
    case 'activate':
    case 'withheld':
      return entry;
    case 'open':
    case 'write':
    case 'call':
    case 'settle':
      return { ...entry, body: { type: 'withheld' } };
    default:
      return unreachable(entry.body);
  }
}

function withConfigurations(known: readonly ConfigurationAt[], entries: readonly Entry[]): readonly ConfigurationAt[] {
  let all = known;
  for (const { index, body } of entries) {
    if (body.type === 'configuration') all = [...all, { index, configuration: body.configuration }];
  }
  return all;
}

function withActivations(known: readonly ActivationAt[], entries: readonly Entry[]): readonly ActivationAt[] {
  let all = known;
  for (const { index, body } of entries) {
    if (body.type === 'activate') all = [...all, { index, version: body.version }];
  }
  return all;
}

function newest(configurations: readonly ConfigurationAt[]): ConfigurationAt {
  const last = configurations.at(-1);
  assert(last !== undefined, 'a log has a configuration');
  return last;
}
