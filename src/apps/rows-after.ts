import type { List } from 'immutable';

/** What a page of a list asks for: at most `limit` rows after the one with id `after`; all without the two. */
interface PageAsked {
  readonly after?: number;
  readonly limit?: number;
}

/** The rows of a page of `rows`, where the id of a row is its place. */
export function rowsAfter<Row>(rows: List<Row>, { after = -1, limit = rows.size }: PageAsked): List<Row> {
  return rows.slice(after + 1, after + 1 + limit);
}
