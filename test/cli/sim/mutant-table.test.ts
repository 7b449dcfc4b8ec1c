import { describe, expect, it } from 'vitest';
import { showMutants } from '../../../src/cli/sim/mutant-table.ts';
import type { MutantReport } from '../../../src/sim/mutants/mutant-report.ts';

function report(number: number): MutantReport {
  return {
    id: `M0${number}`,
    name: 'votes-for-rank-alone',
    where: 'protocol',
    title: 'does something wrong',
    fate: 'killed',
    starts: 2,
    found: 2,
    medianSeeds: 3,
    judges: [{ judge: `judge-${number}`, times: 2 }],
    falseAlarms: [],
  };
}

describe('The table of planted bugs', () => {
  it('names the judges of a few bugs in a line each, and of five in a matrix', () => {
    const few = showMutants([report(1), report(2)], []);
    expect(few).toContain('\nM01  found by judge-1 (2)\nM02  found by judge-2 (2)\n');
    const many = showMutants([1, 2, 3, 4, 5].map(report), []);
    expect(many).not.toContain('found by');
    expect(many).toMatch(/M05 +· +· +· +· +2\n/);
  });
});
