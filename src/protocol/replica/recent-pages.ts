import type { Json } from '../model/json.ts';
import type { Page } from '../model/listed.ts';

/** Pages that are kept, and the bytes from which on one is worth it. */
const KEPT_AT_MOST = 16;
const KEPT_FROM = 16 * 1024;

/** What a page follows from. */
interface PageKey {
  readonly state: unknown;
  readonly query: Json;
  readonly from: number;
}

/** A page that was made a moment ago. */
export interface RecentPage {
  readonly state: unknown;
  readonly query: string;
  readonly from: number;
  readonly page: Page;
}

/**
 * The page that `make` makes of a query in a state, and the recent pages with it, newest last. Where it was made a moment
 * ago, it is the same object again, so that its text is made once.
 */
export function withPage(
  recent: readonly RecentPage[],
  { state, query, from }: PageKey,
  make: () => Page,
): readonly [Page, readonly RecentPage[]] {
  const ofState = recent.filter((one) => one.state === state && one.from === from);
  const text = ofState.length === 0 ? undefined : JSON.stringify(query);
  const known = ofState.find((one) => one.query === text);
  if (known !== undefined) return [known.page, recent];
  const page = make();
  if (page.size < KEPT_FROM) return [page, recent];
  const made = { state, query: text ?? JSON.stringify(query), from, page };
  return [page, [...recent, made].slice(-KEPT_AT_MOST)];
}
