import { scaleTo } from '../../drawing/scale.ts';
import { line } from '../../drawing/text.ts';
import { element, escapeXml, pixels, svgDocument, titled } from '../../drawing/xml.ts';
import {
  type CacheMode,
  type CacheSeen,
  type Evaluation,
  hitRate,
  type Measured,
  type Outage,
  WAIT_PIECE,
} from './evaluation.ts';
import { drawBelow, drawEvent, drawHeights, drawPanel, type Frame, insideOf, type Series } from './plot-panel.ts';
import { plotStyle } from './plot-style.ts';

const MARGIN = 24;
const GAP = 24;
const COLUMNS = 3;
const COLUMN = 444;
const WIDTH = 2 * MARGIN + COLUMNS * COLUMN + (COLUMNS - 1) * GAP;
const PANEL = 244;
const ROW = 15;
const OUTAGE = 214;

/**
 * An evaluation as one SVG document: times by probability, the cache's counters and contents, and the outages. For
 * light ground and dark; the same figures give the same bytes.
 */
export function evaluationSvg(evaluation: Evaluation): string {
  const { date, machine, clients, iterations, stocks } = evaluation;
  const top = 76;
  const place = (column: number, row: number): Frame => ({
    x: MARGIN + column * (COLUMN + GAP),
    y: top + row * (PANEL + GAP),
    width: COLUMN,
    height: PANEL,
  });
  const wide = (y: number, height: number): Frame => ({ x: MARGIN, y, width: WIDTH - 2 * MARGIN, height });
  const cacheTop = top + 2 * (PANEL + GAP);
  const cacheHeight = 58 + 38 + stocks.length * ROW;
  const outageTop = cacheTop + cacheHeight + GAP;
  const height = outageTop + evaluation.outages.length * (OUTAGE + GAP);
  const latency = (title: string, kind: Measured, frame: Frame): string =>
    drawByPercent(evaluation, frame, title, [
      ...both(evaluation, kind, 'on', 'a'),
      ...both(evaluation, kind, 'off', 'b'),
    ]);
  return svgDocument(
    { title: 'The bazaar, evaluated', style: plotStyle(), width: WIDTH, height },
    line(MARGIN, 34, 'The bazaar: how long requests take, with a cache and without', 'h1'),
    line(
      MARGIN,
      56,
      `${clients} clients, ${iterations} queries each · ${machine.join(' · ')} · ${date} · each panel has a scale of its own`,
      'h2 soft',
    ),
    latency('Query', 'query', place(0, 0)),
    drawByPercent(evaluation, place(1, 0), 'Query with a cache: hits and misses', [
      ...both(evaluation, 'query hit', 'on', 'c').map(named('hit')),
      ...both(evaluation, 'query miss', 'on', 'a').map(named('miss')),
    ]),
    latency('Trade', 'trade', place(2, 0)),
    latency('Order read back', 'order', place(0, 1)),
    drawRates(evaluation, place(1, 1)),
    drawLosses(evaluation, place(2, 1)),
    drawContents(evaluation, wide(cacheTop, cacheHeight)),
    ...evaluation.outages.map((outage, nth) => drawOutage(outage, wide(outageTop + nth * (OUTAGE + GAP), OUTAGE))),
  );
}

/** p50 as a line, p95 as a dashed one. */
function both({ parts }: Evaluation, kind: Measured, cache: CacheMode, ink: Series['ink']): readonly Series[] {
  const own = parts.filter((part) => part.cache === cache);
  const points = (percentile: 'p50' | 'p95'): Series['points'] =>
    own.flatMap(({ percent, timings }) => {
      const taken = timings[kind];
      return taken === undefined ? [] : [[percent, taken[percentile]] as const];
    });
  return [
    { name: `cache ${cache}, p50`, ink, points: points('p50') },
    { name: `cache ${cache}, p95`, ink, points: points('p95'), dashed: true },
  ];
}

function named(what: string): (series: Series) => Series {
  return (series) => ({ ...series, name: series.name.replace('cache on', what) });
}

function drawByPercent({ parts }: Evaluation, frame: Frame, title: string, series: readonly Series[]): string {
  const xTicks = [...new Set(parts.map(({ percent }) => percent))];
  return drawPanel({ frame, title, unit: 'ms', xName: 'probability of a trade after a query, %', xTicks, series });
}

function drawRates(evaluation: Evaluation, frame: Frame): string {
  const points = evaluation.parts.flatMap((part): Series['points'] => {
    const rate = part.cache === 'on' ? hitRate(part) : undefined;
    return rate === undefined ? [] : [[part.percent, rate]];
  });
  return drawPanel({
    frame,
    title: 'Queries answered from the cache',
    unit: '%',
    xName: 'probability of a trade after a query, %',
    xTicks: points.map(([percent]) => percent),
    series: [{ name: 'hit rate', ink: 'c', points }],
    atLeast: 100,
  });
}

function drawLosses({ parts }: Evaluation, frame: Frame): string {
  const own = parts.filter(({ cache }) => cache === 'on');
  const points = (what: 'evictions' | 'invalidations'): Series['points'] =>
    own.map((part) => [part.percent, (100 * part[what]) / Math.max(1, part.hits + part.misses)] as const);
  return drawPanel({
    frame,
    title: 'What leaves the cache, for a hundred queries',
    unit: 'items',
    xName: 'probability of a trade after a query, %',
    xTicks: own.map(({ percent }) => percent),
    series: [
      { name: 'evicted', ink: 'a', points: points('evictions') },
      { name: 'invalidated', ink: 'b', points: points('invalidations') },
    ],
  });
}

/** A row for each stock, filled while it is kept. */
function drawContents({ stocks, sights, marks, cacheSize }: Evaluation, frame: Frame): string {
  const inner = { ...insideOf(frame), x: frame.x + 96, width: frame.width - 108 };
  const end = sights.at(-1)?.at ?? 0;
  const x = scaleTo(end, inner.x, inner.x + inner.width, 8);
  const rows = [...stocks].sort().map((name, row) => {
    const y = inner.y + row * ROW;
    return (
      line(inner.x - 8, y + ROW - 4, name, 'soft right') +
      titled(name, 'path', { class: 'bar c', d: stripOf(name, sights, (at) => x.at(at), y + 2, ROW - 4) })
    );
  });
  return element(
    'g',
    {},
    line(frame.x, frame.y + 13, `In the cache of the first front end, ${cacheSize} items at most, over time`, 'name'),
    ...rows,
    drawBelow(inner, x.ticks, (at) => x.at(at), 'seconds; above, the probability of a trade'),
    ...marks.map(({ at, what }) => drawEvent(inner, x.at(at), what, 0)),
  );
}

/** One piece for each period in which the stock was cached; it lasts until the poll that did not find it. */
function stripOf(
  name: string,
  sights: readonly CacheSeen[],
  x: (at: number) => number,
  y: number,
  height: number,
): string {
  const pieces: string[] = [];
  let since: number | undefined;
  for (const { at, names } of [...sights, { at: sights.at(-1)?.at ?? 0, names: [] }]) {
    const isThere = names.includes(name);
    if (isThere && since === undefined) since = at;
    if (isThere || since === undefined) continue;
    pieces.push(`M${pixels(x(since))} ${pixels(y)}h${pixels(x(at) - x(since))}v${height}h${pixels(x(since) - x(at))}z`);
    since = undefined;
  }
  return pieces.join('');
}

function drawOutage({ cache, waits, marks, killed }: Outage, frame: Frame): string {
  const space = insideOf(frame);
  const inner = { ...space, y: space.y + 22, height: space.height - 22 };
  const pieces = Math.max(waits.query.length, waits.trade.length);
  const seconds = (pieces * WAIT_PIECE) / 1_000;
  const x = scaleTo(seconds, inner.x, inner.x + inner.width, 10);
  const y = scaleTo(Math.max(1, ...waits.query, ...waits.trade), inner.y + inner.height, inner.y, 3);
  const bars = (values: readonly number[], ink: Series['ink'], shift: number): string => {
    const width = (x.at(WAIT_PIECE / 1_000) - x.at(0)) / 2;
    const d = values.flatMap((value, nth) => {
      if (value === 0) return [];
      const at = x.at((nth * WAIT_PIECE) / 1_000) + shift * width;
      return [`M${pixels(at)} ${pixels(y.at(0))}V${pixels(y.at(value))}h${pixels(width)}V${pixels(y.at(0))}z`];
    });
    return element('path', { class: `bar ${ink}`, d: d.join('') });
  };
  return element(
    'g',
    {},
    line(
      frame.x,
      frame.y + 13,
      `Cache ${cache}: the longest wait while ${killed}, the primary of orders, is killed and brought back`,
      'name',
    ),
    ...[
      ['query', 'a'],
      ['trade', 'b'],
    ].map(
      ([name = '', ink = ''], nth) =>
        element('rect', { class: `bar ${ink}`, x: frame.x + nth * 80, y: frame.y + 22, width: 10, height: 10 }) +
        element('text', { x: frame.x + nth * 80 + 15, y: frame.y + 31 }, escapeXml(name)),
    ),
    drawHeights(inner, y, 'ms'),
    bars(waits.query, 'a', 0),
    bars(waits.trade, 'b', 1),
    drawBelow(inner, x.ticks, (at) => x.at(at), 'seconds; the wait of what was sent in each tenth of a second'),
    // From the top down, so that no line crosses the text of the one before.
    ...marks.map(({ at, what }, nth) => drawEvent(inner, x.at(at), what, 2 - (nth % 3))),
  );
}
