import { accepted, type Listed, type Outcome } from './app.ts';
import { assert } from './assert.ts';
import type { Json } from './json.ts';
import { weigh } from './weigh.ts';

/** Rows by their place: immutable's List, or an array. */
type Rows<Row> = readonly Row[] | { readonly size: number; get(place: number): Row | undefined };

/** The answer of a query that lists `rows`, each as `show` presents it. */
export function asList<Row>(rows: Rows<Row>, show: (row: Row) => Json): Listed {
  const size = 'size' in rows ? rows.size : rows.length;
  return {
    type: 'listed',
    size,
    row(place) {
      const row = 'get' in rows ? rows.get(place) : rows[place];
      assert(row !== undefined, 'a list has a row at each of its places');
      return show(row);
    },
  };
}

/** The rows of one page. */
export interface Page {
  readonly outcome: Outcome;
  /** Bytes of the outcome's value. */
  readonly size: number;
  /** The place of the first row behind it; undefined behind the last row. */
  readonly next: number | undefined;
}

/** The rows from `from` on, as many as fit into `atMost` bytes, and one at least. */
export function pageOf(listed: Listed, from: number, atMost: number): Page {
  const rows: Json[] = [];
  let size = 2;
  let place = from;
  for (; place < listed.size; place += 1) {
    const row = listed.row(place);
    const weight = weigh(row) + 1;
    if (rows.length > 0 && size + weight > atMost) break;
    rows.push(row);
    size += weight;
  }
  return { outcome: accepted(rows), size, next: place < listed.size ? place : undefined };
}

/** The whole list. */
export function wholeOf(answer: Outcome | Listed): Outcome {
  if (answer.type !== 'listed') return answer;
  return accepted(Array.from({ length: answer.size }, (_, place) => answer.row(place)));
}
