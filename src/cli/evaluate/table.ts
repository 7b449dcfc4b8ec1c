import { listed } from '../client/report.ts';
import type { Timings } from '../shared/timings.ts';
import {
  type CacheMode,
  type Evaluation,
  hitRate,
  MEASURED,
  type Measured,
  noticed,
  type Part,
  sameEverywhere,
} from './evaluation.ts';

/** The result of an evaluation, for a terminal of 60 columns or more. */
export function showEvaluation(evaluation: Evaluation): string {
  const { clients, iterations, seed, seconds, outages, problems, unknown, compared } = evaluation;
  const isWell = problems.length + unknown.length === 0;
  return [
    `evaluate bazaar: ${isWell ? 'ok' : problems.length === 0 ? 'unknown' : 'failed'}`,
    `${clients} clients, ${iterations} queries each, seed ${seed}, ${Math.round(seconds)} s`,
    ...(['on', 'off'] as const).flatMap((cache) => ['', ...tableOf(evaluation, cache)]),
    '',
    ...wrapped(`Primary of orders killed and brought back: ${noticed(outages)}.`),
    ...wrapped(`In the end ${sameEverywhere(evaluation)}.`),
    ...wrapped(`${compared} orders compared: ${isWell ? 'order info match with local' : 'see below'}.`),
    ...listed('WRONG', problems, PROBLEMS_AT_MOST),
    ...listed('UNKNOWN', unknown, PROBLEMS_AT_MOST),
  ].join('\n');
}

const PROBLEMS_AT_MOST = 20;
const COLUMNS = 60;

function tableOf({ parts }: Evaluation, cache: CacheMode): readonly string[] {
  const rows = parts.filter((part) => part.cache === cache);
  return [
    ['p %', `cache ${cache}, ms`, 'count', 'p50', 'p95', 'p99', 'worst'],
    ...rows.flatMap((part) => [
      ...rowsOf(part).map(([kind, { count, p50, p95, p99, worst }]) => [
        String(part.percent),
        kind,
        String(count),
        ...[p50, p95, p99, worst].map((millis) => millis.toFixed(1)),
      ]),
      ...(cache === 'on' ? [[String(part.percent), `hits ${showRate(part)}`]] : []),
    ]),
  ].map(([percent = '', kind = '', ...cells]) =>
    `${percent.padStart(3)}  ${kind.padEnd(13)}${cells.map((cell) => cell.padStart(8)).join('')}`.trimEnd(),
  );
}

/** The same for a document, with and without a cache side by side. */
export function markdownTable({ parts }: Evaluation): readonly string[] {
  const percents = [...new Set(parts.map(({ percent }) => percent))];
  const find = (percent: number, cache: CacheMode): Part | undefined =>
    parts.find((part) => part.percent === percent && part.cache === cache);
  const rows = percents.flatMap((percent) =>
    MEASURED.flatMap((kind) => {
      const cells = (['on', 'off'] as const).map((cache) => find(percent, cache)?.timings[kind]);
      if (cells.every((timings) => timings === undefined)) return [];
      return [`| ${[String(percent), kind, ...cells.flatMap(cellsOf)].join(' | ')} |`];
    }),
  );
  return [
    '| p % | kind | on: count | p50 | p95 | p99 | off: count | p50 | p95 | p99 |',
    '| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...rows,
  ];
}

/** The cache's counters, by probability. */
export function markdownCacheTable({ parts }: Evaluation): readonly string[] {
  const rows = parts
    .filter(({ cache }) => cache === 'on')
    .map((part) => [part.percent, part.hits, part.misses, showRate(part), part.evictions, part.invalidations]);
  return [
    '| p % | hits | misses | hit rate | evictions | invalidations |',
    '| --: | --: | --: | --: | --: | --: |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ];
}

function rowsOf({ timings }: Part): readonly (readonly [Measured, Timings])[] {
  return MEASURED.flatMap((kind) => {
    const taken = timings[kind];
    return taken === undefined ? [] : [[kind, taken] as const];
  });
}

function cellsOf(timings: Timings | undefined): readonly string[] {
  if (timings === undefined) return ['', '', '', ''];
  return [String(timings.count), ...[timings.p50, timings.p95, timings.p99].map((millis) => millis.toFixed(1))];
}

function showRate(part: Part): string {
  const rate = hitRate(part);
  return rate === undefined ? 'none' : `${rate.toFixed(0)} %`;
}

/** Wraps `text` into lines of at most so many columns. */
export function wrapped(text: string, columns = COLUMNS): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
