import { z } from 'zod';
import type { Decoded } from '../protocol/app.ts';
import type { NodeId } from '../protocol/epoch.ts';

/** The version of what peers say to each other (docs/WIRE.md). Peers of different versions refuse each other. */
export const WIRE_VERSION = 1;

/** A longer frame ends its link. In bytes: a full copy is cut into slices (docs/WIRE.md), any other message is never split. */
export const FRAME_AT_MOST = 64 * 1024 * 1024;

/** A longer first frame is refused unread. In bytes. */
export const HELLO_AT_MOST = 4_096;

/** A peer that has not said hello, or not answered one, by then is cut off. In milliseconds. */
export const HELLO_WITHIN = 5_000;

/** The first frame on a peer link, from the side that opened it. */
export interface Hello {
  readonly understudy: number;
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** How often the process behind this node has been started, counted on its disk. */
  readonly incarnation: number;
  /** Whom it means to reach: an address that moved to another node must not pass for the old one. */
  readonly to: NodeId;
}

/** The first frame back. After a refusal the link is closed. */
export type HelloAnswer =
  | { readonly type: 'welcome'; readonly nodeId: NodeId; readonly incarnation: number }
  | { readonly type: 'refused'; readonly reason: string };

/** What the refusing side knows. */
export interface Threshold {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** Every node of the cluster but this one. */
  readonly peers: ReadonlySet<NodeId>;
  /** The highest incarnation each peer has shown so far. */
  readonly incarnations: ReadonlyMap<NodeId, number>;
}

const helloSchema = z.object({
  understudy: z.number(),
  clusterId: z.string(),
  nodeId: z.string(),
  incarnation: z.int().min(1),
  to: z.string(),
});

const answerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), nodeId: z.string(), incarnation: z.int().min(1) }),
  z.object({ type: z.literal('refused'), reason: z.string() }),
]);

/** The hello in a frame's text, or why there is none. */
export function decodeHello(text: string): Decoded<Hello> {
  return decodeFrame(text, helloSchema, 'hello');
}

/** The answer to a hello in a frame's text, or why there is none. */
export function decodeHelloAnswer(text: string): Decoded<HelloAnswer> {
  return decodeFrame(text, answerSchema, 'answer to a hello');
}

/** Why the one behind `hello` may not speak here; undefined when it may. */
export function refusal(hello: Hello, threshold: Threshold): string | undefined {
  const { clusterId, nodeId, peers, incarnations } = threshold;
  if (hello.understudy !== WIRE_VERSION)
    return `this node speaks wire version ${WIRE_VERSION}, not ${hello.understudy}`;
  if (hello.clusterId !== clusterId) return `this node belongs to cluster ${clusterId}, not ${quote(hello.clusterId)}`;
  if (hello.to !== nodeId) return `this node is ${nodeId}, not ${quote(hello.to)}`;
  if (!peers.has(hello.nodeId)) return `no node ${quote(hello.nodeId)} in this cluster`;
  const seen = incarnations.get(hello.nodeId) ?? 0;
  // A process that was cut off and replaced on the same disk must not be heard beside its successor.
  if (hello.incarnation < seen) return `incarnation ${hello.incarnation} of ${hello.nodeId} is over, ${seen} was seen`;
  return undefined;
}

function decodeFrame<Value>(text: string, schema: z.ZodType<Value>, name: string): Decoded<Value> {
  if (text.length > HELLO_AT_MOST) return { type: 'rejected', reason: `a ${name} of more than ${HELLO_AT_MOST} bytes` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { type: 'rejected', reason: `a ${name} is JSON` };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { type: 'decoded', value: parsed.data };
  const issue = parsed.error.issues[0];
  return { type: 'rejected', reason: `not a ${name}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}` };
}

/** A stranger's text in a message of ours: short and on one line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
