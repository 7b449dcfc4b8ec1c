import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { limitsOf, mapFault } from '../../../src/chaos/decide/fault-mapping.ts';
import { type Fault, faultSchema } from '../../../src/sim/plan/fault.ts';
import { decodePlan, planOf } from '../../support/sim/bundled.ts';

const defaults = planOf({});
const fault = (input: object): Fault => faultSchema.parse({ at: 0, ...input });

describe('What a fault means where processes are real', () => {
  test.each(readdirSync('scenarios').filter((file) => file.endsWith('.yaml')))(
    'every fault of %s is done, adapted or skipped with a reason',
    (file) => {
      const decoded = decodePlan(parse(readFileSync(`scenarios/${file}`, 'utf8')));
      if (decoded.type === 'rejected') throw new Error(decoded.reason);
      for (const each of decoded.value.faults) {
        const mapping = mapFault(each);
        if (mapping.type === 'skipped') expect(mapping.reason).not.toBe('');
      }
    },
  );

  it.each([
    [{ type: 'crash', node: 's1' }, 'done'],
    [{ type: 'crash', node: 's1', afterActions: 2 }, 'adapted'],
    [{ type: 'pause', node: 's1' }, 'done'],
    [{ type: 'pause', node: 's1', clock: 'stops' }, 'adapted'],
    [{ type: 'weather', from: ['s1'], drop: 5 }, 'done'],
    [{ type: 'weather', from: ['s1'], duplicate: 5 }, 'adapted'],
    [{ type: 'jump-clock', node: 's1', byMillis: 5 }, 'skipped'],
    [{ type: 'slow-process', node: 's1', stepMicros: 5 }, 'skipped'],
    [{ type: 'rot-disk', node: 's1' }, 'skipped'],
    [{ type: 'suspect', node: 's1', of: 's2' }, 'skipped'],
  ])('%j is %s', (input, type) => {
    expect(mapFault(fault(input)).type).toBe(type);
  });

  it('asks nothing of a plan that asks for nothing, and names what a plan asks for in vain', () => {
    expect(limitsOf(defaults, defaults)).toEqual([]);
    const plan = planOf({
      network: { duplicate: 3 },
      disk: { syncMicros: [5] },
      clocks: { drift: 2 },
      ending: 'core',
      settings: { dedupeFor: 1_000 },
    });
    expect(limitsOf(plan, defaults).map(({ what }) => what)).toEqual([
      'network.duplicate',
      'disk',
      'clocks',
      'ending',
      'settings.dedupeFor',
    ]);
  });
});
