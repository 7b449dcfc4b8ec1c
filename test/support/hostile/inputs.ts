import * as fc from 'fast-check';
import * as z from 'zod';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { JOIN_PATH } from '../../../src/live/admin/admission.ts';
import { ORDER_PATH } from '../../../src/live/admin/orders.ts';
import { NODES_AT_MOST, WORD_AT_MOST } from '../../../src/protocol/wire/bounds.ts';
import { decodeEnvelopes, encodeEnvelope } from '../../../src/protocol/wire/codec.ts';
import { match, routerOf } from '../../../src/service/router.ts';
import type { Route } from '../../../src/service/service.ts';
import { ownBuild } from '../../../src/transport-http/handshake/build.ts';
import { envelopeOf, messages } from '../protocol/arbitraries.ts';
import { malformed, mutated } from './mutate.ts';
import { createRandom, type Random } from './random.ts';

/** Stand for the history of the victim's cluster and for its name, which an input cannot know. */
export const HISTORY = '$history';
export const VICTIM = '$victim';

/** Whom an input is for. */
export type Target = 'server' | 'frontend';

/** One thing that a stranger, or one of the cluster gone mad, may send. */
export type HostileInput =
  /** A request that is HTTP, and wrong: no answer may say that anything was done. `signed`: the caller knows the secret. */
  | {
      readonly type: 'request';
      readonly method: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      readonly signed: boolean;
    }
  /**
   * Bytes for the bare socket. `drip`: it stays open and drips on, one byte at a time. `half-open`: the client ends its
   * side, and leaves the rest to the server for ever.
   */
  | {
      readonly type: 'bytes';
      readonly bytes: Buffer;
      readonly then: 'wait' | 'hang-up' | 'reset' | 'drip' | 'half-open';
    }
  /**
   * A list of many pages, asked for once or `times` in a row on one connection. `never-read`: nothing of it is read, and
   * the connection stays. `read-some`: the client hangs up in its midst. `read`: it must come whole, or be refused.
   */
  | {
      readonly type: 'list';
      readonly path: string;
      readonly times: number;
      readonly then: 'never-read' | 'read-some' | 'read';
    }
  /** Frames at `/peer`, from one who knows the secret (`proven`) and has said a good hello, or from anybody. */
  | {
      readonly type: 'frames';
      readonly proven: boolean;
      readonly frames: readonly (string | Buffer)[];
      /** Bytes to which white space makes each frame longer. */
      readonly paddedTo?: number;
      readonly raw: Buffer;
    };

/** Input `number` of `seed`: always the same one. */
export function hostileInput(seed: number, number: number, target: Target): HostileInput {
  const random = createRandom(seed * 1_000_003 + number);
  const kind = random.whole(100);
  if (kind < 60) return hostileRequest(random, target);
  if (kind < 79) return hostileBytes(random);
  // These stay for up to 20 s, and a process takes so many connections only.
  if (kind < 80) return { type: 'bytes', bytes: half(random), then: 'drip' };
  if (kind === 99) return random.once(4) ? largeFrames(random) : hostileList(random, target);
  return hostileFrames(random);
}

const routes: Readonly<Record<Target, readonly Route[]>> = {
  frontend: tickets.routes,
  server: tickets.serverRoutes ?? [],
};

const routers = { frontend: routerOf(routes.frontend), server: routerOf(routes.server) };

const field = z.object({ type: z.string().optional(), minimum: z.number().optional() });
const described = z.object({ properties: z.record(z.string(), field).default({}) });

/** A body that the route takes, made from its own schema. */
export function exampleOf({ schemas }: Route): unknown {
  const schema = schemas === undefined ? {} : z.toJSONSchema(schemas.body, { unrepresentable: 'any', io: 'input' });
  const { properties } = described.parse(schema);
  return Object.fromEntries(
    Object.entries(properties).map(([key, { type, minimum }]) => [
      key,
      type === 'string' ? 'Concert' : Math.max(1, minimum ?? 1),
    ]),
  );
}

const EXAMPLE_BODIES = new Map(
  Object.values(routes).flatMap((some) => some.map((route) => [route, exampleOf(route)] as const)),
);

const SEGMENTS = [
  '0',
  '-1',
  '1.5',
  '1e3',
  'x',
  '%',
  '%00',
  '%ff',
  '..',
  '%2e%2e',
  '__proto__',
  '9'.repeat(400),
  '😀',
  ' ',
];

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'idempotency-key': 'not-a-uuid' },
  { 'idempotency-key': '9'.repeat(4_000) },
  { 'understudy-token': 'events' },
  { 'understudy-token': 'events=h:-1' },
  { 'understudy-token': 'nothing=h:1,'.repeat(500) },
  { 'understudy-token': '__proto__=h:1' },
  { 'understudy-read': 'always' },
];

/** Tokens of an index that was never given out. A write takes any: it is behind nothing. */
const FROM_THE_FUTURE: typeof HEADERS = [
  { 'understudy-read': 'session', 'understudy-token': `events=${HISTORY}:${2 ** 40}` },
  { 'understudy-read': 'session', 'understudy-token': `events=${HISTORY}:${2 ** 53 - 1},users=${HISTORY}:${2 ** 31}` },
];

/** Paths that answer with all events. */
const LISTS = ['/events', '/events/list', '/list'];

const METHODS = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'];

const OPERATORS = [
  '/status',
  '/metrics',
  '/healthz',
  '/readyz',
  '/openapi.json',
  '/understudy/state',
  JOIN_PATH,
  ORDER_PATH,
];

function hostileRequest(random: Random, target: Target): HostileInput {
  for (;;) {
    const input = anyRequest(random, target);
    if (!mayBeTaken(input, target)) return input;
  }
}

type RequestInput = Extract<HostileInput, { readonly type: 'request' }>;

function anyRequest(random: Random, target: Target): RequestInput {
  if (random.once(8)) return operatorRequest(random);
  const route = random.pick(routes[target]);
  const bare = route.path.replaceAll(/:\w+/g, () => (random.once(2) ? '0' : random.pick(SEGMENTS)));
  const queries = [
    // Whole lists are inputs of their own: most of the time would go to these.
    ...(LISTS.includes(route.path) ? [`limit=${random.pick(['1', '20', 'x'])}`] : []),
    ...(random.once(8) ? ['&x[]=1'.repeat(random.whole(50))] : []),
  ];
  const path = `${encodeURI(bare).replaceAll('%25', '%')}${queries.length > 0 ? `?${queries.join('&')}` : ''}`;
  const text = mutated(EXAMPLE_BODIES.get(route), random);
  const body = route.method === 'GET' ? Buffer.alloc(0) : random.once(4) ? malformed(text, random) : Buffer.from(text);
  const method = random.once(10) ? random.pick(METHODS) : route.method;
  const odd = method === 'GET' ? [...HEADERS, ...FROM_THE_FUTURE] : HEADERS;
  const headers = random.once(3) ? random.pick(odd) : {};
  return { type: 'request', method, path, headers, body, signed: false };
}

function operatorRequest(random: Random): RequestInput {
  const path = random.pick(OPERATORS);
  const method = random.pick(['GET', 'POST', 'PUT']);
  const text = mutated(
    { order: { type: 'transfer', group: 'events' }, kind: 'server', address: '127.0.0.1:1' },
    random,
  );
  // Nobody but an operator may be wrong about more than this: what has a type is an order.
  const signed = random.once(3);
  const headers = signed
    ? {}
    : random.pick([{}, { 'understudy-signature': `v1 s1 1 ${'0'.repeat(32)} ${'0'.repeat(64)}` }]);
  return { type: 'request', method, path, headers, body: signed ? malformed(text, random) : Buffer.from(text), signed };
}

/** Whether the request would be right after all: the route's own decoder says so. */
function mayBeTaken({ method, path, headers, body, signed }: RequestInput, target: Target): boolean {
  if (signed) return isJson(body) && body.length > 0;
  if (method !== 'POST' || OPERATORS.includes(path)) return false;
  const found = match(routers[target], method, path);
  if (found.type !== 'route' || Object.keys(headers).length > 0) return false;
  try {
    const parsed: unknown = body.length === 0 ? undefined : JSON.parse(body.toString());
    return found.route.decode(found.parameters, parsed).type === 'decoded';
  } catch {
    return false;
  }
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString());
    return true;
  } catch {
    return false;
  }
}

const WELL_FORMED = 'POST /events/create HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

function hostileBytes(random: Random): HostileInput {
  const then = random.pick(['wait', 'wait', 'hang-up', 'reset', 'half-open'] as const);
  const body = '{"name":"half"';
  const texts = [
    'GET / HTTP/9.9\r\n\r\n',
    'GET\r\n\r\n',
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    'GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n',
    'GET / HTTP/1.1\r\nx y: z\r\n\r\n',
    `${WELL_FORMED}content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${WELL_FORMED}content-length: ${body.length}\r\ncontent-length: 9\r\n\r\n${body}`,
    `${WELL_FORMED}content-length: -5\r\n\r\n${body}`,
    `${WELL_FORMED}content-length: 99999999999999999999\r\n\r\n${body}`,
    `${WELL_FORMED}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n${body}`,
    `${WELL_FORMED}transfer-encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`,
    `${WELL_FORMED}expect: 100-continue\r\ncontent-length: 70000\r\n\r\n`,
    `${WELL_FORMED}content-length: 70000\r\n\r\n${'a'.repeat(70_000)}`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /peer HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'GET /peer HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: short\r\n\r\n',
    'GET /status HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1 + random.whole(200)),
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    '\r\n'.repeat(500),
    '\0'.repeat(2_000),
  ];
  const text = Buffer.from(random.pick(texts), 'latin1');
  return { type: 'bytes', bytes: random.once(3) ? malformed(text.toString('latin1'), random) : text, then };
}

function hostileList(random: Random, target: Target): HostileInput {
  const then = random.pick(['never-read', 'read-some', 'read'] as const);
  const path = target === 'server' ? '/events/list' : '/events';
  return { type: 'list', path, times: then === 'never-read' ? random.pick([1, 12, 200]) : 1, then };
}

/** The beginning of a request that never ends. */
function half(random: Random): Buffer {
  return Buffer.from(
    random.pick([
      '',
      'G',
      'GET / HT',
      'GET / HTTP/1.1\r\nhost: x\r\nx: ',
      `${WELL_FORMED}content-length: 5000\r\n\r\n{"name":"`,
    ]),
  );
}

const travelling = z
  .object({ message: z.looseObject({ type: z.string() }) })
  .transform(({ message }) => ({ message, type: message.type }));

/** Envelopes with messages of each type, as they travel; made once: what is sent is made from them. */
const EXAMPLES = Object.values(messages).flatMap((arbitrary) =>
  fc
    .sample(envelopeOf(arbitrary), { seed: 1, numRuns: 12 })
    .map((one) => travelling.parse(JSON.parse(encodeEnvelope(one)))),
);

const HELLO = {
  ...ownBuild(),
  clusterId: 'c1',
  historyId: 'c1',
  nodeId: 'x1',
  diskId: 'c1/x1/1',
  generation: 1,
  incarnation: 1,
  address: '127.0.0.1:1',
  key: 'server',
  to: 's1',
  nonce: '0'.repeat(32),
};

function hostileFrames(random: Random): HostileInput {
  const proven = random.once(2);
  const raw = random.once(5) ? rawFrame(random) : Buffer.alloc(0);
  if (!proven) {
    const hello = mutated(HELLO, random);
    const first = random.once(4) ? malformed(hello, random) : random.once(4) ? Buffer.from('x'.repeat(20_000)) : hello;
    const proof = JSON.stringify({ type: 'proof', proof: '0'.repeat(64) });
    return { type: 'frames', proven, frames: random.once(2) ? [first] : [JSON.stringify(HELLO), proof], raw };
  }
  if (raw.length === 0 && random.once(2)) return { type: 'frames', proven, frames: absurdFrames(random), raw };
  return { type: 'frames', proven, frames: raw.length > 0 ? [] : [hostileFrame(random)], raw };
}

/** Well formed, and absurd: each message with any values of its shape, odd addresses among them, of one that is no member. */
function absurdFrames(random: Random): readonly string[] {
  return Array.from({ length: 1 + random.whole(8) }, () => {
    const { message, type } = random.pick(EXAMPLES);
    const unit = type === 'gossip' ? 'gossip' : random.pick(['events', 'users', 'front-end']);
    return JSON.stringify([{ from: { node: 'x1', unit }, to: { node: VICTIM, unit }, message }]);
  });
}

const MEBIBYTE = 2 ** 20;

/** What gossip says of a node, but for its name and disk. */
const NAMED = {
  kind: 'server',
  address: '127.0.0.1:1',
  generation: 1,
  incarnation: 1,
  standing: 'member',
  beat: 1,
};

/** Not its own: a process with the secret that names itself joins, as it may. */
function manyNames(count: number, diskId = 'd'): readonly object[] {
  return Array.from({ length: count }, (_, place) => ({ ...NAMED, nodeId: `y${place}`, diskId: `${diskId}${place}` }));
}

/** Gossip around the bounds of its lists and of what is in them, and far beyond. */
function largeGossip(random: Random): object {
  const count = random.pick([NODES_AT_MOST, NODES_AT_MOST + 1, 20_000]);
  const long = 'x'.repeat(random.pick([WORD_AT_MOST - 8, WORD_AT_MOST + 1, 4 * MEBIBYTE]));
  const member = { nodeId: 's1', diskId: 'd', kind: 'data', votes: 1, rank: 1 };
  const view = { group: 'events', epoch: { counter: 1, nodeId: 'x1' }, index: 1 };
  const voters = Array.from({ length: count }, (_, place) => ({ ...member, nodeId: `y${place}` }));
  const nothing = { services: [], groups: [], isAnswer: true };
  const said = random.pick([
    (): object => ({ services: manyNames(count) }),
    (): object => ({ services: manyNames(2, long) }),
    (): object => ({ services: [{ ...NAMED, nodeId: long, diskId: 'd' }] }),
    (): object => ({ services: [{ ...NAMED, nodeId: 'y1', diskId: 'd', address: `${long}:1` }] }),
    (): object => ({ groups: [{ ...view, configuration: { voters, learners: voters } }] }),
    (): object => ({ groups: voters.map(() => ({ ...view, configuration: { voters: [], learners: [] } })) }),
    (): object => ({ groups: [{ ...view, group: long, primary: long, configuration: { voters: [], learners: [] } }] }),
  ])();
  return { type: 'gossip', ...nothing, ...said };
}

/** Well formed, absurd and large: thousands of names or requests in a frame, and outcomes around the bounds of one. */
function largeFrames(random: Random): HostileInput {
  const epoch = { counter: 1, nodeId: 'x1' };
  const unit = random.pick(['events', 'users', 'front-end', 'gossip']);
  const to = { node: VICTIM, unit };
  const uuid = '01a227d8-70fa-7c78-960c-ab68f2f3fb6d';
  const done = (): object => {
    const value = 'x'.repeat(random.pick([1, 8, 16]) * MEBIBYTE + random.pick([-100, 0, 100]));
    return { type: 'done', id: '1.0.x', outcome: { type: 'accepted', value }, index: 1, lamport: 1, rests: [] };
  };
  const read = { type: 'read', query: { type: 'list' }, mode: 'linearizable' };
  const reads = Array.from({ length: 5_000 }, (_, place) => ({ ...read, id: `r${place}` }));
  const command = { type: 'create', username: 'x'.repeat(random.pick([1, 15]) * MEBIBYTE) };
  const write = { type: 'write', id: 'w', uuid, issuedAt: 0, command };
  const message = random.pick([
    (): object => largeGossip(random),
    (): object => ({
      type: 'requests',
      epoch,
      lamport: 0,
      items: Array.from({ length: 70_000 }, () => ({ type: 'open', id: 'o' })),
    }),
    (): object => ({ type: 'replies', epoch, historyId: HISTORY, items: [done()] }),
    (): object => ({ type: 'requests', epoch, lamport: 0, items: reads }),
    (): object => ({ type: 'requests', epoch, lamport: 0, items: [write] }),
  ])();
  const frame = JSON.stringify([{ from: { node: 'x1', unit }, to, message }]);
  // Beyond the bound of a frame, once in a while: 64 MiB.
  const padded = random.once(20) ? { paddedTo: 64 * MEBIBYTE + random.pick([0, 1]) } : {};
  return { type: 'frames', proven: true, frames: [frame], ...padded, raw: Buffer.alloc(0) };
}

/** One that no node sends, from one whom a node listens to: the codec, which is asked, does not take it. */
function hostileFrame(random: Random): string | Buffer {
  for (;;) {
    const frame = anyFrame(random);
    if (typeof frame !== 'string' || decodeEnvelopes(frame).type === 'rejected') return frame;
  }
}

function anyFrame(random: Random): string | Buffer {
  const unit = random.pick(['events', 'users', 'gossip', 'front-end', '__proto__']);
  const envelope = { from: { node: 'x1', unit }, to: { node: 's1', unit }, message: random.pick(EXAMPLES).message };
  switch (random.whole(6)) {
    case 0:
      return malformed(JSON.stringify([envelope]), random).toString('latin1');
    case 1:
      return Buffer.from(JSON.stringify([envelope]));
    case 2:
      return mutated({ copy: 1, envelope }, random);
    case 3:
      return mutated({ copy: 1, slice: { kind: 'map', number: 0, items: [[1, 2]] } }, random);
    case 4:
      return JSON.stringify({ copy: random.whole(3), end: random.whole(3) });
    default:
      return mutated([envelope], random);
  }
}

/** Bytes in place of a frame: opcodes and lengths that no WebSocket has (RFC 6455 §5.2). */
function rawFrame(random: Random): Buffer {
  return random.pick([
    Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]),
    Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
    Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x04, 0x00, 0x00, 0x01, 0, 0, 0, 0]),
    Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]),
    Buffer.from([0x80, 0x80, 0, 0, 0, 0]),
    Buffer.from(Array.from({ length: 64 }, () => random.whole(256))),
  ]);
}
