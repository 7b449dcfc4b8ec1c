import { describe, expect, test } from 'vitest';
import { ITEMS_AT_MOST, NODES_AT_MOST, WORD_AT_MOST } from '../../../src/protocol/wire/bounds.ts';
import { decodeEnvelope } from '../../../src/protocol/wire/codec.ts';

// What a node says has bounds in count and in size (PROTOCOL §2.6): of a message beyond one nothing is taken.

const EPOCH = { counter: 1, nodeId: 's1' };
const SERVICE = {
  nodeId: 's1',
  kind: 'server',
  address: 's1:4000',
  diskId: 'd',
  generation: 1,
  incarnation: 1,
  standing: 'member',
  beat: 1,
};
const MEMBER = { nodeId: 's1', diskId: 'd', kind: 'data', votes: 1, rank: 1 };
const VIEW = { group: 'events', epoch: EPOCH, index: 1, configuration: { voters: [MEMBER], learners: [] } };
const READ = { type: 'read', id: 'r', query: null, mode: 'linearizable' };
const LONG = 'x'.repeat(WORD_AT_MOST + 1);
const gossip = { type: 'gossip', services: [SERVICE], groups: [VIEW], isAnswer: true };
const requests = { type: 'requests', epoch: EPOCH, lamport: 0, items: [READ] };
const heard = { type: 'heard', epoch: EPOCH, beat: 1, agreed: 1, diskId: 'd', incarnation: 1 };

function times<Value>(count: number, value: Value): readonly Value[] {
  return Array.from({ length: count }, () => value);
}

/** What is wrong with a message; undefined where it is taken. */
function problemOf(message: object): string | undefined {
  const at = { node: 's1', unit: 'events' };
  const decoded = decodeEnvelope(JSON.stringify({ from: at, to: at, message }));
  return decoded.type === 'rejected' ? decoded.reason : undefined;
}

const withService = (said: object): object => ({ ...gossip, services: [{ ...SERVICE, ...said }] });
const withView = (said: object): object => ({ ...gossip, groups: [{ ...VIEW, ...said }] });

describe('A message between nodes is malformed beyond its bounds', () => {
  test.each<readonly [of: string, message: object, where: string]>([
    ['names in gossip', { ...gossip, services: times(NODES_AT_MOST + 1, SERVICE) }, '.services: at most 1024'],
    ['groups in gossip', { ...gossip, groups: times(NODES_AT_MOST + 1, VIEW) }, '.groups: at most 1024'],
    ['a name', withService({ nodeId: LONG }), '.services[0].nodeId: a text of at most 1024'],
    ['an address', withService({ address: `${'a.'.repeat(4_000_000)}a:1` }), '.services[0].address: host:port'],
    ['the id of a disk', withService({ diskId: LONG }), '.services[0].diskId: a text of at most 1024'],
    ['a proof', withService({ proof: LONG }), '.services[0].proof: a text of at most 1024'],
    ['the name of a group', withView({ group: LONG }), '.groups[0].group: a text of at most 1024'],
    ['a primary', withView({ primary: LONG }), '.groups[0].primary: a text of at most 1024'],
    ['the node of an epoch', withView({ epoch: { counter: 1, nodeId: LONG } }), '.epoch.nodeId: a text of at most'],
    [
      'voters',
      withView({ configuration: { voters: times(NODES_AT_MOST + 1, MEMBER), learners: [] } }),
      '.configuration.voters: at most 1024',
    ],
    [
      'the name of a learner',
      withView({ configuration: { voters: [], learners: [{ ...MEMBER, nodeId: LONG }] } }),
      '.learners[0].nodeId: a text of at most',
    ],
    ['requests', { ...requests, items: times(ITEMS_AT_MOST + 1, READ) }, '.items: at most 65536'],
    ['the id of a request', { ...requests, items: [{ ...READ, id: LONG }] }, '.items[0].id: a text of at most'],
    ['a token', { ...requests, items: [{ ...READ, token: { historyId: LONG, index: 1 } }] }, '.historyId: a text of'],
    ['the disk of an answer', { ...heard, diskId: LONG }, '.diskId: a text of at most'],
    ['what a server is short of', { ...heard, short: times(4, 'disk') }, '.short: at most 3'],
    ['the way of a request', { ...requests, type: 'relay', origin: { node: LONG, unit: 'u' } }, '.origin.node: a text'],
  ])('in %s', (_, message, where) => {
    expect(problemOf(message)).toContain(where);
  });

  test('and taken at them', () => {
    const full = {
      ...gossip,
      services: times(NODES_AT_MOST, { ...SERVICE, nodeId: 'x'.repeat(WORD_AT_MOST) }),
      groups: [{ ...VIEW, configuration: { voters: times(NODES_AT_MOST, MEMBER), learners: [] } }],
    };
    expect(problemOf(full)).toBeUndefined();
    expect(problemOf({ ...requests, items: times(ITEMS_AT_MOST, READ) })).toBeUndefined();
    expect(problemOf({ ...heard, short: ['disk', 'memory', 'state'] })).toBeUndefined();
  });

  test('without a look at the items of a list that is too long', () => {
    expect(problemOf({ ...gossip, services: times(NODES_AT_MOST + 1, 'none') })).toContain('.services: at most');
  });
});
