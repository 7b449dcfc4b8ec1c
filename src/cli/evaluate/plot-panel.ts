import { type Scale, scaleTo } from '../../drawing/scale.ts';
import { line, widthOf } from '../../drawing/text.ts';
import { element, escapeXml, pixels, titled } from '../../drawing/xml.ts';
import type { Ink } from './plot-style.ts';

/** A rectangle on paper, in pixels. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Series {
  readonly name: string;
  readonly ink: Ink;
  /** Dashed, with open marks: the second of two figures for the same kind. */
  readonly dashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PanelOptions {
  readonly frame: Frame;
  readonly title: string;
  /** Of the y axis: `ms`. */
  readonly unit: string;
  /** Text below the x axis. */
  readonly xName: string;
  /** Ticks of the x axis; the first and the last are its ends. */
  readonly xTicks: readonly number[];
  readonly series: readonly Series[];
  /** Least upper end of the y axis. */
  readonly atLeast?: number;
}

/** Room around the drawing: for the title and the legend above, the figures on the left, and the name below. */
const ROOM = { top: 58, left: 46, right: 12, bottom: 38 };

/** Lines over an axis, with a legend. A mark shows its figures in a tooltip. */
export function drawPanel(options: PanelOptions): string {
  const { frame, title, unit, xName, xTicks, series } = options;
  const inner = insideOf(frame);
  const first = xTicks[0] ?? 0;
  const span = Math.max(1, (xTicks.at(-1) ?? 1) - first);
  const x = (value: number): number => inner.x + ((value - first) / span) * inner.width;
  const highest = Math.max(options.atLeast ?? 0, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
  const y = scaleTo(highest, inner.y + inner.height, inner.y);
  return element(
    'g',
    {},
    line(frame.x, frame.y + 13, title, 'name'),
    drawLegend(series, frame.x, frame.y + 31),
    drawHeights(inner, y, unit),
    drawBelow(inner, xTicks, x, xName),
    ...series.map((one) => drawSeries(one, x, y, unit)),
  );
}

/** The drawing area of a frame. */
export function insideOf({ x, y, width, height }: Frame): Frame {
  return {
    x: x + ROOM.left,
    y: y + ROOM.top,
    width: width - ROOM.left - ROOM.right,
    height: height - ROOM.top - ROOM.bottom,
  };
}

/** A horizontal line for each round figure, and the unit above the highest. */
export function drawHeights(inner: Frame, y: Scale, unit: string): string {
  const rows = y.ticks.map((value) => {
    const at = y.at(value);
    const across = `M${pixels(inner.x)} ${pixels(at)}h${pixels(inner.width)}`;
    return [
      element('path', { class: value === 0 ? 'grid axis' : 'grid', d: across }),
      line(inner.x - 6, at + 4, String(value), 'tick soft right'),
    ].join('');
  });
  return [...rows, line(inner.x - 6, inner.y - 9, unit, 'soft right')].join('');
}

/** The ticks of the x axis, and below them its name. */
export function drawBelow(inner: Frame, ticks: readonly number[], x: (value: number) => number, name: string): string {
  const bottom = inner.y + inner.height;
  const told = ticks.map((value) => line(x(value), bottom + 16, String(value), 'tick soft mid'));
  return [...told, line(inner.x + inner.width / 2, bottom + 33, name, 'soft mid')].join('');
}

function drawLegend(series: readonly Series[], x: number, y: number): string {
  const each = series.map((one, place) => {
    const at = x + place * LEGEND_STEP;
    const sample = element('path', { class: classOf(one), d: `M${pixels(at)} ${pixels(y - 4)}h22` });
    return sample + drawDot(one, at + 11, y - 4, '') + line(at + 27, y, one.name, '');
  });
  return each.join('');
}

const LEGEND_STEP = 110;

function drawSeries(series: Series, x: (value: number) => number, y: Scale, unit: string): string {
  const { name, points } = series;
  const d = points
    .map(([at, value], nth) => `${nth === 0 ? 'M' : 'L'}${pixels(x(at))} ${pixels(y.at(value))}`)
    .join('');
  const dots = points.map(([at, value]) =>
    drawDot(series, x(at), y.at(value), `${name}, ${at}: ${value.toFixed(1)} ${unit}`),
  );
  return element('path', { class: classOf(series), d }) + dots.join('');
}

/** A disc, a square or a triangle, by the ink; hollow for a dashed line. */
function drawDot({ ink, dashed = false }: Series, x: number, y: number, title: string): string {
  const name = `dot ${ink}${dashed ? ' open' : ''}`;
  const [at, below] = [pixels(x), pixels(y)];
  const d =
    ink === 'a'
      ? `M${pixels(x - 3.5)} ${below}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z`
      : ink === 'b'
        ? `M${pixels(x - 3)} ${pixels(y - 3)}h6v6h-6z`
        : `M${at} ${pixels(y - 4)}l4 7h-8z`;
  return title === '' ? element('path', { class: name, d }) : titled(title, 'path', { class: name, d });
}

function classOf({ ink, dashed = false }: Series): string {
  return `line ${ink}${dashed ? ' dash' : ''}`;
}

/** A vertical line through a frame, with the event beside its top; row 0 is the lowest. */
export function drawEvent(inner: Frame, x: number, what: string, row: number): string {
  const top = inner.y - 6 - row * 13;
  const isLate = x + widthOf(what, 11) + 8 > inner.x + inner.width;
  const beside = isLate ? { x: x - 4, 'text-anchor': 'end' } : { x: x + 4 };
  return (
    element('path', { class: 'event', d: `M${pixels(x)} ${pixels(top)}V${pixels(inner.y + inner.height)}` }) +
    element('text', { class: 'alarm', ...beside, y: top + 4 }, escapeXml(what))
  );
}
