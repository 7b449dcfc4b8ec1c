import { fit } from '../drawing/text.ts';
import { element, escapeXml, pixels, titled } from '../drawing/xml.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Illegal } from './illegal.ts';
import type { Operation } from './operation.ts';
import type { Placed } from './placed.ts';
import { showOperation } from './show.ts';

const LANE_HEIGHT = 34;
const BAR_HEIGHT = 18;
const TOP = 22;

/**
 * A chart of operations as intervals (SVG): a lane for each process, the linearization points of an order, and the
 * operation that cannot be placed. The order may have more operations than are drawn.
 */
export function chart(
  operations: readonly Operation[],
  order: readonly Placed[],
  illegal: Illegal | undefined,
): string {
  const places = [...new Set(operations.flatMap(({ calledAt, returnedAt }) => [calledAt, returnedAt ?? calledAt]))];
  const columns = places.sort((a, b) => a - b);
  const step = columns.length <= 60 ? 40 : columns.length <= 300 ? 26 : 18;
  const lanes = [...new Set(operations.map(({ process }) => process))].sort(byName);
  const left = 24 + 7 * Math.max(...lanes.map((name) => name.length), 4);
  const layout: Layout = {
    x: (place) => left + step * columns.findLastIndex((column) => column <= place),
    y: (process) => TOP + LANE_HEIGHT * lanes.indexOf(process),
    right: left + step * (columns.length + 1),
    bottom: TOP + LANE_HEIGHT * lanes.length,
    between: step,
  };
  const drawn = new Set(operations.map(({ number }) => number));
  const moments = momentsOf(order, layout).filter((_, place) => drawn.has(order[place]?.operation.number ?? -1));
  const placed = new Set(order.map(({ operation }) => operation.number));
  return element(
    'svg',
    {
      width: layout.right + 10,
      height: layout.bottom + 10,
      role: 'img',
      'aria-label': 'operations by process',
    },
    ...lanes.map((name) => laneOf(name, layout)),
    ...operations.map((operation) =>
      barOf(operation, layout, placed, illegal, endOfLane(operation, operations, layout)),
    ),
    element('polyline', { class: 'path', points: moments.map(({ x, y }) => `${pixels(x)},${pixels(y)}`).join(' ') }),
    ...moments.map(drawMoment),
    ...(illegal === undefined ? [] : [endOf(illegal, layout)]),
  );
}

interface Layout {
  readonly x: (place: number) => number;
  /** The top of a process's bars. */
  readonly y: (process: string) => number;
  readonly right: number;
  readonly bottom: number;
  /** The distance of two events. */
  readonly between: number;
}

interface Moment {
  readonly x: number;
  readonly y: number;
  readonly number: number;
}

/** Numbers by size, before names. */
function byName(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)];
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return a < b ? -1 : 1;
}

function laneOf(name: string, { y, right }: Layout): string {
  const middle = y(name) + BAR_HEIGHT / 2;
  return (
    element('text', { x: 6, y: middle + 4 }, escapeXml(name)) +
    element('line', { class: 'lane', x1: 6, x2: right, y1: middle, y2: middle })
  );
}

function barOf(
  operation: Operation,
  { x, y }: Layout,
  placed: ReadonlySet<number>,
  illegal: Illegal | undefined,
  end: number,
): string {
  const { number, process, calledAt, returnedAt } = operation;
  const [from, top] = [x(calledAt), y(process)];
  const to = returnedAt === undefined ? end : x(returnedAt);
  const kind = placed.has(number) ? operation.outcome.type : 'none';
  const isAfter = illegal !== undefined && calledAt > illegal.at;
  const isCulprit = illegal?.operation.number === number;
  const text = showOperation(operation);
  const height = BAR_HEIGHT;
  return titled(
    `process ${process}: ${text}`,
    'g',
    { class: isCulprit ? 'culprit' : isAfter ? 'after' : undefined },
    element('rect', {
      class: `bar ${kind}`,
      x: from,
      y: top,
      width: Math.max(4, to - from),
      height,
      rx: 3,
    }),
    element('text', { x: from + 4, y: top + 13 }, escapeXml(fit(short(operation), 11, Math.max(0, end - from - 8)))),
  );
}

/** The right end of a bar and its text: the next call of the process, or the end. */
function endOfLane({ process, calledAt }: Operation, operations: readonly Operation[], { x, right }: Layout): number {
  const next = operations.find((other) => other.process === process && other.calledAt > calledAt);
  return next === undefined ? right : x(next.calledAt) - 3;
}

/** What fits into a bar: the outcome's sign, the name, and values without their names: `✓ buy 2, 0`. */
function short({ f, input, outcome }: Operation): string {
  const sign = { ok: '✓', fail: '✗', unknown: '?' }[outcome.type];
  const answer =
    outcome.type === 'ok' && outcome.value !== null && !isStructured(outcome.value)
      ? ` → ${String(outcome.value)}`
      : '';
  return `${sign} ${f} ${valuesOf(input)}${answer}`.replaceAll(/ +/g, ' ').trimEnd();
}

function valuesOf(value: Json): string {
  if (value === null) return '';
  if (!isStructured(value)) return String(value);
  return Object.values(value).map(valuesOf).join(', ');
}

function isStructured(value: Json): value is Extract<Json, object> {
  return typeof value === 'object' && value !== null;
}

/** The linearization points of an order, each after its call; several between the same two events share the gap. */
function momentsOf(order: readonly Placed[], { x, y, between }: Layout): readonly Moment[] {
  let latest = 0;
  const after = order.map(({ operation }) => (latest = Math.max(latest, operation.calledAt)));
  return order.map(({ operation }, place) => {
    const first = after.indexOf(after[place] ?? 0);
    const share = after.lastIndexOf(after[place] ?? 0) - first + 2;
    return {
      x: x(after[place] ?? 0) + (between * (place - first + 1)) / share,
      y: y(operation.process) + BAR_HEIGHT + 4,
      number: place + 1,
    };
  });
}

function drawMoment({ x, y, number }: Moment): string {
  return (
    element('circle', { class: 'dot', cx: x, cy: y, r: 2.5 }) +
    element('text', { class: 'number', x, y: y + 9, 'text-anchor': 'middle' }, String(number))
  );
}

/** The mark at the end of the shortest illegal prefix. */
function endOf({ at }: Illegal, { x, bottom }: Layout): string {
  return element('line', { class: 'end', x1: x(at), x2: x(at), y1: 4, y2: bottom });
}
