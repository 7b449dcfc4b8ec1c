import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { giveOrder } from '../../src/cli/admin/order-call.ts';
import { askDirectory, directoryAnswer, SERVICES_PATH } from '../../src/live/peers/directory.ts';
import type { ServiceEntry } from '../../src/protocol/model/directory.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret, roleFileOf, secretOf } from '../../src/security/secret.ts';
import { ownBuild } from '../../src/transport-http/handshake/build.ts';
import { type Opening, openHello } from '../../src/transport-http/handshake/hello-opener.ts';
import type { Hello } from '../../src/transport-http/handshake/hello.ts';
import { frameText } from '../../src/transport-http/peers/frame-text.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';

let cluster: LiveCluster;

beforeAll(async () => {
  cluster = await startCluster({ servers: 2, frontEnds: 2 });
  await cluster.voters();
}, 60_000);

afterAll(() => cluster.remove());

/** What a node knows of the others. */
async function directoryOf(node: string): Promise<ReadonlyMap<string, ServiceEntry>> {
  const credentials = { secret: await readSecret(cluster.secretFile), tls: undefined };
  const call = { method: 'GET', path: SERVICES_PATH, as: 'server', to: node } as const;
  const { body } = await callSigned(cluster.address(node), call, credentials);
  const { clusterId, historyId } = directoryAnswer.parse(JSON.parse(body));
  const known = await askDirectory(cluster.address(node), { clusterId, historyId }, credentials, {
    within: 5_000,
    to: node,
  });
  if (typeof known === 'string') throw new Error(`${node} does not tell what it knows: ${known}`);
  return new Map(known.services.map((entry) => [entry.nodeId, entry]));
}

/** Opens a link to `to` as the next life of `self`, with the front ends' key alone, and says this in one frame. */
async function says(self: ServiceEntry, to: string, services: readonly ServiceEntry[]): Promise<WebSocket> {
  const status = await cluster.status(to);
  if (status === undefined) throw new Error(`${to} does not answer`);
  const { nodeId, diskId, generation, incarnation, address } = self;
  const life = { diskId, generation, incarnation: incarnation + 1, address };
  const history = { clusterId: status.clusterId, historyId: status.historyId };
  const hello: Hello = { ...ownBuild(), ...history, nodeId, ...life, key: 'frontend', to, nonce: '0'.repeat(32) };
  const bytes = (await readFile(cluster.secretFile, 'utf8')).trimEnd();
  const secret = secretOf(Buffer.from(roleFileOf(Buffer.from(bytes), 'frontend').trim()));
  const socket = new WebSocket(`ws://${cluster.address(to)}/peer`, { perMessageDeflate: false });
  const message = { type: 'gossip', services, groups: [], isAnswer: true };
  const unit = 'gossip';
  const frame = JSON.stringify([{ from: { node: nodeId, unit }, to: { node: to, unit }, message }]);
  await new Promise<void>((resolve, reject) => {
    let opening: Opening = { type: 'expecting-answer' };
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify(hello)));
    socket.on('message', (data) => {
      if (opening.type === 'open') return;
      if (opening.type === 'refused') return;
      const [next, proof] = openHello(opening, frameText(data), { hello, secret });
      opening = next;
      if (proof !== undefined) socket.send(JSON.stringify(proof));
      if (opening.type === 'refused') reject(new Error(opening.reason));
      if (opening.type === 'open') socket.send(frame, () => resolve());
    });
  });
  return socket;
}

it('The key of front ends removes no other node under the name of a member, and its own name alone', async () => {
  await cluster.kill('f2');
  await expect.poll(async () => (await cluster.status('s1'))?.links['f2'], SOON).not.toBe('open');
  const known = await directoryOf('s1');
  const words = [...known.values()].map((entry): ServiceEntry => ({
    ...entry,
    beat: entry.beat + 5,
    standing: 'removed',
    proof: undefined,
  }));
  const self = known.get('f2');
  if (self === undefined) throw new Error('s1 knows f2');
  const socket = await says(self, 's1', words);
  // What it says of itself is taken, so the frame was heard.
  await expect.poll(async () => (await directoryOf('s1')).get('f2')?.standing, SOON).toBe('removed');
  socket.close();
  const after = await directoryOf('s1');
  expect(['s1', 's2', 'f1'].map((node) => after.get(node)?.standing)).toEqual(['member', 'member', 'member']);
  expect(await cluster.client().post('/users/create', { username: 'ada' })).toMatchObject({ userid: 0 });
}, 60_000);

it('A front end that is told to remove a node refers to a data server', async () => {
  const order = { type: 'remove', node: 's2' } as const;
  const { answer, body } = await giveOrder(cluster.address('f1'), order, { secretFile: cluster.secretFile });
  expect(answer.status).toBe(409);
  expect(body).toEqual({
    error: `f1 is a front end, whose word removes no other node: ask s1 at ${cluster.address('s1')}`,
    primary: cluster.address('s1'),
  });
}, 60_000);
