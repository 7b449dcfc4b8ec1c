import * as z from 'zod';
import type { Decoded } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { commonVersion, showRange, SPOKEN } from '../../protocol/wire/spoken.ts';
import type { KeyRole } from '../../security/secret.ts';
import { type Build, rangeOf } from './build.ts';

/** The path of peers, on the port that also serves HTTP. */
export const PEER_PATH = '/peer';

/**
 * Longest frame in bytes; a longer one ends its link. A full copy is cut into slices (docs/reference/wire.md), no other
 * message is split.
 */
export const FRAME_AT_MOST = 64 * 1024 * 1024;

/** Longest frame of a hello in bytes; a longer one is refused unread. */
export const HELLO_AT_MOST = 4_096;

/** Time for a whole hello and its answer; then the peer is cut off. In milliseconds. */
export const HELLO_WITHIN = 5_000;

/** The identity of a process: cluster, history, node, disk, number of the start, and place. */
export interface Self {
  readonly clusterId: string;
  /** An operator's `force` begins another history: a node that still has the old one must not be heard. */
  readonly historyId: string;
  readonly nodeId: NodeId;
  readonly diskId: string;
  /** The number of this disk among those of the node id: 1 for the first. */
  readonly generation: number;
  /** The number of times that a process was started on that disk. */
  readonly incarnation: number;
  /** `host:port` where others reach it. */
  readonly address: string;
}

/** The role whose key is proven on a link. */
export type LinkKey = Exclude<KeyRole, 'operator'>;

/** First frame on a peer link, from the side that opened it. */
export interface Hello extends Self, Build {
  /** Whose key it will prove: the servers', or where one side is a front end, the front ends'. */
  readonly key: LinkKey;
  /** The intended node: an address that moved to another node must not pass for the old one. */
  readonly to: NodeId;
  /** 32 hexadecimal digits, new for each hello. */
  readonly nonce: string;
}

/** The answer of the accepting side. After a refusal the link is closed. */
export type HelloAnswer =
  /** Asks for a proof of the secret. */
  | ({
      readonly type: 'challenge';
      readonly nodeId: NodeId;
      readonly incarnation: number;
      readonly nonce: string;
    } & Build)
  /** Accepts, and proves the secret, too. */
  | { readonly type: 'welcome'; readonly nodeId: NodeId; readonly incarnation: number; readonly proof: string }
  | ({ readonly type: 'refused' } & Refusal);

/** Refusals after which more is done than to dial again: of another cluster or history, or of one of two copies. */
const REFUSAL_KINDS = ['cluster', 'history', 'copy'] as const;

export type RefusalKind = (typeof REFUSAL_KINDS)[number];

/** Why a peer is refused. */
export interface Refusal {
  readonly reason: string;
  readonly kind?: RefusalKind | undefined;
}

/** The opener's answer to a challenge. */
export interface HelloProof {
  readonly type: 'proof';
  readonly proof: string;
}

const name = z.string().min(1).max(256);
const nonce = z.string().regex(/^[0-9a-f]{32}$/, 'is not 32 hexadecimal digits');
const proof = z.string().regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits');
const count = z.int().min(1);

const build = { understudy: count, oldest: count, build: z.string().min(1).max(64) };

const helloSchema = z.object({
  ...build,
  clusterId: name,
  historyId: name,
  nodeId: name,
  diskId: name,
  generation: count,
  incarnation: count,
  address: name,
  key: z.enum(['server', 'frontend']),
  to: name,
  nonce,
});

const proofSchema = z.object({ type: z.literal('proof'), proof });

const answerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('challenge'), nodeId: name, incarnation: count, nonce, ...build }),
  z.object({ type: z.literal('welcome'), nodeId: name, incarnation: count, proof }),
  // A kind that came later is none here.
  z.object({ type: z.literal('refused'), reason: z.string(), kind: z.enum(REFUSAL_KINDS).optional().catch(undefined) }),
]);

/** Decodes a hello from a frame's text. */
export function decodeHello(text: string): Decoded<Hello> {
  return decodeFrame(text, helloSchema, 'hello');
}

/** Decodes a proof from a frame's text. */
export function decodeHelloProof(text: string): Decoded<HelloProof> {
  return decodeFrame(text, proofSchema, 'proof of the secret');
}

/** Decodes the answer to a hello from a frame's text. */
export function decodeHelloAnswer(text: string): Decoded<HelloAnswer> {
  return decodeFrame(text, answerSchema, 'answer to a hello');
}

/** Quotes a stranger's text for a message: short, on one line. */
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
  // The versions first: a hello of another one may differ in all else.
  const unspoken = unspokenIn(json);
  if (unspoken !== undefined) return { type: 'rejected', reason: unspoken };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { type: 'decoded', value: parsed.data };
  const issue = parsed.error.issues[0];
  return { type: 'rejected', reason: `not a ${what}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}` };
}

const versions = z.object({ understudy: z.number(), oldest: z.number().optional() });

/** Why this build has no version in common with the one that says `json`; undefined where it has, or where none is said. */
function unspokenIn(json: unknown): string | undefined {
  const said = versions.safeParse(json);
  if (!said.success) return undefined;
  // Builds from before ranges spoke one version.
  const { understudy, oldest = understudy } = said.data;
  const theirs = rangeOf({ understudy, oldest });
  if (commonVersion(SPOKEN, theirs) !== undefined) return undefined;
  return `this node speaks wire ${showRange(SPOKEN)}, not ${showRange(theirs)}: upgrade by way of a build that speaks both`;
}
