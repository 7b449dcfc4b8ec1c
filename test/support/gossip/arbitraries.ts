import * as fc from 'fast-check';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { GroupView, ServiceEntry } from '../../../src/protocol/model/directory.ts';

/** Few values of everything, so that much of what is said contradicts something else. */
export const entries: fc.Arbitrary<ServiceEntry> = fc.record({
  nodeId: fc.constantFrom('f1', 's1', 's2', '__proto__'),
  kind: fc.constantFrom('server', 'frontend'),
  address: fc.constantFrom('a:1', 'b:2'),
  diskId: fc.constantFrom('disk-1', 'disk-2'),
  generation: fc.integer({ min: 1, max: 2 }),
  incarnation: fc.integer({ min: 0, max: 2 }),
  standing: fc.constantFrom('member', 'away', 'removed'),
  beat: fc.integer({ min: 0, max: 2 }),
});

const members = fc
  .subarray(['s1', 's2', 's3'], { minLength: 1 })
  .map((names) =>
    configurationOf(names.map((nodeId, rank) => ({ nodeId, diskId: nodeId, kind: 'data', votes: 1, rank }))),
  );

export const sights: fc.Arbitrary<GroupView> = fc.record({
  group: fc.constantFrom('events', 'users'),
  epoch: fc.record({ counter: fc.integer({ min: 0, max: 2 }), nodeId: fc.constantFrom('s1', 's2') }),
  primary: fc.constantFrom('s1', 's2', undefined),
  index: fc.integer({ min: 0, max: 2 }),
  configuration: members,
});
