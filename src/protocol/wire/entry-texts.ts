import type { Entry } from '../model/entry.ts';

/** Entries whose texts are remembered: some batches, and not the log. */
export const TEXTS_AT_MOST = 1_024;

/** Characters of all remembered texts together, whatever the length of commands: at most two bytes each. */
export const CHARACTERS_AT_MOST = 4 * 1024 * 1024;

/**
 * Texts of entries, while they are likely to be wanted again: a primary writes each to its disk and to every secondary. Before one
 * too many, or too many characters, would be remembered, all are forgotten; a text that is too long by itself is never remembered
 * and makes nothing forgotten. What is forgotten is written anew. An entry that nobody holds any more takes its text with it.
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
