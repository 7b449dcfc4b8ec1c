import type { Listed } from '../model/app.ts';
import { contained, type Contained, failedQuery } from '../model/contain.ts';
import type { Json } from '../model/json.ts';
import { type Page, pageOf } from '../model/listed.ts';
import type { Machine } from '../model/machine.ts';
import type { PageRequest } from '../model/messages.ts';
import { withPage } from './recent-pages.ts';
import type { KeptVersion, Requester } from './primary-state.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn, reply } from './turn.ts';

/*
 * Lists in pages (PROTOCOL §6.5). All pages of a list come from the state at which its first one was read: a kept
 * version. States are persistent, so a version costs what was changed after it. Any data server that has one answers
 * from it, whatever has become of its role: the state was visible.
 */

/** A query that lists, and the place of the first row wanted. */
interface PagedQuery {
  readonly query: Json;
  readonly from: number;
}

/** Answers the first page of a list from the present state, and keeps that for the others. */
export function answerFirstPage(
  turn: ReplicaTurn,
  requester: Requester,
  { query, from, isWhole = false }: PagedQuery & Pick<PageRequest, 'isWhole'>,
  listed: Listed,
): void {
  const { draft, hosted } = turn;
  const { machine } = draft;
  if (machine === undefined) return;
  const made = pageIn(turn, machine, { query, from }, listed);
  if (made.type === 'threw') return failQuery(turn, requester, machine, query, made.thrown);
  const page = made.value;
  const { index } = machine.at;
  const isKept = draft.versions.some((version) => version.machine.at.index === index);
  const hasRoom = isKept || draft.versions.length < hosted.settings.versionsAtMost;
  if (page.next !== undefined && (isWhole || !hasRoom)) {
    return reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'busy' });
  }
  sendPage(turn, requester, page, machine);
  if (page.next !== undefined) keep(turn, { machine, usedAt: turn.now.millis });
}

/** Answers a later page. `list` is the app's answer to the query in a given state. */
export function answerLaterPage(
  turn: ReplicaTurn,
  requester: Requester,
  { query, from, at }: PagedQuery & PageRequest,
  list: (machine: Machine) => Listed | undefined,
): void {
  const { draft, now } = turn;
  const kept = at === undefined ? undefined : keptVersion(draft, at);
  const machine = planted(turn, 'reads-later-pages-from-newest-state') ? draft.machine : kept;
  const listed = machine === undefined ? undefined : list(machine);
  if (kept === undefined || machine === undefined || listed === undefined || from > listed.size) {
    return reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'gone' });
  }
  keep(turn, { machine: kept, usedAt: now.millis });
  const page = pageIn(turn, machine, { query, from }, listed);
  if (page.type === 'threw') return failQuery(turn, requester, machine, query, page.thrown);
  sendPage(turn, requester, page.value, kept);
}

/** The machine at `index`, if its state is kept for the later pages of lists. */
export function keptVersion({ versions }: Pick<Replica, 'versions'>, index: number): Machine | undefined {
  return versions.find(({ machine }) => machine.at.index === index)?.machine;
}

/** Drops versions from which no page was asked for `versionFor`, and pages of states that are held no more. */
export function dropVersions(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  if (draft.versions.length > 0) {
    const kept = draft.versions.filter(({ usedAt }) => usedAt + hosted.settings.versionFor > now.millis);
    if (kept.length < draft.versions.length) draft.versions = kept;
  }
  if (draft.pages.length === 0) return;
  // A page holds its state: it would keep one that has long been replaced in memory.
  const held = new Set([draft.machine?.state, ...draft.versions.map(({ machine }) => machine.state)]);
  const pages = draft.pages.filter(({ state }) => held.has(state));
  if (pages.length < draft.pages.length) draft.pages = pages;
}

/** When the first version is dropped, in milliseconds of the node's clock. */
export function versionsDueAt(versions: readonly KeptVersion[], versionFor: number): number | undefined {
  return versions.length === 0 ? undefined : Math.min(...versions.map(({ usedAt }) => usedAt)) + versionFor;
}

function pageIn(
  { draft, hosted }: ReplicaTurn,
  { state }: Machine,
  { query, from }: PagedQuery,
  listed: Listed,
): Contained<Page> {
  return contained(() => {
    const make = (): Page => pageOf(listed, from, hosted.settings.pageSizeAtMost);
    const [page, pages] = withPage(draft.pages, { state, query, from }, make);
    draft.pages = pages;
    return page;
  });
}

/** Answers a query whose code threw (PROTOCOL §7.9). */
export function failQuery(turn: ReplicaTurn, requester: Requester, { at }: Machine, query: Json, thrown: Error): void {
  const { index, lamport } = at;
  const outcome = failedQuery(turn.hosted.app.name, index, query);
  note(turn, { type: 'query-failed', errorId: outcome.errorId, index, query, thrown });
  reply(turn, requester, { type: 'done', id: requester.id, outcome, index, lamport, rests: [] });
}

function keep({ draft }: ReplicaTurn, version: KeptVersion): void {
  const { index } = version.machine.at;
  draft.versions = [...draft.versions.filter(({ machine }) => machine.at.index !== index), version];
}

function sendPage(turn: ReplicaTurn, requester: Requester, { outcome, size, next }: Page, { at }: Machine): void {
  const { index, lamport } = at;
  const { id } = requester;
  reply(
    turn,
    requester,
    { type: 'done', id, outcome, index, lamport, rests: [], ...(next === undefined ? {} : { next }) },
    size,
  );
}
