/** A command of a page, and what it must print, among other things and in this order. */
interface Shown {
  readonly line: string;
  readonly printed: readonly string[];
}

/** What stands in the fences of that language. */
export function blocksIn(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);
}

/** The lines that begin with `$ `, each with those behind it. */
export function commandsIn(block: string): readonly Shown[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [line = '', ...printed] = text.trimEnd().split('\n');
      return { line, printed };
    });
}
