import { encodeEnvelope } from '../protocol/codec.ts';
import type { Envelope, Message } from '../protocol/messages.ts';
import { snapshotSlices } from '../protocol/snapshot-slices.ts';

/** How a full copy is cut: each slice costs about a millisecond to make and to take. */
const SLICE_LIMITS = { itemsAtMost: 256, charactersAtMost: 65_536 };

/** A full copy with state: too large to be encoded, sent or decoded in one piece. */
export interface FullCopy extends Envelope {
  readonly message: Extract<Message, { readonly type: 'install' }>;
}

export function isFullCopy(envelope: Envelope): envelope is FullCopy {
  return envelope.message.type === 'install' && envelope.message.snapshot.machine !== undefined;
}

/**
 * The frames in which a full copy travels (docs/WIRE.md), made one at a time: the envelope without the machine, the slices
 * of the snapshot, and their number. `id` tells it from the copies before it on the same socket.
 */
export function* copyFrames(id: number, copy: FullCopy): Generator<string, void, undefined> {
  const { from, to, message } = copy;
  const bare = { from, to, message: { ...message, snapshot: { ...message.snapshot, machine: undefined } } };
  yield `{"copy":${id},"envelope":${encodeEnvelope(bare)}}`;
  let count = 0;
  for (const slice of snapshotSlices(message.snapshot, SLICE_LIMITS)) {
    yield `{"copy":${id},"slice":${slice}}`;
    count += 1;
  }
  yield `{"copy":${id},"end":${count}}`;
}
