import { expect, test } from 'vitest';
import { parseTokens, showTokens } from '../../src/frontend/tokens.ts';
import { WORD_AT_MOST } from '../../src/protocol/wire/bounds.ts';
import { decodeEnvelope } from '../../src/protocol/wire/codec.ts';

test.each(['c/1', 'a=b,c:d', 'half \ud800 a pair', 'ä\n'])(
  'a history of any text is shown as a token: %j',
  (historyId) => {
    const shown = showTokens({ events: { historyId, index: 3 } }, ['events']);
    expect(shown).toMatch(/^events=[\w./%-]+:3$/);
    expect(parseTokens(shown, ['events'])).toEqual({
      type: 'decoded',
      value: { events: { historyId: historyId.replace('\ud800', '\ufffd'), index: 3 } },
    });
  },
);

function taken(length: number, letter: string): boolean {
  return parseTokens(`events=${letter.repeat(length)}:3`, ['events']).type === 'decoded';
}

test('a history that no replica would read is refused, so that no client closes the link to one', () => {
  expect([taken(WORD_AT_MOST, 'x'), taken(WORD_AT_MOST, '%41')]).toEqual([true, true]);
  expect([taken(WORD_AT_MOST + 1, 'x'), taken(WORD_AT_MOST + 1, '%41')]).toEqual([false, false]);
  const at = { node: 's1', unit: 'events' };
  const token = { historyId: 'x'.repeat(WORD_AT_MOST), index: 3 };
  const read = { type: 'read', id: 'r', query: null, mode: 'session', token };
  const message = { type: 'requests', epoch: { counter: 1, nodeId: 's1' }, lamport: 0, items: [read] };
  expect(decodeEnvelope(JSON.stringify({ from: at, to: at, message })).type).toBe('decoded');
});
