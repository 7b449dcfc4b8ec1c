import type { Json } from '../model/json.ts';
import type { Page } from '../model/listed.ts';

/** Pages that are remembered, and the bytes from which on one is worth it. */
const REMEMBERED_AT_MOST = 16;
const REMEMBERED_FROM = 16 * 1024;

interface RecentPage {
  readonly state: unknown;
  readonly query: string;
  readonly from: number;
  readonly page: Page;
}

/** Newest last. It changes no answer: a page follows from state, query and place. */
const recent: RecentPage[] = [];

/** The page that `make` makes of a query in `state`; where it was made a moment ago, the same object again. */
export function recentPage(state: unknown, query: Json, from: number, make: () => Page): Page {
  const ofState = recent.filter((one) => one.state === state && one.from === from);
  const text = ofState.length === 0 ? undefined : JSON.stringify(query);
  const known = ofState.find((one) => one.query === text);
  if (known !== undefined) return known.page;
  const page = make();
  if (page.size >= REMEMBERED_FROM) {
    recent.push({ state, query: text ?? JSON.stringify(query), from, page });
    if (recent.length > REMEMBERED_AT_MOST) recent.shift();
  }
  return page;
}
