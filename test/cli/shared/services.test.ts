import { describe, expect, test } from 'vitest';
import { knownWorkloads, loadServices, planFor, serviceMeant, servicesFlag } from '../../../src/cli/shared/services.ts';
import { WHOLE } from '../../../src/cli/sim/sweep-part.ts';
import { sweep } from '../../../src/cli/sim/sweep.ts';

describe('--services', () => {
  test.each([
    ['src/protocol/model/assert.ts', 'src/protocol/model/assert.ts exports no service and no workload'],
    ['no-such-module.ts', 'no-such-module.ts cannot be loaded: '],
  ])('says what is wrong with %s', async (file, reason) => {
    await expect(loadServices([file])).rejects.toThrow(reason);
  });

  test('loads a module once, in every thread, and seeds then make plans for its service', async () => {
    await loadServices(['examples/locks/locks.ts']);
    await loadServices(['examples/locks/locks.ts']);
    expect(knownWorkloads().map(({ service }) => service.name)).toEqual(['locks', 'tickets', 'bazaar']);
    expect(servicesFlag()).toBe(' --services examples/locks/locks.ts');
    expect(planFor(1).service).toBe('locks');
    expect(planFor(1, 'tickets').service).toBe('tickets');
    expect(() => serviceMeant('florist')).toThrow('no service is called florist; there are locks, tickets');
    const range = { from: 1, seeds: 2, shard: WHOLE };
    const service = serviceMeant(undefined);
    const options = { service, range, quiet: true, strict: true, twiceEvery: undefined, lastsAtMost: undefined };
    const [alone, threads] = [
      await sweep({ ...options, jobs: 1 }, () => {}),
      await sweep({ ...options, jobs: 2 }, () => {}),
    ];
    expect(threads).toEqual(alone);
    expect(alone).toMatchObject({ seeds: 2, violations: 0 });
    expect(alone.events).toBeGreaterThan(100);
  }, 120_000);
});
