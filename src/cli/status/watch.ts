import type { Credentials } from '../../security/call-process.ts';
import { UserError } from '../shared/errors.ts';
import { changesBetween } from './changes.ts';
import { drawCluster } from './draw.ts';
import { fetchStatus, type NodeStatus } from './fetch-status.ts';
import { addressesIn, type ClusterView, viewOf } from './view.ts';

export interface WatchOptions {
  /** `host:port` of any process of the cluster. */
  readonly address: string;
  /** The certificates to show, where the processes ask for them. */
  readonly credentials?: Credentials | undefined;
  /** Interval between two views, in milliseconds. */
  readonly every: number;
  readonly output: WatchOutput;
  /** When to end; the last drawing stays on the terminal. */
  readonly signal: AbortSignal;
}

interface WatchOutput {
  write(text: string): void;
  /** The size of the terminal; undefined without one. */
  size(): { readonly columns: number; readonly rows: number } | undefined;
}

/** Events kept; a terminal shows fewer. */
const EVENTS_AT_MOST = 200;

/** Switches to the alternate screen without a cursor. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Draws a cluster until it is told to end, as long as any node answers: all known nodes are asked, also after the first
 * one has ended. Without a terminal, it draws once and then prints each change as a line. Throws a `UserError` when no
 * node answers at first.
 */
export async function watchCluster({ address, credentials, every, output, signal }: WatchOptions): Promise<void> {
  const size = output.size();
  let before = viewOf(new Map([[address, await fetchStatus(address, credentials)]]));
  if (before === undefined) throw new UserError(`${address} does not answer`);
  let view = await look(address, before, credentials);
  const events: string[] = [];
  if (size === undefined) output.write(`${drawCluster(view, page(events)).join('\n')}\n`);
  else output.write(ENTER);
  try {
    while (!signal.aborted) {
      const shown = output.size();
      if (shown !== undefined) output.write(frame(view, shown, events));
      await pause(every, signal);
      before = view;
      view = await look(address, before, credentials);
      const changes = changesBetween(before, view).map((change) => `${timeOfDay()} ${change}`);
      events.push(...changes);
      events.splice(0, Math.max(0, events.length - EVENTS_AT_MOST));
      if (shown === undefined) for (const change of changes) output.write(`${change}\n`);
    }
  } finally {
    if (size !== undefined) output.write(`${LEAVE}${drawCluster(view, page(events)).join('\n')}\n`);
  }
}

/** The cluster's present view. Without any answer, it is the view before, with silent nodes. */
async function look(contact: string, before: ClusterView, credentials: Credentials | undefined): Promise<ClusterView> {
  const asked = [...new Set([...addressesIn(before), contact])];
  const statuses = await Promise.all(asked.map((one) => fetchStatus(one, credentials).catch(() => undefined)));
  const answers = new Map(asked.map((one, place): [string, NodeStatus | undefined] => [one, statuses[place]]));
  return viewOf(answers) ?? silent(before);
}

function silent({ clusterId, nodes, groups }: ClusterView): ClusterView {
  const unknown = { role: undefined, applied: undefined, lag: undefined, silentFor: undefined };
  return {
    clusterId,
    nodes: nodes.map((node) => ({ ...node, status: undefined, reachedBy: 0, asked: 0 })),
    groups: groups.map((group) => ({
      ...group,
      primary: undefined,
      members: group.members.map((member) => ({ ...member, ...unknown })),
    })),
  };
}

function frame(
  view: ClusterView,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  events: readonly string[],
): string {
  const lines = drawCluster(view, { width: columns, height: rows, events, time: timeOfDay(), leave: 'Ctrl-C ends' });
  return `${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`;
}

/** A page of unlimited size, for a drawing that is printed once. */
function page(events: readonly string[]): Parameters<typeof drawCluster>[1] {
  return { width: 100, height: Number.MAX_SAFE_INTEGER, events, time: timeOfDay() };
}

function timeOfDay(): string {
  return new Date().toISOString().slice(11, 19);
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    signal.addEventListener('abort', end);
  });
}
