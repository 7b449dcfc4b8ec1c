import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeEnvelopes } from '../../src/protocol/codec.ts';
import type { Envelope } from '../../src/protocol/messages.ts';
import { onlyLocal } from '../../src/security/authorise.ts';
import { frameText } from '../../src/transport-http/frame-text.ts';
import { createHttpServer } from '../../src/transport-http/http-server.ts';
import { createPeerLinks, type PeerLinks } from '../../src/transport-http/peer-links.ts';

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Node {
  readonly links: PeerLinks;
  readonly port: number;
  readonly heard: Envelope[];
  /** How many envelopes came in each frame. */
  readonly frames: number[];
  readonly suspected: string[];
  readonly refused: string[];
  close(): Promise<void>;
}

async function node(nodeId: string, peers: Record<string, string>, port = 0, incarnation = 1): Promise<Node> {
  const heard: Envelope[] = [];
  const frames: number[] = [];
  const suspected: string[] = [];
  const refused: string[] = [];
  const links = createPeerLinks({
    clusterId: 'c1',
    nodeId,
    incarnation,
    addresses: peers,
    onEnvelopes: (envelopes) => {
      frames.push(envelopes.length);
      heard.push(...envelopes);
    },
    onSuspected: (peer) => suspected.push(peer),
    onRefused: (reason) => refused.push(reason),
  });
  const server = createHttpServer({
    onRequests: undefined,
    onGone: () => {},
    operatorPaths: [],
    authorise: onlyLocal,
    onPeer: (socket) => links.accept(socket),
  });
  const listening = await server.listen(port, '127.0.0.1');
  const close = async (): Promise<void> => {
    links.close();
    await server.close();
  };
  closing.push(close);
  return { links, port: listening, heard, frames, suspected, refused, close };
}

/** A port at which nothing listens. */
async function freePort(): Promise<number> {
  const once = await node('x', {});
  await once.close();
  return once.port;
}

function envelope(from: string, to: string, round: number): Envelope {
  const message = { type: 'election', round, end: { epoch: { counter: 1, nodeId: to }, index: 3 } } as const;
  return { from: { node: from, unit: 'events' }, to: { node: to, unit: 'events' }, message };
}

/** A socket that speaks to `port` by hand; resolves to what comes back until it is closed. */
function byHand(port: number, frames: readonly (string | Buffer)[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const answers: string[] = [];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/peer`, { perMessageDeflate: false });
    socket.on('open', () => {
      for (const frame of frames) socket.send(frame);
    });
    socket.on('message', (data) => answers.push(frameText(data)));
    socket.on('close', () => resolve(answers));
  });
}

const hello = { understudy: 1, clusterId: 'c1', nodeId: 's2', incarnation: 1, to: 's1' };

describe('Peer links', () => {
  it('carry what was sent, in order, and what was sent at once in one frame', async () => {
    const s1 = await node('s1', { s2: `127.0.0.1:${await freePort()}` });
    const s2 = await node('s2', { s1: `127.0.0.1:${s1.port}` });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    const sent = Array.from({ length: 100 }, (_, round) => envelope('s2', 's1', round));
    for (const one of sent) s2.links.send(one);
    await expect.poll(() => s1.heard).toEqual(sent);
    expect(s1.frames).toEqual([100]);
  });

  it('open once the peer is there, and hold no suspicion against one that is yet to come', async () => {
    const port = await freePort();
    const s2 = await node('s2', { s1: `127.0.0.1:${port}` });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'connecting' });
    await node('s1', { s2: `127.0.0.1:${s2.port}` }, port);
    await expect.poll(() => s2.links.states(), { timeout: 3_000 }).toEqual({ s1: 'open' });
    expect(s2.suspected).toEqual([]);
  });

  it('suspect a peer whose process ends, and reach the next one', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const s2 = await node('s2', { s1: `127.0.0.1:${s1.port}` });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    expect(s2.suspected).toEqual([]);
    await s1.close();
    await expect.poll(() => s2.suspected[0]).toBe('s1');
    const next = await node('s1', { s2: '127.0.0.1:1' }, s1.port, 2);
    await expect.poll(() => s2.links.states(), { timeout: 3_000 }).toEqual({ s1: 'open' });
    s2.links.send(envelope('s2', 's1', 7));
    await expect.poll(() => next.heard).toEqual([envelope('s2', 's1', 7)]);
  });

  it('do not suspect a peer that is silent', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const s2 = await node('s2', { s1: `127.0.0.1:${s1.port}` });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    s2.links.send(envelope('s2', 's1', 1));
    await expect.poll(() => s1.heard.length).toBe(1);
    expect([s1.suspected, s2.suspected]).toEqual([[], []]);
  });

  it('take a newer incarnation for a sign that the older process is gone, and refuse the older one from then on', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const first = await node('s2', { s1: `127.0.0.1:${s1.port}` }, 0, 1);
    first.links.dial();
    await expect.poll(() => first.links.states()).toEqual({ s1: 'open' });
    const second = await node('s2', { s1: `127.0.0.1:${s1.port}` }, 0, 2);
    second.links.dial();
    await expect.poll(() => second.links.states()).toEqual({ s1: 'open' });
    expect(s1.suspected).toEqual(['s2']);
    await expect.poll(() => first.refused[0]).toBe('s1 refuses this node: incarnation 1 of s2 is over, 2 was seen');
  });

  it.each([
    ['text that is no JSON', ['hello'], 'a hello is JSON'],
    ['a binary frame', [Buffer.from(JSON.stringify(hello))], 'a hello is JSON'],
    ['another cluster', [JSON.stringify({ ...hello, clusterId: 'c2' })], 'this node belongs to cluster c1'],
    ['another version', [JSON.stringify({ ...hello, understudy: 9 })], 'wire version 1'],
    ['an unknown node', [JSON.stringify({ ...hello, nodeId: 's7' })], 'no node'],
    ['a hello for somebody else', [JSON.stringify({ ...hello, to: 's3' })], 'this node is s1'],
  ])('refuse %s and close', async (_, frames, reason) => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const answers = await byHand(s1.port, frames);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain('"type":"refused"');
    expect(answers[0]).toContain(reason);
    expect(s1.heard).toEqual([]);
  });

  it.each([
    ['an envelope in the name of another node', encodeEnvelopes([envelope('s3', 's1', 1)]), 'from s3'],
    ['an envelope to another node', encodeEnvelopes([envelope('s2', 's3', 1)]), 'to s3'],
    ['text that is no envelope', '[{"from":1}]', 'from s2'],
  ])('cut off a peer that sends %s', async (_, frame, reason) => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const answers = await byHand(s1.port, [JSON.stringify(hello), frame]);
    expect(answers[0]).toBe('{"type":"welcome","nodeId":"s1","incarnation":1}');
    expect(answers[1]).toContain(reason);
    expect(s1.heard).toEqual([]);
  });
});
