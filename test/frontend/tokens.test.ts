import { expect, test } from 'vitest';
import { parseTokens, showTokens } from '../../src/frontend/tokens.ts';

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
