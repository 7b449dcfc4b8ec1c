import { WebSocket } from 'ws';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { type Secret, secretOf } from '../../../src/security/secret.ts';
import type { Tls } from '../../../src/security/tls.ts';
import { createHttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { ownBuild } from '../../../src/transport-http/handshake/build.ts';
import { proveHello } from '../../../src/transport-http/handshake/hello-proof.ts';
import { decodeHello, decodeHelloAnswer, type Hello, type Self } from '../../../src/transport-http/handshake/hello.ts';
import { frameText } from '../../../src/transport-http/peers/frame-text.ts';
import { createPeerLinks, type PeerLinks } from '../../../src/transport-http/peers/peer-links.ts';
import { anyCaller } from '../security/any-caller.ts';

const closing: (() => Promise<void> | void)[] = [];

/** Ends what a test has started, the last first. */
export async function strike(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}

export interface Node {
  readonly links: PeerLinks;
  readonly port: number;
  readonly address: string;
  readonly heard: Envelope[];
  /** How many envelopes came in each frame. */
  readonly frames: number[];
  readonly suspected: string[];
  readonly refused: string[];
  /** Who refused it, at each attempt. */
  readonly turnedAwayBy: string[];
  close(): Promise<void>;
}

export interface NodeOptions {
  readonly port?: number;
  readonly incarnation?: number;
  readonly self?: Partial<Self>;
  readonly secret?: Secret;
  readonly tls?: Tls;
  readonly copiedPerSecond?: number;
  readonly isNamed?: (diskId: string) => boolean;
  readonly beatsAt?: (nodeId: string) => string | undefined;
}

/** The links of a node of cluster c1 and the port behind which they are, without the rest of it. */
export async function node(nodeId: string, pinned: Record<string, string>, options: NodeOptions = {}): Promise<Node> {
  const heard: Envelope[] = [];
  const frames: number[] = [];
  const suspected: string[] = [];
  const refused: string[] = [];
  const turnedAwayBy: string[] = [];
  const links = createPeerLinks({
    self: { ...selfOf(nodeId, options.incarnation), ...options.self },
    secret: options.secret ?? SECRET,
    tls: options.tls,
    pinned,
    copiedPerSecond: options.copiedPerSecond,
    isNamed: (diskId) => options.isNamed?.(diskId) ?? false,
    beatsAt: (life) => options.beatsAt?.(life.nodeId),
    onEnvelopes: (envelopes) => {
      frames.push(envelopes.length);
      heard.push(...envelopes);
    },
    onSuspected: (peer) => suspected.push(peer),
    onTurnedAway: (peer) => turnedAwayBy.push(peer),
    onRefused: (reason) => refused.push(reason),
  });
  const server = createHttpServer({
    onRequests: undefined,
    onGone: () => {},
    operatorPaths: [],
    authorise: anyCaller,
    tls: options.tls,
    hasRoomForPeer: (wire) => links.hasRoom(wire),
    onPeer: (socket, wire) => links.accept(socket, wire),
  });
  const port = await server.listen(options.port ?? 0, '127.0.0.1');
  const close = async (): Promise<void> => {
    links.close();
    await server.close();
  };
  closing.push(close);
  return { links, port, address: `127.0.0.1:${port}`, heard, frames, suspected, refused, turnedAwayBy, close };
}

/** A port at which nothing listens. */
export async function freePort(): Promise<number> {
  const once = await node('x', {});
  await once.close();
  return once.port;
}

export function selfOf(nodeId: string, incarnation = 1): Self {
  return {
    clusterId: 'c1',
    historyId: 'c1',
    nodeId,
    diskId: `c1/${nodeId}/1`,
    generation: 1,
    incarnation,
    address: '127.0.0.1:1',
  };
}

/** The hello of s2 to s1. */
export const hello: Hello = {
  ...ownBuild(),
  ...selfOf('s2'),
  key: 'server',
  to: 's1',
  nonce: '0'.repeat(32),
};

export const SECRET = secretOf(Buffer.from('a secret of the tests'));

export function entry(nodeId: string, address: string, change: Partial<ServiceEntry> = {}): ServiceEntry {
  return {
    nodeId,
    kind: 'server',
    address,
    diskId: `c1/${nodeId}/1`,
    generation: 1,
    incarnation: 1,
    standing: 'member',
    beat: 1,
    ...change,
  };
}

export function election(from: string, to: string, round: number): Envelope {
  const end = { epoch: { counter: 1, nodeId: to }, index: 3 };
  const message = { type: 'election', round, end, transfer: false } as const;
  return { from: { node: from, unit: 'events' }, to: { node: to, unit: 'events' }, message };
}

/**
 * A socket that says `first` to `port`, and `rest` once it was welcomed; `leaves` then. Resolves to what comes back until it is
 * closed. `answer` says what to say to what comes back before; without it a challenge is answered with the proof.
 */
export function byHand(
  port: number,
  [first = '', ...rest]: readonly (string | Buffer)[],
  {
    leaves = false,
    from = '127.0.0.1',
    answer,
  }: { readonly leaves?: boolean; readonly from?: string; readonly answer?: (said: string) => string | undefined } = {},
): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const answers: string[] = [];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/peer`, { perMessageDeflate: false, localAddress: from });
    closing.push(() => socket.terminate());
    socket.on('open', () => {
      if (first !== '') socket.send(first);
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const said = frameText(data);
      const proof = answer === undefined ? proofOf(first, said) : undefined;
      if (proof !== undefined) return socket.send(proof);
      answers.push(said);
      const next = answer?.(said);
      if (next !== undefined) socket.send(next);
      if (!said.startsWith('{"type":"welcome"')) return;
      for (const frame of rest) socket.send(frame);
      if (leaves) socket.close();
    });
    socket.on('close', () => resolve(answers));
  });
}

/** The proof that the node of the hello `first` gives where `said` is a challenge. */
function proofOf(first: string | Buffer, said: string): string | undefined {
  const [own, answer] = [decodeHello(String(first)), decodeHelloAnswer(said)];
  if (own.type === 'rejected' || answer.type === 'rejected' || answer.value.type !== 'challenge') return undefined;
  const { type: _, ...challenge } = answer.value;
  const key = SECRET.key(own.value.key);
  if (key === undefined) throw new Error('the secret has the keys of all roles');
  const transcript = { hello: own.value, challenge };
  return JSON.stringify({ type: 'proof', proof: proveHello(key, 'opener', transcript) });
}
