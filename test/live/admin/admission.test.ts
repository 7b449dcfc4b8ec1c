import { describe, expect, it } from 'vitest';
import { SERVICES_AT_MOST } from '../../../src/gossip/gossip.ts';
import { admit, type JoinAnswer, joinAnswer, type Registry } from '../../../src/live/admin/admission.ts';
import type { NameConsent } from '../../../src/host/consent.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { nodeRecord } from '../../support/storage/node-record.ts';

const S1 = entry('s1');
const S2 = entry('s2');

describe('A process that is asked for a place in its cluster', () => {
  it('gives the next free name, a disk of its own, and all there is to know', () => {
    const answer = admitted({ kind: 'server', address: 'a:9' }, [S1, entry('s7'), entry('f3')]);
    expect(answer).toMatchObject({ nodeId: 's8', generation: 1, diskId: 'c/s8/1-unique', clusterId: 'c' });
    expect(answer.services).toEqual([S1, entry('s7'), entry('f3')]);
    expect(admitted({ kind: 'frontend', address: 'a:9' }, [S1, entry('s7'), entry('f3')]).nodeId).toBe('f4');
  });

  it('gives no name away twice, though no node has heard of its new owner yet', () => {
    const registry = registryOf([S1]);
    const names = [1, 2].map(
      (port) => decoded(admit(asked({ kind: 'server', address: `a:${port}` }), registry)).nodeId,
    );
    expect(names).toEqual(['s2', 's3']);
  });

  it('passes the name of a node that is gone on to the next generation: asked for by name, or by its address', () => {
    const gone = { ...entry('s2'), generation: 3 };
    const byName = admitted({ kind: 'server', address: 'a:9', nodeId: 's2' }, [S1, gone], ['s1']);
    expect(byName).toMatchObject({ nodeId: 's2', generation: 4, diskId: 'c/s2/4-unique' });
    expect(admitted({ kind: 'server', address: gone.address }, [S1, gone], ['s1'])).toMatchObject({ nodeId: 's2' });
  });

  it('leaves the name of a node that was removed to whoever asks for it, and to nobody else', () => {
    const removed = { ...entry('s2'), standing: 'removed' as const };
    expect(admitted({ kind: 'server', address: removed.address }, [S1, removed])).toMatchObject({ nodeId: 's3' });
    const named = admitted({ kind: 'server', address: 'a:9', nodeId: 's2' }, [S1, removed]);
    expect(named).toMatchObject({ nodeId: 's2', generation: 2 });
  });

  it('takes a founder that was never heard of for one that had a disk', () => {
    expect(admitted({ kind: 'frontend', address: 'a:9', nodeId: 'f1' }, [S1])).toMatchObject({ generation: 2 });
  });

  it.each([
    ['the name of one who lives', { kind: 'server', address: 'a:9', nodeId: 's2' }, /"s2 lives, at 127\.0\.0\.1:4602/],
    ['the address of one who lives', { kind: 'server', address: '127.0.0.1:4602' }, /"s2 lives/],
    ['what is no address', { kind: 'server', address: 'nowhere' }, /"address is not host:port/],
    [
      'a name that every object has',
      { kind: 'server', address: 'a:9', nodeId: 'constructor' },
      /"nodeId is a name that has a meaning of its own here/,
    ],
    ['its own name', { kind: 'server', address: 'a:9', nodeId: 's1' }, /"s1 lives/],
    ['the name of another kind of node', { kind: 'server', address: 'a:9', nodeId: 'f3' }, /"f3 is a frontend/],
    ['no kind', { address: 'a:9' }, /"kind /],
    ['a name with a slash', { kind: 'server', address: 'a:9', nodeId: '../s2' }, /"nodeId is not a name/],
    ['more than is known', { kind: 'server', address: 'a:9', rank: 9 }, /rank/],
  ])('refuses %s', (_, request, error) => {
    const answer = admit(JSON.stringify(request), registryOf([S1, entry('s2'), entry('f3')]));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer.body)).toMatch(error);
  });

  it('has the disk of a silent member dropped by every group before another one takes its name', () => {
    const removed: string[] = [];
    const registry = registryOf([S1, S2], ['s1'], { type: 'named', groups: ['events', 'users'] }, removed);
    const error = 'the former disk of s2 is being dropped by events, users';
    for (const request of [{ address: S2.address }, { address: 'a:9', nodeId: 's2' }]) {
      const answer = admit(asked({ kind: 'server', ...request }), registry);
      expect(answer).toEqual({ status: 409, body: { error, nodeId: 's2' } });
    }
    expect(removed).toEqual(['s2', 's2']);
  });

  it.each([
    [503, { type: 'no-primary', groups: ['events'] }, /"events has no primary that is heard here, and may need the d/],
    [403, { type: 'alone', groups: ['events'] }, /"s2 is the only data server with a vote in events: start it with/],
  ] as const)('gives no name away, and changes nothing, where that is refused with %s', (status, consent, error) => {
    for (const standing of ['member', 'away', 'removed'] as const) {
      const removed: string[] = [];
      const registry = registryOf([S1, { ...S2, standing }], ['s1'], consent, removed);
      const answer = admit(asked({ kind: 'server', address: 'a:9', nodeId: 's2' }), registry);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).toMatch(error);
      expect([removed, [...registry.promised]]).toEqual([[], []]);
    }
  });

  it.each([
    [409, 'a:1', { contact: 'a:1', nodeId: 's2' }],
    [503, undefined, {}],
  ] as const)('removes no disk as a front end, and refers to a data server: %s', (status, referredTo, more) => {
    const registry = registryOf([S1, S2], ['s1'], { type: 'named', groups: ['events'] });
    const answer = admit(asked({ kind: 'server', address: 'a:9', nodeId: 's2' }), {
      ...registry,
      remove: () => ({ referredTo }),
    });
    const where = referredTo === undefined ? '' : `: ask ${referredTo}`;
    const error = `the former disk of s2 is dropped at the word of a data server, not of a front end${where}`;
    expect(answer).toEqual({ status, body: { error, ...more } });
  });

  it('leaves its name to a node that was stopped in good order, unless it is asked for', () => {
    const services = [S1, { ...S2, standing: 'away' as const }];
    expect(admitted({ kind: 'server', address: S2.address }, services, ['s1'])).toMatchObject({ nodeId: 's3' });
    expect(admitted({ kind: 'server', address: 'a:9', nodeId: 's2' }, services, ['s1'])).toMatchObject({
      nodeId: 's2',
    });
    // Without a primary, a node with an empty folder may have been started without its own.
    const registry = registryOf(services, ['s1'], { type: 'no-primary', groups: ['events'] });
    expect(admit(asked({ kind: 'server', address: S2.address }), registry)).toMatchObject({ status: 503 });
  });

  it('refuses a newcomer for whom the directory has no room, and takes back a node that is in it', () => {
    const services = Array.from({ length: SERVICES_AT_MOST }, (_, place) => entry(`s${place + 1}`));
    const newcomer = admit(asked({ kind: 'server', address: 'a:9' }), registryOf(services));
    expect(newcomer).toEqual({
      status: 409,
      body: { error: 'no directory takes in another name: 1000 are known. Remove those that do not come back' },
    });
    const back = admitted({ kind: 'server', address: 'a:9', nodeId: 's1000' }, services, ['s1']);
    expect(back).toMatchObject({ nodeId: 's1000', generation: 2 });
    expect(admitted({ kind: 'server', address: 'a:9' }, services.slice(1)).nodeId).toBe('s1001');
  });

  it('refuses what is not JSON', () => {
    expect(admit('{', registryOf([S1]))).toEqual({ status: 400, body: { error: 'the body is not JSON' } });
  });
});

function admitted(request: object, services: readonly ServiceEntry[], alive?: readonly string[]): JoinAnswer {
  return decoded(admit(asked(request), registryOf(services, alive)));
}

function decoded({ status, body }: ReturnType<typeof admit>): JoinAnswer {
  expect(status).toBe(200);
  return joinAnswer.parse(body);
}

function asked(request: object): string {
  return JSON.stringify(request);
}

function registryOf(
  services: readonly ServiceEntry[],
  alive?: readonly string[],
  consent?: NameConsent,
  removed: string[] = [],
): Registry {
  const members = services.filter(({ standing }) => standing !== 'removed');
  const living = alive ?? members.map(({ nodeId }) => nodeId);
  return {
    node: nodeRecord(),
    services,
    room: SERVICES_AT_MOST - services.length,
    consentToName: (nodeId) => (living.includes(nodeId) ? { type: 'lives' } : (consent ?? { type: 'free' })),
    remove(nodeId) {
      removed.push(nodeId);
      return undefined;
    },
    promised: new Set(),
    unique: () => 'unique',
  };
}

function entry(nodeId: string): ServiceEntry {
  const kind = nodeId.startsWith('s') ? 'server' : 'frontend';
  const diskId = `c/${nodeId}/1`;
  const address = `127.0.0.1:${4600 + Number(nodeId.slice(1))}`;
  return { nodeId, kind, address, diskId, generation: 1, incarnation: 1, standing: 'member', beat: 0 };
}
