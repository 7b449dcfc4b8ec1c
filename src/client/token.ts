/**
 * Merges two tokens: the higher index of each group. A token reads `events=HISTORY:12,users=HISTORY:30`. Where the
 * histories differ the newer token wins: the older history is over. Malformed parts are dropped: a front end would
 * refuse every request with them.
 */
export function mergeTokens(older: string | undefined, newer: string | undefined): string | undefined {
  const merged = new Map(placesIn(older));
  for (const [group, place] of placesIn(newer)) {
    const known = merged.get(group);
    if (known === undefined || known.history !== place.history || known.index < place.index) merged.set(group, place);
  }
  if (merged.size === 0) return undefined;
  return [...merged].map(([group, { history, index }]) => `${group}=${history}:${index}`).join(',');
}

interface Place {
  readonly history: string;
  readonly index: number;
}

function placesIn(token = ''): readonly [string, Place][] {
  return token.split(',').flatMap((part): [string, Place][] => {
    const [, group = '', history = '', index] = /^\s*([^=\s]+)=([^:\s]+):(\d{1,16})\s*$/.exec(part) ?? [];
    return index === undefined ? [] : [[group, { history, index: Number(index) }]];
  });
}
