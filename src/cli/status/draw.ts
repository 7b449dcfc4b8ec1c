import type { ClusterView, GroupView, MemberView, NodeView } from './view.ts';

export interface DrawOptions {
  /** Columns and lines of the drawing. */
  readonly width: number;
  readonly height: number;
  /** Events, oldest first, each with its time in front. */
  readonly events: readonly string[];
  /** The time of day: `14:26:02`. */
  readonly time: string;
  /** Said at the end of the first line, where there is room: how to leave. */
  readonly leave?: string;
}

/** Least width in columns; longer lines are cut off. */
const NARROWEST = 20;

/** Width below which optional parts are left out, in columns. */
const SPARE_BELOW = 76;

/**
 * A cluster as lines of text, none longer than `width` and no more than `height` of them: the groups with their
 * members, the nodes, and the last events. ★ stands before each primary, which comes first, and an exclamation mark before
 * anything wrong.
 */
export function drawCluster(view: ClusterView, { width, height, events, time, leave }: DrawOptions): readonly string[] {
  const columns = Math.max(width, NARROWEST);
  const answering = view.nodes.filter(({ status }) => status !== undefined).length;
  const told = `${answering} of ${view.nodes.length} answer  ${time}`;
  const isRoomy = leave !== undefined && view.clusterId.length + told.length + leave.length + 6 <= columns;
  const head = spread(isRoomy ? `${view.clusterId}  (${leave})` : view.clusterId, told, columns);
  const body = [
    head,
    ...view.groups.flatMap((group) => ['', ...drawGroup(group, columns)]),
    '',
    ...drawNodes(view.nodes, columns),
  ];
  // Two lines for the heading of the events. The cluster's own lines take precedence over events.
  const room = Math.max(0, height - body.length - 2);
  const shown = room === 0 ? [] : events.slice(-room);
  const lines = shown.length === 0 ? body : [...body, '', 'last events', ...shown.map((event) => `  ${event}`)];
  return fit(lines, height).map((line) => cut(line.trimEnd(), columns));
}

function drawGroup({ group, primary, epoch, commit, lacks, members }: GroupView, columns: number): readonly string[] {
  const votes = members.reduce((sum, member) => sum + member.votes, 0);
  const lead = primary === undefined ? '! no primary' : `primary ${primary}`;
  const title = `${group}: ${lead}, epoch ${epoch ?? '-'}, commit ${commit ?? '-'}, ${votes} votes`;
  const wide = columns >= SPARE_BELOW;
  const isPrimary = ({ role, node }: MemberView): boolean => role === 'primary' && node === primary;
  const rows = [...members]
    .sort((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)))
    .map((member) => memberRow(member, isPrimary(member), wide));
  const headings = [' ', 'node', 'role', 'votes', 'lag', 'silent', ...(wide ? ['applied', 'kind'] : [])];
  const missing = lacks === undefined ? [] : lacks.split('; ').map((part) => `! ${part}`);
  return [title, ...missing, ...tabulate([headings, ...rows])];
}

function memberRow(member: MemberView, isPrimary: boolean, wide: boolean): readonly string[] {
  const { node, kind, voter, votes, role, applied, lag, silentFor } = member;
  const isWrong = role === undefined || (kind === 'data' && !voter);
  return [
    isWrong ? '!' : isPrimary ? '★' : '',
    node,
    role ?? 'no answer',
    String(votes),
    lag === undefined ? '-' : String(lag),
    silentFor === undefined ? '-' : duration(silentFor),
    ...(wide ? [applied === undefined ? '-' : String(applied), kind] : []),
  ];
}

function drawNodes(nodes: readonly NodeView[], columns: number): readonly string[] {
  const wide = columns >= SPARE_BELOW;
  const headings = [' ', 'node', 'address', 'up', 'held', 'reached by', ...(wide ? ['kind', 'run'] : [])];
  return tabulate([headings, ...nodes.map((node) => nodeRow(node, wide))]);
}

function nodeRow(
  { node, kind, address, standing, status, reachedBy, asked }: NodeView,
  wide: boolean,
): readonly string[] {
  const isWrong = status === undefined || standing !== 'member' || reachedBy < asked;
  const state = status === undefined ? 'no answer' : duration(status.uptimeMillis);
  return [
    isWrong ? '!' : '',
    node,
    address,
    standing === 'member' ? state : standing,
    String(status?.frontEnd?.held ?? '-'),
    `${reachedBy} of ${asked}`,
    ...(wide
      ? [kind === 'server' ? 'data server' : 'front end', status === undefined ? '-' : String(status.incarnation)]
      : []),
  ];
}

/** Rows as lines, with columns as wide as their widest cells. */
function tabulate(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}

/** `left` at the left end, and `right` at the right one if there is room for both. */
function spread(left: string, right: string, columns: number): string {
  return `${left}${' '.repeat(Math.max(2, columns - left.length - right.length))}${right}`;
}

function fit(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines;
  const shown = Math.max(1, height - 1);
  return [...lines.slice(0, shown), ...(height > 1 ? [`… ${lines.length - shown} more lines`] : [])];
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** `91 ms`, `12 s`, `3 min`, `5 h`, `12 d`. */
function duration(millis: number): string {
  if (millis < 1_000) return `${Math.round(millis)} ms`;
  const seconds = Math.floor(millis / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
