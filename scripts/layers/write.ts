// Writes the files made from the table of layers: the lint rules and the picture in the documentation.
//
//     npm run layers
import { readFileSync, writeFileSync } from 'node:fs';
import { lintRules } from './lint-rules.ts';
import { withPicture } from './picture.ts';

export const RULES = new URL('../../.oxlintrc.layers.json', import.meta.url);
export const PAGE = new URL('../../docs/internals/architecture.md', import.meta.url);

/** The file of lint rules: an override a line. */
export function rulesText(): string {
  const overrides = lintRules().map((override) => `    ${JSON.stringify(override)}`);
  return `{\n  "overrides": [\n${overrides.join(',\n')}\n  ]\n}\n`;
}

if (process.argv[1]?.endsWith('write.ts') === true) {
  writeFileSync(RULES, rulesText());
  writeFileSync(PAGE, withPicture(readFileSync(PAGE, 'utf8')));
}
