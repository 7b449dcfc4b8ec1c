/** Steps of a search for the parts of a text; beyond it the text may be made of them. */
const TRIED_AT_MOST = 200;

/** Whether the rest of a text, from a place on, is `parts` one after the other, each at most once. */
export function isMadeOf(text: string, place: number, parts: readonly string[]): boolean {
  const isTaken = new Uint8Array(parts.length);
  let tried = 0;
  const isRest = (from: number): boolean => {
    if (from === text.length) return true;
    tried += 1;
    if (tried > TRIED_AT_MOST) return true;
    return parts.some((part, number) => {
      if (isTaken[number] === 1 || part === '' || !text.startsWith(part, from)) return false;
      isTaken[number] = 1;
      const isIt = isRest(from + part.length);
      isTaken[number] = 0;
      return isIt;
    });
  };
  return isRest(place);
}
