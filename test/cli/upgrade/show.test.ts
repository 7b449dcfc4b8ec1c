import { expect, test } from 'vitest';
import type { GroupChecked } from '../../../src/cli/upgrade/check-group.ts';
import { showGroup } from '../../../src/cli/upgrade/show.ts';

/** The line on the raised version, of a log with so many commands that it cannot read. */
function lineOf(count: number): string | undefined {
  const checked: GroupChecked = {
    group: 'hall',
    version: { from: 1, active: 1, newest: 2 },
    entries: { from: 1, to: 9 },
    needs: [1],
    lacks: [],
    unreadable: count === 0 ? undefined : { index: 2, type: 'hold', reason: 'no such command', count },
    migration: { type: 'works' },
    raised: { parting: undefined, applied: 9, states: 9, failed: undefined },
    same: undefined,
    problems: [],
  };
  return showGroup(checked).find((line) => line.includes('version 2  '));
}

test('A comparison from which commands were left out does not say that all outcomes are the same', () => {
  expect(lineOf(3)).toBe('  version 2     the same in 9 entries, without 3 that it cannot read');
  expect(lineOf(0)).toBe('  version 2     the same outcomes and states in 9 entries');
});
