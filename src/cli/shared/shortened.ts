/** A path of an operator is shorter, and an argument that is longer tells nothing more. */
const WORD_AT_MOST = 400;

const SHOWN = 40;

/** What is said to an operator, with each word that is too long cut off: an argument of theirs is said again in an error. */
export function shortened(text: string): string {
  return text.replace(/\S+/g, (word) =>
    word.length <= WORD_AT_MOST ? word : `${word.slice(0, SHOWN)}… (${word.length} characters)`,
  );
}
