import type { LineOptions, ReadHistory } from './event-of.ts';
import { readLines } from './lines.ts';
import { isLogged, readEdn, readJepsenLog } from './read-edn.ts';

/** How a history is written. */
export type HistoryFormat = 'json' | 'edn' | 'log';

/** What a text looks like by its beginning. */
export function formatOf(text: string): HistoryFormat {
  const start = text.slice(0, 100_000);
  if (start.split('\n').some(isLogged)) return 'log';
  return /^(?:[\s,]|;[^\n]*\n)*(?:[[(#:]|\{\s*[:#}])/.test(start) ? 'edn' : 'json';
}

/** Reads a history of any of the formats; docs/reference/checker.md has them. */
export function readHistory(
  text: string,
  { format = formatOf(text), ...options }: LineOptions & { readonly format?: HistoryFormat } = {},
): ReadHistory {
  if (format === 'log') return readJepsenLog(text, options);
  return format === 'edn' ? readEdn(text, options) : readLines(text, options);
}
