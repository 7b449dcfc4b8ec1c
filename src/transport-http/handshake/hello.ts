import { z } from 'zod';
import type { Decoded } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';

/** The version of what peers say to each other (docs/reference/wire.md). Peers of different versions refuse each other. */
export const WIRE_VERSION = 2;

/** A longer frame ends its link. In bytes: a full copy is cut into slices (docs/reference/wire.md), any other message is never split. */
export const FRAME_AT_MOST = 64 * 1024 * 1024;

/** Each frame of a hello is refused unread when it is longer. In bytes. */
export const HELLO_AT_MOST = 4_096;

/** A peer that has not said its whole hello, or not answered one, by then is cut off. In milliseconds. */
export const HELLO_WITHIN = 5_000;

/** Who a process is: of one cluster and history, one node, with one disk, started so many times. */
export interface Self {
  readonly clusterId: string;
  /** An operator's `force` begins another history: who still has the old one must not be heard. */
  readonly historyId: string;
  readonly nodeId: NodeId;
  readonly diskId: string;
  /** Which disk of this node id: 1 for the first. */
  readonly generation: number;
  /** How often a process has been started on that disk. */
  readonly incarnation: number;
}

/** The first frame on a peer link, from the side that opened it. */
export interface Hello extends Self {
  readonly understudy: number;
  /** Whom it means to reach: an address that moved to another node must not pass for the old one. */
  readonly to: NodeId;
  /** 32 hexadecimal digits, new for each hello. */
  readonly nonce: string;
}

/** What the side that was called says. After a refusal the link is closed. */
export type HelloAnswer =
  /** Prove that you know the secret. */
  | { readonly type: 'challenge'; readonly nodeId: NodeId; readonly incarnation: number; readonly nonce: string }
  /** `proof` wherever there was a challenge: this side knows the secret, too. */
  | {
      readonly type: 'welcome';
      readonly nodeId: NodeId;
      readonly incarnation: number;
      readonly proof?: string | undefined;
    }
  | { readonly type: 'refused'; readonly reason: string };

/** What the side that opened the link says to a challenge. */
export interface HelloProof {
  readonly type: 'proof';
  readonly proof: string;
}

const name = z.string().min(1).max(256);
const nonce = z.string().regex(/^[0-9a-f]{32}$/, 'is not 32 hexadecimal digits');
const proof = z.string().regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits');
const count = z.int().min(1);

const helloSchema = z.object({
  understudy: z.number(),
  clusterId: name,
  historyId: name,
  nodeId: name,
  diskId: name,
  generation: count,
  incarnation: count,
  to: name,
  nonce,
});

const proofSchema = z.object({ type: z.literal('proof'), proof });

const answerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('challenge'), nodeId: name, incarnation: count, nonce }),
  z.object({ type: z.literal('welcome'), nodeId: name, incarnation: count, proof: proof.optional() }),
  z.object({ type: z.literal('refused'), reason: z.string() }),
]);

/** The hello in a frame's text, or why there is none. */
export function decodeHello(text: string): Decoded<Hello> {
  return decodeFrame(text, helloSchema, 'hello');
}

/** The proof in a frame's text, or why there is none. */
export function decodeHelloProof(text: string): Decoded<HelloProof> {
  return decodeFrame(text, proofSchema, 'proof of the secret');
}

/** The answer to a hello in a frame's text, or why there is none. */
export function decodeHelloAnswer(text: string): Decoded<HelloAnswer> {
  return decodeFrame(text, answerSchema, 'answer to a hello');
}

/** A stranger's text in a message of ours: short and on one line. */
export function quote(text: string, atMost = 64): string {
  return JSON.stringify(text.length > atMost ? `${text.slice(0, atMost)}…` : text);
}

function decodeFrame<Value>(text: string, schema: z.ZodType<Value>, what: string): Decoded<Value> {
  if (text.length > HELLO_AT_MOST) return { type: 'rejected', reason: `a ${what} of more than ${HELLO_AT_MOST} bytes` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { type: 'rejected', reason: `a ${what} is JSON` };
  }
  // The version first: another one's hello may look different.
  const version = versionIn(json);
  if (version !== undefined && version !== WIRE_VERSION)
    return { type: 'rejected', reason: `this node speaks wire version ${WIRE_VERSION}, not ${version}` };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { type: 'decoded', value: parsed.data };
  const issue = parsed.error.issues[0];
  return { type: 'rejected', reason: `not a ${what}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}` };
}

function versionIn(json: unknown): number | undefined {
  return typeof json === 'object' && json !== null && 'understudy' in json && typeof json.understudy === 'number'
    ? json.understudy
    : undefined;
}
