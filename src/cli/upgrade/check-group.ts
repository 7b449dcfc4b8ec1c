import type { App } from '../../protocol/model/app.ts';
import { codeOf, codeRange, versionOf } from '../../protocol/model/app-versions.ts';
import { applyEntry, canApply } from '../../protocol/model/apply.ts';
import { contained, containedDecode, kindOf } from '../../protocol/model/contain.ts';
import { genesis } from '../../protocol/model/log.ts';
import { initialMachine, type Machine } from '../../protocol/model/machine.ts';
import { type Migrated, migrated } from '../../protocol/model/migrate.ts';
import { firstConfiguration } from '../../protocol/model/topology.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import type { ReadStore } from '../../storage/read-store.ts';
import { compare, type Compared, type Parting } from './lines.ts';

/** What a new code makes of the log of one group. */
export interface GroupChecked {
  readonly group: string;
  /** `from`: of the state that the log begins with; `active`: behind its last entry; `newest`: of the new code. */
  readonly version: { readonly from: number; readonly active: number; readonly newest: number };
  readonly entries: { readonly from: number; readonly to: number };
  /** The versions whose code a data server with this folder needs, and those that the new file lacks. */
  readonly needs: readonly number[];
  readonly lacks: readonly number[];
  /** Commands in the log that the code of the new file cannot read: the first, and how many. */
  readonly unreadable:
    { readonly index: number; readonly type: string; readonly reason: string; readonly count: number } | undefined;
  /** The migration of the newest state; undefined where the version is not raised. */
  readonly migration:
    | { readonly type: 'works' }
    /** Each version takes the state as the one before leaves it. */
    | { readonly type: 'none' }
    | { readonly type: 'fails'; readonly reason: string }
    | undefined;
  /** The raised version beside the one that ran; undefined where none is raised, or the code is not there. */
  readonly raised: Compared | undefined;
  /** The same versions of both files; undefined without a file to compare with. */
  readonly same: Compared | undefined;
  /** What must be mended before the new file is started; empty where nothing. */
  readonly problems: readonly string[];
}

/** The codes of a group: the newest of the new file, and of the file that runs now where it was given. */
export interface Codes {
  readonly next: App;
  readonly now: App | undefined;
}

/** Replays what a store holds of a group by both codes. */
export function checkGroup(
  group: string,
  node: Pick<NodeRecord, 'topology' | 'window'>,
  { snapshot, entries }: ReadStore,
  { next, now }: Codes,
): GroupChecked {
  const old = now ?? next;
  const start = snapshot?.machine ?? blankMachine(group, node, old);
  const { needs, active } = versionsIn(start.version, entries, snapshot === undefined);
  const newest = versionOf(next);
  const toCome = Array.from({ length: Math.max(0, newest - active) }, (_, more) => active + 1 + more);
  const lacks = [...needs, ...toCome].filter((version) => codeOf(next, version) === undefined);
  const isRaised = newest > active;

  const same =
    now === undefined
      ? undefined
      : compare({
          old: now,
          new: reading(next, false),
          from: { old: start, new: start },
          entries,
          active: undefined,
          translate: ({ state }) => ({ type: 'migrated', state }),
        });
  const raised = isRaised && lacks.length === 0 ? compareRaised(start, entries, old, next) : undefined;
  const last = isRaised && lacks.length === 0 ? inVersion(next, machineBehind(start, entries, old)) : undefined;
  const failed =
    last?.type === 'failed' ? last.thrown.message : (raised?.failed?.reason ?? brokenBy(next, last?.state));
  const unreadable = unreadableIn(entries, start.version, next, isRaised);

  const problems = [
    ...(lacks.length === 0 ? [] : [lackSaid(lacks, needs, next)]),
    ...(failed === undefined ? [] : [failed]),
    ...(same?.parting === undefined ? [] : [otherSaid(versionAt(start.version, entries, same.parting), newest)]),
    ...(unreadable === undefined || isRaised ? [] : ['the new code cannot read its log: raise the version']),
  ];
  return {
    group,
    version: { from: start.version, active, newest },
    entries: { from: start.at.index + 1, to: entries.at(-1)?.index ?? start.at.index },
    needs,
    lacks,
    unreadable,
    migration: last === undefined ? undefined : migrationOf(next, active, failed),
    raised,
    same,
    problems,
  };
}

function migrationOf(next: App, active: number, failed: string | undefined): GroupChecked['migration'] {
  if (failed !== undefined) return { type: 'fails', reason: failed };
  for (let version = active + 1; version <= versionOf(next); version += 1)
    if (codeOf(next, version)?.migrate !== undefined) return { type: 'works' };
  return { type: 'none' };
}

/** What an invariant of the new version says of the migrated state, if it objects. */
function brokenBy(next: App, state: unknown): string | undefined {
  if (state === undefined) return undefined;
  for (const invariant of next.invariants) {
    const said = contained(() => invariant.broken(state));
    const reason = said.type === 'returned' ? said.value : `it throws: ${said.thrown.message}`;
    if (reason === undefined) continue;
    return `the migrated state breaks the invariant ${invariant.name} of version ${versionOf(next)}: ${reason}`;
  }
  return undefined;
}

function compareRaised(start: Machine, entries: ReadStore['entries'], old: App, next: App): Compared | undefined {
  const version = versionOf(next);
  const first = inVersion(next, start);
  // Where not even the first state can be migrated there is nothing to compare; a later one may be.
  if (first.type === 'failed') return undefined;
  const from = { old: start, new: { ...start, version, state: first.state } };
  return compare({
    old,
    new: reading(next, true),
    from,
    entries,
    active: version,
    translate: (machine) => inVersion(next, machine),
  });
}

/** The machine behind the last entry that `code` can apply. */
function machineBehind(start: Machine, entries: ReadStore['entries'], code: App): Machine {
  let machine = start;
  for (const entry of entries) {
    if (!canApply(code, machine.version, entry.body)) break;
    ({ machine } = applyEntry(code, machine, entry));
  }
  return machine;
}

/** The state of a machine, migrated step by step to the version of `next`. */
function inVersion(next: App, { version, state }: Machine): Migrated {
  let made: Migrated = { type: 'migrated', state };
  for (let to = version + 1; to <= versionOf(next) && made.type === 'migrated'; to += 1) {
    const code = codeOf(next, to);
    made = code === undefined ? made : migrated(code, made.state);
  }
  return made;
}

function blankMachine(group: string, { topology, window }: Pick<NodeRecord, 'topology' | 'window'>, old: App): Machine {
  const version = topology.versions?.[group] ?? 1;
  const { base } = genesis(topology.clusterId, group, firstConfiguration(topology, group), window, version);
  return initialMachine(base, codeOf(old, version)?.initial, window, version);
}

/** The versions that run commands between a state and the end of a log, and the one in force there. */
function versionsIn(
  from: number,
  entries: ReadStore['entries'],
  begins = false,
): { readonly needs: readonly number[]; readonly active: number } {
  // Without a snapshot the first state is that of the code.
  const needs = new Set(begins ? [from] : []);
  let active = from;
  for (const { body } of entries) {
    if (body.type === 'activate') active = body.version;
    else if (isCommand(body.type)) needs.add(active);
  }
  return { needs: [...needs.add(active)], active };
}

function versionAt(from: number, entries: ReadStore['entries'], { index }: Parting): number {
  return versionsIn(
    from,
    entries.filter((entry) => entry.index <= index),
  ).active;
}

function isCommand(type: string): boolean {
  return type === 'write' || type === 'call' || type === 'settle';
}

/** Commands that the code which would run them cannot read: that of the raised version, or that of their own. */
function unreadableIn(
  entries: ReadStore['entries'],
  from: number,
  next: App,
  isRaised: boolean,
): GroupChecked['unreadable'] {
  let version = from;
  let found: GroupChecked['unreadable'];
  for (const { index, body } of entries) {
    if (body.type === 'activate') ({ version } = body);
    if (body.type !== 'write') continue;
    const code = isRaised ? next : codeOf(next, version);
    const decoded = code && containedDecode(() => code.decode(body.command));
    if (decoded?.type !== 'rejected') continue;
    found =
      found === undefined
        ? { index, type: kindOf(body.command), reason: decoded.reason, count: 1 }
        : { ...found, count: found.count + 1 };
  }
  return found;
}

/** The same code, which refuses what it cannot read. `takesAgain`: a command is read as if a client sent it now. */
function reading(app: App, takesAgain: boolean): App {
  return {
    ...app,
    ...(app.previous === undefined ? {} : { previous: reading(app.previous, takesAgain) }),
    apply(state, command, context) {
      const decoded = app.decode(command);
      if (decoded.type === 'rejected') {
        return { state, outcome: { type: 'refused', reason: `the new code cannot read it (${decoded.reason})` } };
      }
      return app.apply(state, takesAgain ? decoded.value : command, context);
    },
  };
}

function otherSaid(version: number, newest: number): string {
  return version === newest
    ? `it parts from what runs, under the same version ${version}: raise the version`
    : `its code of version ${version} is not the one that runs: leave that file as it was`;
}

function lackSaid(lacks: readonly number[], needs: readonly number[], next: App): string {
  const { oldest, newest } = codeRange(next);
  const has = oldest === newest ? `version ${newest}` : `versions ${oldest} to ${newest}`;
  const isNeeded = lacks.some((version) => needs.includes(version));
  const why = isNeeded ? 'which this log needs: a server would be mute' : 'so the newest cannot be reached';
  return `the new file has ${has}, and lacks ${lacks.join(', ')}, ${why}`;
}
