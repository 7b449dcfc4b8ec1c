import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { unreachable } from '../../../src/protocol/model/assert.ts';
import type { Secret } from '../../../src/security/secret.ts';
import { SIGNATURE_HEADER, signCall } from '../../../src/security/signed-call.ts';
import { openHello, type Opening } from '../../../src/transport-http/handshake/hello-opener.ts';
import { ownBuild } from '../../../src/transport-http/handshake/build.ts';
import { decodeHelloAnswer, type Hello } from '../../../src/transport-http/handshake/hello.ts';
import { frameText } from '../../../src/transport-http/peers/frame-text.ts';
import { HISTORY, type HostileInput, VICTIM } from './inputs.ts';

/** One process under attack, and what it takes to be let in. */
export interface Victim {
  readonly node: string;
  readonly kind: 'server' | 'frontend';
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  readonly incarnation: number;
  readonly secret: Secret;
}

/** What became of an input: an answer, a refusal, a hang-up. `wrong`: something that must not be. */
interface Outcome {
  readonly outcome: string;
  readonly wrong?: string;
}

/**
 * Whatever is sent, something comes back, or the connection ends, within this time, and goes on coming. In milliseconds;
 * longer than `holdFor` of the victims, after which a list that waits for its turn is refused.
 */
const ANSWERED_WITHIN = 30_000;

/** How long one looks what comes back upon bytes that call for nothing, in milliseconds. */
const LOOKED_FOR = 100;

/** Sockets that drip at the same time; one more is hung up instead. */
const DRIPS_AT_MOST = 200;

/** Clients that are half open at the same time; the server has ended its side long before there are so many. */
const HALVES_AT_MOST = 300;

/** Clients that read nothing of a list at the same time, at all victims together. */
const UNREAD_AT_MOST = 40;

/** A request that is not whole is refused within 20 s, and that is looked at every second. In milliseconds. */
const REFUSED_WITHIN = 25_000;

export interface GroupRoute {
  deliver(input: HostileInput, victim: Victim): Promise<Outcome>;
  /** Hangs up everywhere. Says how many half requests were open for longer than any may be. */
  end(): number;
}

export function createCourier(): GroupRoute {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const drips = new Map<Socket, number>();
  const halves = new Set<Socket>();
  const unread = new Set<Socket>();
  let nonces = 0;
  const stalls = watchStalls();
  const dripping = setInterval(() => {
    for (const socket of drips.keys()) socket.write('x');
  }, 1_000);

  return {
    deliver: (input, victim) => {
      switch (input.type) {
        case 'request':
          return request(input, victim);
        case 'bytes':
          return bytes(input, victim);
        case 'list':
          return list(input, victim);
        case 'frames':
          return frames(input, victim, stalls);
        default:
          return unreachable(input);
      }
    },
    end() {
      clearInterval(dripping);
      stalls.end();
      agent.destroy();
      const late = [...drips.values()].filter((openedAt) => performance.now() - openedAt > REFUSED_WITHIN).length;
      for (const socket of [...drips.keys(), ...halves, ...unread]) socket.destroy();
      return late;
    },
  };

  function request(input: Extract<HostileInput, { readonly type: 'request' }>, victim: Victim): Promise<Outcome> {
    const { method, path, body } = input;
    const signature = input.signed ? { [SIGNATURE_HEADER]: signatureOf(input, victim) } : {};
    const own = Object.entries(input.headers).map(([name, value]): readonly [string, string] => [
      name,
      value.replaceAll(HISTORY, victim.clusterId),
    ]);
    const told: Readonly<Record<string, string>> = Object.fromEntries(own);
    const headers = { ...told, ...signature, 'content-length': String(body.length) };
    return within((resolve, heard) => {
      const sent = httpRequest({ agent, host: victim.host, port: victim.port, method, path, headers }, (response) => {
        const status = response.statusCode ?? 0;
        response.on('data', heard);
        response.once('end', () => resolve(judged(method, path, status)));
        response.once('error', () => resolve({ outcome: 'answer cut off', wrong: 'an answer that was cut off' }));
      });
      // A connection that was closed while it rested, or after a refusal, is no answer to this request.
      sent.once('error', () => resolve({ outcome: 'hung up' }));
      sent.end(body);
      return () => sent.destroy();
    }, `${method} ${path}`);
  }

  function bytes(
    { bytes: sent, then }: Extract<HostileInput, { readonly type: 'bytes' }>,
    { host, port }: Victim,
  ): Promise<Outcome> {
    return within((resolve) => {
      const socket = connect({ port, host, allowHalfOpen: then === 'half-open' }, () => {
        socket.write(sent, () => {
          if (then === 'half-open' && halves.size < HALVES_AT_MOST) {
            halves.add(socket);
            socket.end();
            setTimeout(() => resolve({ outcome: 'half open' }), LOOKED_FOR);
          } else if (then === 'reset') socket.resetAndDestroy();
          else if (then === 'hang-up' || then === 'half-open' || (then === 'drip' && drips.size >= DRIPS_AT_MOST))
            socket.destroy();
          else if (then === 'wait') setTimeout(() => socket.destroy(), LOOKED_FOR);
          else {
            drips.set(socket, performance.now());
            resolve({ outcome: 'drips' });
          }
        });
      });
      socket.once('data', (data: Buffer) => {
        const status = /^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1'))?.[1] ?? 'what is no HTTP';
        resolve(status === '500' ? { outcome: status, wrong: 'bytes answered with 500' } : { outcome: status });
        if (!halves.has(socket)) socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.once('close', () => {
        halves.delete(socket);
        drips.delete(socket);
        resolve({ outcome: 'hung up' });
      });
      return () => socket.destroy();
    }, 'bytes');
  }

  function list(
    { path, times, then }: Extract<HostileInput, { readonly type: 'list' }>,
    { host, port }: Victim,
  ): Promise<Outcome> {
    return within((resolve, heard) => {
      let text = '';
      const socket = connect({ port, host }, () => {
        if (then === 'never-read') {
          socket.pause();
          unread.add(socket);
          const [oldest] = unread;
          if (unread.size > UNREAD_AT_MOST) oldest?.destroy();
          setTimeout(() => resolve({ outcome: 'not read' }), LOOKED_FOR);
        }
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: x\r\n${times === 1 ? 'connection: close\r\n' : ''}\r\n`.repeat(times),
        );
      });
      socket.on('data', (data: Buffer) => {
        heard();
        // The head, and the end: what is between is long.
        text =
          text.length < 400 ? text + data.toString('latin1') : text.slice(0, 400) + data.toString('latin1').slice(-100);
        if (then === 'read-some') socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.once('close', () => {
        unread.delete(socket);
        const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'nothing';
        const isWhole = status !== '200' || text.endsWith(']\r\n0\r\n\r\n') || text.endsWith(']');
        if (then !== 'read') resolve({ outcome: `${then} ${status}` });
        else if (status === '500') resolve({ outcome: status, wrong: `${path} answered with 500` });
        else resolve(isWhole ? { outcome: status } : { outcome: 'cut off', wrong: `${path} was cut off` });
      });
      return () => socket.destroy();
    }, `GET ${path}`);
  }

  function signatureOf(
    { method, path, body }: Extract<HostileInput, { readonly type: 'request' }>,
    { node, clusterId, incarnation, secret }: Victim,
  ): string {
    nonces += 1;
    const nonce = nonces.toString(16).padStart(32, '0');
    const key = secret.key('operator');
    if (key === undefined) throw new Error('the secret of a cluster has the key of an operator');
    const to = { nodeId: node, clusterId, incarnation };
    return signCall(key, 'operator', { method, path, body: body.toString() }, to, { millis: Date.now(), nonce });
  }
}

/** Whether this process itself, which sends all inputs, was late. */
interface Stalls {
  /** Whether it did nothing for a second since `instant`, by the clock of `performance.now()`. */
  since(instant: number): boolean;
  end(): void;
}

function watchStalls(): Stalls {
  let [tickedAt, stalledAt] = [performance.now(), Number.NEGATIVE_INFINITY];
  const look = (): void => {
    const now = performance.now();
    if (now - tickedAt > 1_000) stalledAt = now;
    tickedAt = now;
  };
  const looking = setInterval(look, 100);
  return {
    since(instant) {
      look();
      return stalledAt >= instant;
    },
    end: () => clearInterval(looking),
  };
}

function frames(
  input: Extract<HostileInput, { readonly type: 'frames' }>,
  victim: Victim,
  stalls: Stalls,
): Promise<Outcome> {
  const begunAt = performance.now();
  return within((resolve) => {
    const wire = connect(victim.port, victim.host);
    const createConnection = (): Socket => wire;
    const socket = new WebSocket(`ws://${victim.host}/peer`, {
      perMessageDeflate: false,
      createConnection,
      generateMask,
    });
    const opener = { hello: helloTo(victim), secret: victim.secret };
    let opening: Opening = { type: 'expecting-answer' };
    let outcome: Outcome = { outcome: 'cut off' };
    const attack = (): void => {
      for (const frame of input.frames) {
        if (typeof frame !== 'string') socket.send(frame);
        else socket.send(padded(fitted(frame, victim), input.paddedTo), { binary: false });
      }
      if (input.raw.length === 0) {
        // What is well formed is not answered, and the link stays as it is.
        if (input.frames.some((frame) => frame.includes(VICTIM))) setTimeout(() => socket.close(), LOOKED_FOR);
        return;
      }
      // Past the library, which would not write such a thing.
      wire.write(input.raw);
      setTimeout(() => socket.terminate(), LOOKED_FOR);
    };
    socket.on('open', () => (input.proven ? socket.send(JSON.stringify(opener.hello)) : attack()));
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      const said = isBinary ? '' : frameText(data);
      const answer = decodeHelloAnswer(said);
      if (answer.type === 'decoded' && answer.value.type === 'refused') outcome = { outcome: 'refused' };
      if (input.proven && (opening.type === 'expecting-answer' || opening.type === 'expecting-welcome')) {
        const [next, proof] = openHello(opening, said, opener);
        opening = next;
        if (proof !== undefined) socket.send(JSON.stringify(proof));
        if (opening.type === 'open') attack();
        if (opening.type === 'refused') {
          const isLate = opening.reason.includes('no hello in time') && stalls.since(begunAt);
          outcome = isLate ? { outcome: 'a late hello' } : { outcome: 'a good hello refused', wrong: opening.reason };
        }
      } else if (answer.type === 'decoded' && answer.value.type === 'welcome')
        outcome = { outcome: 'welcomed', wrong: 'somebody was welcomed who does not know the secret' };
    });
    socket.once('close', () => resolve(outcome));
    return () => socket.terminate();
  }, 'frames');
}

/** The frame as it is for this victim. */
function fitted(frame: string, { node, clusterId }: Victim): string {
  return frame.replaceAll(VICTIM, node).replaceAll(HISTORY, clusterId);
}

function padded(frame: string, size: number | undefined): string | Buffer {
  if (size === undefined) return frame;
  const bytes = Buffer.alloc(Math.max(size, Buffer.byteLength(frame)), ' ');
  bytes.write(frame);
  return bytes;
}

/** A mask of zeros, which costs nothing: to mask 64 MiB would keep all other inputs waiting. */
function generateMask(mask: Buffer): void {
  mask.fill(0);
}

function helloTo({ node, clusterId }: Victim): Hello {
  const life = { diskId: `${clusterId}/x1/1`, generation: 1, incarnation: 1, address: '127.0.0.1:1' };
  const self = { clusterId, historyId: clusterId, nodeId: 'x1', ...life };
  return { ...ownBuild(), ...self, key: 'server', to: node, nonce: '0'.repeat(32) };
}

/** Refusals of the server among the statuses from 500 on: an unknown method or coding, not now, another version. */
const REFUSED = [501, 503, 505];

/** Nothing that was asked for may have been done, and nothing may have broken. */
function judged(method: string, path: string, status: number): Outcome {
  const outcome = String(status);
  if (status >= 500 && !REFUSED.includes(status))
    return { outcome, wrong: `${method} ${path} answered with ${status}` };
  if (status < 300 && method !== 'GET') return { outcome, wrong: `${method} ${path} was taken` };
  return { outcome };
}

/** `heard`: something of the answer has come. */
function within(
  send: (resolve: (outcome: Outcome) => void, heard: () => void) => () => void,
  what: string,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = send(
      (outcome) => {
        clearTimeout(patience);
        resolve(outcome);
      },
      () => void patience.refresh(),
    );
    const patience = setTimeout(() => {
      end();
      resolve({ outcome: 'hangs', wrong: `${what} is not answered within ${ANSWERED_WITHIN} ms` });
    }, ANSWERED_WITHIN);
  });
}
