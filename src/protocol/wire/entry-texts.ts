import type { Entry } from '../model/entry.ts';

/** Cached texts: several batches of entries, not the whole log. */
export const TEXTS_AT_MOST = 1_024;

/** Characters of all cached texts together, at most two bytes each. */
export const CHARACTERS_AT_MOST = 4 * 1024 * 1024;

/**
 * A cache of entry texts: a primary writes each entry to its disk and to every secondary.
 * - When a bound would be exceeded, the whole cache is cleared.
 * - A text longer than the bound is never cached, and clears nothing.
 * - A text not in the cache is written anew.
 * - Entries are held weakly: a text goes with its entry.
 */
export function createEntryTexts(): (entry: Entry) => string {
  let texts = new WeakMap<Entry, string>();
  let remembered = 0;
  let characters = 0;

  return (entry) => {
    const known = texts.get(entry);
    if (known !== undefined) return known;
    const text = JSON.stringify(entry);
    if (text.length > CHARACTERS_AT_MOST) return text;
    if (remembered >= TEXTS_AT_MOST || characters + text.length > CHARACTERS_AT_MOST) {
      texts = new WeakMap();
      remembered = 0;
      characters = 0;
    }
    texts.set(entry, text);
    remembered += 1;
    characters += text.length;
    return text;
  };
}
