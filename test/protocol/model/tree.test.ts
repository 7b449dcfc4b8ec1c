import { describe, expect, it } from 'vitest';
import { whyNoTree } from '../../../src/protocol/model/tree.ts';
import { decodePlan } from '../../support/sim/bundled.ts';

describe('A value that was read', () => {
  it('is a tree where a part is named twice, and none where it leads back to what it is in', () => {
    const fault = { type: 'crash', at: 1, node: 's1' };
    expect(whyNoTree({ faults: [fault, fault] })).toBeUndefined();
    const faults: unknown[] = [];
    faults.push(fault, { of: faults });
    expect(whyNoTree({ faults })).toBe('.faults[1].of: refers back to a part that it is in');
  });

  it('has a depth and a number of parts that can be walked', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100; level += 1) deep = [deep];
    expect(whyNoTree(deep)).toBeUndefined();
    expect(whyNoTree([deep])).toBe('[0][0][0]: is nested more than 100 deep');
    let wide: unknown = 'x';
    for (let level = 0; level < 30; level += 1) wide = [wide, wide];
    expect(whyNoTree(wide)).toMatch(/has more than \d+ parts/);
  });

  it('is no plan otherwise: the reason names the place, as of any other mistake', () => {
    const faults: unknown[] = [];
    faults.push(faults);
    expect(decodePlan({ faults })).toEqual({
      type: 'rejected',
      reason: 'plan.faults[0]: refers back to a part that it is in',
    });
  });
});
