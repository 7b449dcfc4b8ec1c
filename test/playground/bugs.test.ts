import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUGS } from '../../src/playground/model/bugs.ts';

/** The numbers of the protocol's sections and rules: `3`, `3.5`, `7.10`. */
function sections(): ReadonlySet<string> {
  const found = new Set<string>();
  let now = '';
  for (const line of readFileSync('docs/internals/protocol.md', 'utf8').split('\n')) {
    const section = /^##+ (\d+(?:\.\d+)?) /.exec(line)?.[1];
    const rule = /^(\d+)\. /.exec(line)?.[1];
    if (section !== undefined) now = section;
    if (now !== '') found.add(rule === undefined ? now : `${now}.${rule}`);
  }
  return found;
}

describe('Bugs that can be planted on the page', () => {
  it('each have the section of the rule that they break, which is one of the protocol', () => {
    const known = sections();
    expect(BUGS.length).toBeGreaterThan(60);
    const without = BUGS.filter(({ section }) => section === undefined || !known.has(section));
    expect(without.map(({ number, section }) => `${number} ${section}`)).toEqual([]);
  });
});
