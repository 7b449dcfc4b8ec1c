import type { Outcome } from '../model/app.ts';

/** Length from which on the text of an outcome is kept, in characters. */
const KEPT_FROM = 16 * 1024;

/** Characters of all kept texts together. */
const OUTCOME_TEXTS_AT_MOST = 16 * 1024 * 1024;

/**
 * The text of an outcome. Long ones are kept for as long as the outcome lives, since identical reads at one index share
 * it; when there would be too many, all are dropped.
 */
export function createOutcomeTexts(): (outcome: Outcome) => string {
  let texts = new WeakMap<Outcome, string>();
  let characters = 0;

  return (outcome) => {
    const known = texts.get(outcome);
    if (known !== undefined) return known;
    const text = JSON.stringify(outcome);
    if (text.length < KEPT_FROM || text.length > OUTCOME_TEXTS_AT_MOST) return text;
    if (characters + text.length > OUTCOME_TEXTS_AT_MOST) {
      texts = new WeakMap();
      characters = 0;
    }
    texts.set(outcome, text);
    characters += text.length;
    return text;
  };
}
