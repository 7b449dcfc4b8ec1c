import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { KeyRole, Secret } from './secret.ts';
import { parseShallow } from './shallow-json.ts';
import { type Audience, isSignedAnswer, SIGNATURE_HEADER, signCall } from './signed-call.ts';
import { callerOptions, type TlsCaller } from './tls.ts';

/** The secret and the certificates of an operator's program. */
export interface Credentials {
  readonly secret: Secret | undefined;
  /** Undefined: plain HTTP, unless the address begins with `https://`. */
  readonly tls: TlsCaller | undefined;
}

export interface ProcessCall {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  /** An object goes out as JSON. */
  readonly body?: string | object;
  /** In milliseconds; 10,000 unless said. */
  readonly within?: number;
  /** The node that must answer, for signed calls only. No other node is sent the call. */
  readonly to?: string | undefined;
  /** The role that makes a signed call. Default: an operator. */
  readonly as?: KeyRole | undefined;
  /** Longest answer that is read, in bytes: a longer one rejects. 64 MiB unless said. */
  readonly sizeAtMost?: number;
}

export interface ProcessAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const CALL_WITHIN = 10_000;

const ANSWER_AT_MOST = 64 * 1024 * 1024;

/**
 * Longest status that is read of a process that has proven nothing, in bytes: a node asks whatever listens at the address
 * of another one. That of a thousand nodes and two groups takes a quarter of it.
 */
const STATUS_AT_MOST = 2 * 1024 * 1024;

/**
 * Calls a path of the process at `address` (`host:port`, or a URL). Rejects when no answer comes, or one that is too
 * long.
 */
export async function callProcess(
  address: string,
  call: ProcessCall,
  credentials: Credentials,
): Promise<ProcessAnswer> {
  return send(address, call, textOf(call), {}, credentials.tls);
}

/**
 * Calls a signed path. With a secret, the call proves it, for the node at `address` alone, and the answer must prove it
 * too. So the node is asked for its name first. That answer proves nothing: a process that has taken a node's address
 * can give another node's name and pass the call on to it, unless the caller names the node in `to`.
 *
 * A refusal (401) is returned as it is. Rejects as `callProcess` does, when another node answers, and when the answer
 * does not prove the secret.
 */
export async function callSigned(address: string, call: ProcessCall, credentials: Credentials): Promise<ProcessAnswer> {
  const { secret, tls } = credentials;
  if (secret === undefined && call.to === undefined) return callProcess(address, call, credentials);
  const to = await audienceAt(address, credentials, call.within);
  if (call.to !== undefined && call.to !== to.nodeId)
    throw new Error(`${to.nodeId} answers at ${address}, not ${call.to}`);
  if (secret === undefined) return callProcess(address, call, credentials);
  const role = call.as ?? 'operator';
  const key = secret.key(role);
  if (key === undefined) throw new Error(`the secret given is none of a ${role}, which this call needs`);
  const body = textOf(call);
  const nonce = randomBytes(16).toString('hex');
  const signature = signCall(key, role, { ...call, body }, to, { millis: Date.now(), nonce });
  const answer = await send(address, call, body, { [SIGNATURE_HEADER]: signature }, tls);
  if (answer.status === 401 || isSignedAnswer(key, nonce, answer, answer.headers[SIGNATURE_HEADER] ?? ''))
    return answer;
  throw new Error(`what answers at ${address} does not know the cluster's secret`);
}

/** The process that answers at `address`, as it says itself. Rejects where none of understudy does. */
export async function audienceAt(address: string, credentials: Credentials, within = CALL_WITHIN): Promise<Audience> {
  const to = audienceIn(await statusAt(address, credentials, within).catch(noneIfMalformed));
  if (to === undefined) throw new Error(`${address} answers, but not as a process of understudy does`);
  return to;
}

/**
 * What the process at `address` says of itself, unproven. Rejects as `callProcess` does, and with a `SyntaxError` where
 * it is no JSON.
 */
export async function statusAt(address: string, credentials: Credentials, within = CALL_WITHIN): Promise<unknown> {
  const call = { method: 'GET', path: '/status', within, sizeAtMost: STATUS_AT_MOST } as const;
  const { status, body } = await callProcess(address, call, credentials);
  return status === 200 ? parseShallow(body) : undefined;
}

function noneIfMalformed(error: unknown): undefined {
  if (!(error instanceof SyntaxError)) throw error;
}

function send(
  address: string,
  { method, path, within = CALL_WITHIN, sizeAtMost = ANSWER_AT_MOST }: ProcessCall,
  body: string,
  headers: Readonly<Record<string, string>>,
  tls: TlsCaller | undefined,
): Promise<ProcessAnswer> {
  const base = address.includes('://') ? address : `${tls === undefined ? 'http' : 'https'}://${address}`;
  const url = new URL(path, base);
  const content = body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const options = { method, headers: { ...headers, ...content }, agent: false, signal: AbortSignal.timeout(within) };
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => void collect(response, sizeAtMost).then(resolve, reject);
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, ...callerOptions(tls) }, answered)
        : httpRequest(url, options, answered);
    request.once('error', (error) =>
      reject(error.name === 'AbortError' ? new Error(`no answer within ${within} ms`) : error),
    );
    request.end(body);
  });
}

function collect(response: IncomingMessage, sizeAtMost: number): Promise<ProcessAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > sizeAtMost) response.destroy(new Error(`an answer of more than ${sizeAtMost} bytes`));
      else chunks.push(chunk);
    });
    response.once('error', reject);
    response.once('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: singleHeaders(response),
        body: Buffer.concat(chunks).toString(),
      }),
    );
  });
}

function singleHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    single[name] = Array.isArray(value) ? value.join() : (value ?? '');
  return single;
}

function textOf({ body = '' }: ProcessCall): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** The process that an answer of `GET /status` names. */
function audienceIn(said: unknown): Audience | undefined {
  if (typeof said !== 'object' || said === null || !('node' in said) || typeof said.node !== 'string') return undefined;
  const clusterId = 'clusterId' in said && typeof said.clusterId === 'string' ? said.clusterId : '';
  const incarnation = 'incarnation' in said && typeof said.incarnation === 'number' ? said.incarnation : 0;
  return { nodeId: said.node, clusterId, incarnation };
}
