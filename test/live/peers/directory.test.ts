import { describe, expect, it } from 'vitest';
import { serviceEntry } from '../../../src/live/peers/directory.ts';

const entry = {
  nodeId: 's1',
  kind: 'server',
  address: '127.0.0.1:4599',
  diskId: 'c/s1/1',
  generation: 1,
  incarnation: 1,
  standing: 'member',
  beat: 0,
};

describe('An entry of the directory of another process', () => {
  it('is taken as gossip takes it', () => {
    expect(serviceEntry.safeParse(entry).success).toBe(true);
  });

  it.each([
    ['a name of an object property', { nodeId: 'constructor' }],
    ['a name that is too long', { nodeId: 's'.repeat(33) }],
    ['a disk id that is too long', { diskId: 'd'.repeat(201) }],
    ['an address that is no host and port', { address: '10.0.0.300:4599' }],
  ])('is refused with %s', (_, change) => {
    expect(serviceEntry.safeParse({ ...entry, ...change }).success).toBe(false);
  });
});
