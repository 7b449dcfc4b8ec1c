import { randomBytes } from 'node:crypto';
import type { Envelope, Message } from '../../protocol/model/messages.ts';
import { encodeEnvelope } from '../../protocol/wire/codec.ts';
import { snapshotSlices } from '../../protocol/wire/snapshot-slices.ts';

/** How a full copy is cut: each slice costs about a millisecond to make and to take. */
const SLICE_LIMITS = { itemsAtMost: 256, charactersAtMost: 65_536 };

/** A full copy with state: too large to be encoded, sent or decoded in one piece. */
export interface FullCopy extends Envelope {
  readonly message: Extract<Message, { readonly type: 'install' }>;
}

export function isFullCopy(envelope: Envelope): envelope is FullCopy {
  return envelope.message.type === 'install' && envelope.message.snapshot.machine !== undefined;
}

const names = new WeakMap<object, string>();

/**
 * What a copy's snapshot is called on the wire: 32 hexadecimal digits that no other snapshot has, in this process or any
 * other. Under one name the slices are always the same, so that whoever has the first of them needs only the rest.
 */
export function snapshotName({ message }: FullCopy): string {
  const key = message.snapshot.machine ?? message.snapshot;
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = randomBytes(16).toString('hex');
  names.set(key, name);
  return name;
}

/**
 * The frame a full copy begins with (docs/reference/wire.md): the envelope without the machine. `id` tells the copy from those before
 * it on the same socket. The other side answers how many slices of the snapshot it has already.
 */
export function copyOpening(id: number, copy: FullCopy): string {
  const { from, to, message } = copy;
  const bare = { from, to, message: { ...message, snapshot: { ...message.snapshot, machine: undefined } } };
  return `{"copy":${id},"snapshot":"${snapshotName(copy)}","envelope":${encodeEnvelope(bare)}}`;
}

/** The other frames, made one at a time: all slices of the snapshot, and their number. */
export function* copyFrames(id: number, copy: FullCopy): Generator<string, void, undefined> {
  let count = 0;
  for (const slice of snapshotSlices(copy.message.snapshot, SLICE_LIMITS)) {
    yield `{"copy":${id},"slice":${slice}}`;
    count += 1;
  }
  yield `{"copy":${id},"end":${count}}`;
}
