import { afterEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { DiskLivesError, refuseSecondLife } from '../../../src/live/start/refuse-second-life.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { knownNode } from '../../support/live/known-node.ts';
import { nodeRecord } from '../../support/storage/node-record.ts';

const servers: HttpServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('A node that is about to start with a folder that has run before', () => {
  it('is refused where a process of its disk answers at the address that the folder has of it', async () => {
    const own = await answers('s1', () => [entry('s1')]);
    await expect(starts([entry('s1', { address: own })])).rejects.toThrow(
      `s1 already runs on this disk (c/s1/1), at ${own}. Of two folders one is a copy of the other, or an earlier state of it`,
    );
  });

  it('is refused where one answers at the address that another node has of it', async () => {
    const own = await answers('s1', () => [entry('s1')]);
    const other = await answers('s2', () => [entry('s1', { address: own })]);
    await expect(starts([entry('s2', { address: other })])).rejects.toThrow(DiskLivesError);
  });

  it('is refused where nothing answers clearly for its disk, and its beat rises', async () => {
    let beat = 7;
    const own = await answers('s9', () => []);
    const other = await answers('s2', () => [entry('s1', { address: own, beat: beat++ })]);
    await expect(starts([entry('s2', { address: other })])).rejects.toThrow(`at ${own}, and s2 hears it`);
  });

  it('is refused where its beat rises, though nothing listens at the address that others have of it from here', async () => {
    let beat = 7;
    const [closed] = await freePorts(1);
    const other = await answers('s2', () => [entry('s1', { address: `127.0.0.1:${closed}`, beat: beat++ })]);
    await expect(starts([entry('s2', { address: other })])).rejects.toThrow('and s2 hears it');
  });

  it('asks for no beat where it is to listen itself, so that a restart loses no time', async () => {
    let beat = 7;
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    const other = await answers('s2', () => [entry('s1', { address, beat: beat++ })]);
    await starts([entry('s2', { address: other })], address);
    expect(beat).toBe(8);
  });

  it('is refused where others know a run of its disk that this folder does not, as one put back from a backup', async () => {
    const own = await answers('s9', () => []);
    const other = await answers('s2', () => [entry('s1', { address: own, incarnation: 5, proof: 'fifth' })]);
    await expect(starts([entry('s2', { address: other })])).rejects.toThrow(
      'this would be start 4 of s1 on its disk (c/s1/1), and s2 knows start 5 of it. This folder is an earlier state',
    );
  });

  it('is refused where that run has the very number of this start', async () => {
    const own = await answers('s9', () => []);
    const other = await answers('s2', () => [entry('s1', { address: own, incarnation: 4, proof: 'fourth' })]);
    await expect(starts([entry('s2', { address: other })])).rejects.toThrow('and s2 knows start 4 of it');
  });

  it.each([
    ['a claim of a later run has no proof', { incarnation: 9, proof: 'ninth' }],
    ['the beat of its disk rises no more', {}],
    ['another disk has its name', { diskId: 'c/s1/2', generation: 2 }],
    ['it was removed', { standing: 'removed' }],
  ] as const)('starts where %s', async (_, part) => {
    const own = await answers('s9', () => []);
    const other = await answers('s2', () => [entry('s1', { address: own, ...part })]);
    await starts([entry('s2', { address: other })]);
  });

  it.each([
    ['another disk of its name', 's1', [{ diskId: 'c/s1/2' }], 'c'],
    ['another node', 's9', [{}], 'c'],
    ['its own name in another history', 's1', [{}], 'c-2'],
  ])('starts where %s answers at its former address', async (_, name, parts, historyId) => {
    const own = await answers(name, () => parts.map((part) => entry('s1', part)), historyId);
    await starts([entry('s1', { address: own })]);
  });

  it('starts where no node answers', async () => {
    const [one, other] = await freePorts(2);
    await starts([entry('s1', { address: `127.0.0.1:${one}` }), entry('s2', { address: `127.0.0.1:${other}` })]);
  });
});

function entry(nodeId: string, part: Partial<ServiceEntry> = {}): ServiceEntry {
  const known = { nodeId, kind: 'server', address: '127.0.0.1:1', diskId: `c/${nodeId}/1`, generation: 1 } as const;
  return { ...known, incarnation: 3, standing: 'member', beat: 1, ...part };
}

async function starts(services: readonly ServiceEntry[], at?: string): Promise<void> {
  const [free] = await freePorts(1);
  const node = nodeRecord({ address: at ?? `127.0.0.1:${free}` });
  const credentials = { secret: undefined, tls: undefined };
  await refuseSecondLife({
    node,
    incarnation: 4,
    lives: { own: 'fourth', later: ['fifth'] },
    services,
    credentials,
    settings: { gossipEvery: 10 },
  });
}

/** The address of a process that says it is `node`, and that these are the nodes it knows. */
async function answers(node: string, known: () => readonly ServiceEntry[], historyId = 'c'): Promise<string> {
  const server = knownNode(
    { clusterId: 'c', historyId },
    {
      status: () => ({ node, clusterId: 'c', incarnation: 3 }),
      directory: () => ({ services: known(), groups: [] }),
    },
  );
  servers.push(server);
  return `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
}
