import { describe, expect, it } from 'vitest';
import { type HelloPolicy, isLater, type Life, refusal } from '../../../src/transport-http/handshake/check-hello.ts';
import {
  type Hello,
  decodeHello,
  decodeHelloAnswer,
  decodeHelloProof,
  HELLO_AT_MOST,
} from '../../../src/transport-http/handshake/hello.ts';
import { SPOKEN } from '../../../src/protocol/wire/spoken.ts';
import { hello, selfOf } from '../../support/transport-http/peer-node.ts';

const latest: Life = { generation: 2, diskId: 'c1/s2/2-m', incarnation: 4 };
const policy: HelloPolicy = {
  self: selfOf('s1'),
  life: (nodeId) => (nodeId === 's2' ? latest : undefined),
  kind: (nodeId) => (nodeId.startsWith('s') ? 'server' : undefined),
  beatsAt: () => undefined,
  isRemoved: (diskId) => diskId === 'c1/s3/1',
  hasRoom: (nodeId) => nodeId !== 's99',
};
const heard = { ...hello, ...latest };

describe('A hello', () => {
  it('is taken from the life of a node last seen and from a later one, and from a node that nobody knows', () => {
    expect(refusal(heard, policy)).toBeUndefined();
    expect(refusal({ ...heard, incarnation: 5 }, policy)).toBeUndefined();
    expect(refusal({ ...heard, generation: 3, diskId: 'c1/s2/3-a', incarnation: 1 }, policy)).toBeUndefined();
    expect(refusal({ ...hello, nodeId: 's9', diskId: 'c1/s9/1' }, policy)).toBeUndefined();
  });

  it.each<[string, Partial<Hello>, string]>([
    ['of another cluster', { clusterId: 'c2' }, 'this node belongs to cluster c1, not "c2"'],
    [
      'of another history',
      { historyId: 'h2' },
      'the history of this cluster is c1, not "h2": join it anew, with an empty folder',
    ],
    ['meant for another node', { to: 's3' }, 'this node is s1, not "s3"'],
    ['of this very node', { nodeId: 's1' }, 'this node is s1 itself'],
    ['of a removed node', { nodeId: 's3', diskId: 'c1/s3/1' }, '"s3" has been removed from this cluster'],
    [
      'of a data server by the key of front ends',
      { key: 'frontend' },
      '"s2" is a data server: it proves the servers\' key',
    ],
    ['of one node too many', { nodeId: 's99' }, 'this node has heard of too many others'],
    ['of an incarnation that is over', { incarnation: 3 }, 'incarnation 3 of s2 is over, 4 was seen'],
    ['of an older disk', { generation: 1, diskId: 'z', incarnation: 9 }, 's2 has another disk by now, of generation 2'],
    [
      'of the other disk of two',
      { diskId: 'c1/s2/2-a', incarnation: 9 },
      's2 has another disk by now, of generation 2',
    ],
  ])('%s is refused', (_, change, reason) => {
    expect(refusal({ ...heard, ...change }, policy)?.reason).toBe(reason);
  });

  it.each([
    [{ clusterId: 'c2' }, 'cluster'],
    [{ historyId: 'h2' }, 'history'],
    [{ to: 's3' }, undefined],
  ])('%j is refused by the kind %s', (change, kind) => {
    expect(refusal({ ...heard, ...change }, policy)?.kind).toBe(kind);
  });

  describe('of a later start of a disk whose earlier one still beats', () => {
    const later = { ...heard, incarnation: 5 };
    const beating = { ...policy, beatsAt: () => '10.0.0.2:4560' };

    it('is refused where it comes from another address, by words that name neither as the copy', () => {
      expect(refusal({ ...later, address: '10.0.0.9:4560' }, beating)).toEqual({
        kind: 'copy',
        reason:
          's2 runs on this disk ("c1/s2/2-m") at 10.0.0.2:4560, and not at "10.0.0.9:4560": one of the two folders is a copy',
      });
    });

    it('is taken from the same address, where only one process can listen', () => {
      expect(refusal({ ...later, address: '10.0.0.2:4560' }, beating)).toBeUndefined();
    });
  });

  it.each([hello, { ...hello, understudy: SPOKEN.to + 6 }])('is decoded from its own text, %j', (said) => {
    expect(decodeHello(JSON.stringify(said))).toEqual({ type: 'decoded', value: said });
  });

  it('may have fields that later builds say', () => {
    expect(decodeHello(JSON.stringify({ ...hello, later: 1 }))).toEqual({ type: 'decoded', value: hello });
  });

  it.each([
    ['no JSON', 'hello', 'a hello is JSON'],
    ['too long', JSON.stringify({ ...hello, clusterId: 'c'.repeat(HELLO_AT_MOST) }), 'a hello of more than 4096 bytes'],
    ['of a wrong type', JSON.stringify({ ...hello, incarnation: '4' }), 'not a hello: incarnation'],
    ['of incarnation zero', JSON.stringify({ ...hello, incarnation: 0 }), 'not a hello: incarnation'],
    ['without a nonce', JSON.stringify({ ...hello, nonce: 'n' }), 'not a hello: nonce'],
    [
      'of an older wire version, whatever else it says',
      '{"understudy":1}',
      'this node speaks wire version 5, not version 1: upgrade by way of a build that speaks both',
    ],
    [
      'of newer wire versions alone, whatever else it says',
      '{"understudy":9,"oldest":6}',
      'this node speaks wire version 5, not versions 6 to 9: upgrade by way of a build that speaks both',
    ],
    ['null', 'null', 'not a hello'],
  ])('that is %s is rejected with its reason', (_, text, reason) => {
    const decoded = decodeHello(text);
    expect(decoded.type === 'rejected' && decoded.reason).toContain(reason);
  });

  it.each(['', '{}', '{"type":"proof"}', '{"type":"proof","proof":"x"}', '{"type":"proof","proof":7}', '[]'])(
    'is not followed by the proof %j',
    (text) => {
      expect(decodeHelloProof(text).type).toBe('rejected');
    },
  );

  it.each(['', '{}', '{"type":"welcome"}', '{"type":"challenge","nodeId":"s1","incarnation":1}', '{"type":"refused"}'])(
    'is not answered by %j',
    (text) => {
      expect(decodeHelloAnswer(text).type).toBe('rejected');
    },
  );
});

it('Of any two lives of a node exactly one is later', () => {
  const lives = [1, 2].flatMap((generation) =>
    ['a', 'b'].flatMap((diskId) => [1, 2].map((incarnation) => ({ generation, diskId, incarnation }))),
  );
  for (const [place, a] of lives.entries()) {
    for (const [other, b] of lives.entries()) expect(isLater(a, b)).toBe(place > other);
  }
});
