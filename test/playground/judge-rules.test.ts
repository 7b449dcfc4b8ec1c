import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeInWords } from '../../src/sim/judges/judge-words.ts';
import { judgeRules } from '../../src/playground/model/judge-rules.ts';

const root = new URL('../../', import.meta.url);
const RULES = judgeRules(readFileSync(new URL('docs/internals/testing.md', root), 'utf8'));

/** The names that judges give themselves in their files. */
const JUDGES = readdirSync(new URL('src/sim/judges/', root)).flatMap((file) => {
  const text = readFileSync(new URL(`src/sim/judges/${file}`, root), 'utf8');
  return [...text.matchAll(/^ {4}name: '([a-z-]+)'/gm)].map(([, name = '']) => name);
});

describe('the rules of judges', () => {
  test('are there in words for every judge.', () => {
    expect(JUDGES.length).toBeGreaterThan(35);
    expect(JUDGES.filter((name) => (RULES.get(name)?.never ?? '') === '')).toEqual([]);
  });

  test('are there in one plain sentence as well, for every judge of that table whose own words are not plain.', () => {
    const plain = new Set(['app-invariants', 'goals', 'service-code']);
    const sentence = /^[A-Z][^.]{15,110}\.$/;
    for (const name of [...JUDGES, ...RULES.keys()]) {
      if (plain.has(name)) expect(judgeInWords(name)).toBeUndefined();
      else expect(judgeInWords(name), name).toMatch(sentence);
    }
  });

  test('have their paper, and their section of PROTOCOL.', () => {
    expect(RULES.get('elected-by-quorum')).toEqual({
      never: 'a primary without the durable promises of more than half of the votes, or that is no voter',
      source: 'Raft §5.2; PROTOCOL §3.6',
    });
  });

  test('are there for each judge of a row that names several.', () => {
    expect(RULES.get('one-answer')).toEqual(RULES.get('assertion'));
    expect(RULES.get('assertion')?.source).toBe('PROTOCOL §2.3');
  });

  test('are none where the table is missing.', () => {
    expect(judgeRules('# Another page\n').size).toBe(0);
  });
});
