import { drawPanel, type Frame, type Series } from '../../src/cli/evaluate/plot-panel.ts';
import { type Ink, plotStyle } from '../../src/cli/evaluate/plot-style.ts';
import { line } from '../../src/drawing/text.ts';
import { svgDocument } from '../../src/drawing/xml.ts';

/** One window of a run without a pause. */
export interface Window {
  /** Its end, in seconds since the run began. */
  readonly end: number;
  readonly perSecond: number;
  readonly failed: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** CPU of the service's processes for one write, in microseconds. */
  readonly cpu: number;
  /** Resident memory of all its processes. */
  readonly megabytes: number;
  /** Snapshots begun in it; undefined for a service that does not say. */
  readonly snapshots: number | undefined;
}

const WIDTH = 960;
const MARGIN = 24;
const PANEL = 220;
const GAP = 16;

const PANELS: readonly { readonly title: string; readonly unit: string; readonly of: (window: Window) => number }[] = [
  { title: 'Durable writes', unit: '/s', of: ({ perSecond }) => perSecond },
  { title: 'p99 of a write', unit: 'ms', of: ({ p99Millis }) => p99Millis },
  { title: 'CPU of a write, all processes', unit: 'µs', of: ({ cpu }) => cpu },
  { title: 'Memory, all processes', unit: 'MB', of: ({ megabytes }) => megabytes },
];

const INKS: readonly Ink[] = ['a', 'b', 'c'];

/** Throughput, p99, CPU and memory over time, one line for each service (at most three). */
export function sustainedSvg(runs: ReadonlyMap<string, readonly Window[]>, about: string): string {
  const last = Math.max(...[...runs.values()].flatMap((windows) => windows.map(({ end }) => end)));
  const frame = (row: number): Frame => ({
    x: MARGIN,
    y: 76 + row * (PANEL + GAP),
    width: WIDTH - 2 * MARGIN,
    height: PANEL,
  });
  const height = 76 + PANELS.length * (PANEL + GAP) + MARGIN;
  return svgDocument(
    { title: 'Writes without a pause', style: plotStyle(), width: WIDTH, height },
    line(MARGIN, 34, 'Writes without a pause', 'h1'),
    line(MARGIN, 56, about, 'h2 soft'),
    ...PANELS.map(({ title, unit, of }, row) =>
      drawPanel({
        frame: frame(row),
        title,
        unit,
        xName: 'seconds',
        xTicks: Array.from({ length: 7 }, (_, nth) => Math.round((last * nth) / 6)),
        series: [...runs].map(([name, windows], nth): Series => {
          const ink = INKS[nth] ?? 'c';
          return { name, ink, points: windows.map((window) => [window.end, of(window)] as const) };
        }),
      }),
    ),
  );
}
