import { describe, expect, it } from 'vitest';
import { decodeHello, HELLO_AT_MOST, type Hello, refusal, WIRE_VERSION } from '../../src/transport-http/hello.ts';

const hello: Hello = { understudy: WIRE_VERSION, clusterId: 'c1', nodeId: 's2', incarnation: 4, to: 's1' };
const threshold = {
  clusterId: 'c1',
  nodeId: 's1',
  peers: new Set(['s2', 'f1']),
  incarnations: new Map([['s2', 4]]),
};

describe('A hello', () => {
  it('is taken from a peer of the cluster, in the incarnation last seen or a newer one', () => {
    expect(refusal(hello, threshold)).toBeUndefined();
    expect(refusal({ ...hello, incarnation: 5 }, threshold)).toBeUndefined();
  });

  it.each([
    ['of another wire version', { understudy: 2 }, 'this node speaks wire version 1, not 2'],
    ['of another cluster', { clusterId: 'c2' }, 'this node belongs to cluster c1, not "c2"'],
    ['meant for another node', { to: 's3' }, 'this node is s1, not "s3"'],
    ['of an unknown node', { nodeId: 's9' }, 'no node "s9" in this cluster'],
    ['of this very node', { nodeId: 's1' }, 'no node "s1" in this cluster'],
    ['of an incarnation that is over', { incarnation: 3 }, 'incarnation 3 of s2 is over, 4 was seen'],
  ])('%s is refused', (_, change, reason) => {
    expect(refusal({ ...hello, ...change }, threshold)).toBe(reason);
  });

  it('is decoded from its own text', () => {
    expect(decodeHello(JSON.stringify(hello))).toEqual({ type: 'decoded', value: hello });
  });

  it.each([
    ['no JSON', 'hello', 'a hello is JSON'],
    ['too long', JSON.stringify({ ...hello, clusterId: 'c'.repeat(HELLO_AT_MOST) }), 'a hello of more than 4096 bytes'],
    ['of a wrong type', JSON.stringify({ ...hello, incarnation: '4' }), 'not a hello: incarnation'],
    ['of incarnation zero', JSON.stringify({ ...hello, incarnation: 0 }), 'not a hello: incarnation'],
    ['null', 'null', 'not a hello'],
  ])('that is %s is rejected with its reason', (_, text, reason) => {
    const decoded = decodeHello(text);
    expect(decoded.type === 'rejected' && decoded.reason).toContain(reason);
  });
});
