/**
 * Two tokens as one that has seen what both have: per group the higher index. A token reads
 * `events=HISTORY:12,users=HISTORY:30`. Where the histories differ the newer token counts: the older one's is over.
 */
export function mergeTokens(older: string | undefined, newer: string | undefined): string | undefined {
  if (older === undefined || newer === undefined || newer === '')
    return newer === undefined || newer === '' ? older : newer;
  const merged = new Map(parts(older));
  for (const [group, place] of parts(newer)) {
    const known = merged.get(group);
    if (known === undefined || known.history !== place.history || known.index < place.index) merged.set(group, place);
  }
  return [...merged].map(([group, { history, index }]) => `${group}=${history}:${index}`).join(',');
}

interface Place {
  readonly history: string;
  readonly index: number;
}

function parts(token: string): [string, Place][] {
  return token.split(',').map((part) => {
    const equals = part.indexOf('=');
    const colon = part.lastIndexOf(':');
    return [part.slice(0, equals), { history: part.slice(equals + 1, colon), index: Number(part.slice(colon + 1)) }];
  });
}
