import { randomBytes } from 'node:crypto';
import type { Envelope, Message } from '../../protocol/model/messages.ts';
import { encodeEnvelope } from '../../protocol/wire/codec.ts';
import { snapshotSlices } from '../../protocol/wire/snapshot-slices.ts';

/** Limits of a slice: each costs about a millisecond to make and to take. */
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
 * The wire name of a copy's snapshot: 32 hexadecimal digits, unique over all processes. Slices under one name are
 * always the same, so a receiver of the first ones needs only the rest.
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
 * First frame of a full copy (docs/reference/wire.md): the envelope without the machine. `id` distinguishes it from
 * earlier copies on the same socket; `version`: of the wire, that both speak. The receiver answers how many slices of the snapshot it already has.
 */
export function copyOpening(id: number, copy: FullCopy, version?: number): string {
  const { from, to, message } = copy;
  const bare = { from, to, message: { ...message, snapshot: { ...message.snapshot, machine: undefined } } };
  return `{"copy":${id},"snapshot":"${snapshotName(copy)}","envelope":${encodeEnvelope(bare, version)}}`;
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
