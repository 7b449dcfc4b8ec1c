/** Splits a request target into path and query string, without the marks between them; a fragment is dropped. */
export function takenApart(target: string): readonly [path: string, query: string | undefined] {
  const hash = target.indexOf('#');
  const whole = hash < 0 ? target : target.slice(0, hash);
  const mark = whole.indexOf('?');
  return mark < 0 ? [whole, undefined] : [whole.slice(0, mark), whole.slice(mark + 1)];
}

/**
 * Names and values of a query string in order, decoded as forms are (WHATWG URL §5.1): `+` is a space, a name without
 * `=` has the empty value. Undefined for bad percent-encoding.
 */
export function queryParameters(query: string): [string, string][] | undefined {
  try {
    return query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const mark = part.indexOf('=');
        return mark < 0 ? [decoded(part), ''] : [decoded(part.slice(0, mark)), decoded(part.slice(mark + 1))];
      });
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced;
}
