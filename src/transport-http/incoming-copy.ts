import type { Decoded } from '../protocol/app.ts';
import { checkSnapshot } from '../protocol/codec.ts';
import { decode, isObject, jsonWithin, NESTING_AT_MOST, parseJson, record, whole } from '../protocol/decode.ts';
import type { Json } from '../protocol/json.ts';
import type { Envelope } from '../protocol/messages.ts';
import { envelope } from '../protocol/shapes.ts';
import { createSliceJoiner, type SliceJoiner } from '../protocol/slice-joiner.ts';
import { FRAME_AT_MOST } from './hello.ts';

/** A longer full copy ends its link. In characters. */
const COPY_AT_MOST = 2 * 1024 * 1024 * 1024;

/** The full copy that is under way on one socket; at most one, and a newer one takes its place. */
export interface IncomingCopy {
  /** Takes the next frame of a full copy: the envelope once it is whole, undefined until then, or what is wrong with the frame. */
  hear(text: string): Decoded<Envelope | undefined>;
}

const opening = record<{ readonly copy: number; readonly envelope: Envelope }>({ copy: whole, envelope });

const slice = record<{ readonly copy: number; readonly slice: Json }>({
  copy: whole,
  // A machine may hold commands as deep as any, in collections that are three levels deep each when packed.
  slice: jsonWithin(10 * NESTING_AT_MOST),
});

const ending = record<{ readonly copy: number; readonly end: number }>({ copy: whole, end: whole });

interface UnderWay {
  readonly id: number;
  readonly envelope: Envelope;
  readonly joiner: SliceJoiner;
  readonly count: number;
  readonly characters: number;
}

export function createIncomingCopy(): IncomingCopy {
  let underWay: UnderWay | undefined;
  return {
    hear(text) {
      const parsed = parseJson(text, FRAME_AT_MOST);
      if (parsed.type === 'rejected') return parsed;
      const frame = parsed.value;
      if (!isObject(frame)) return rejected('a frame of a full copy is an object');
      if ('envelope' in frame) return open(frame);
      return 'slice' in frame ? add(frame, text.length) : end(frame);
    },
  };

  function open(frame: unknown): Decoded<undefined> {
    const decoded = decode(opening, frame, 'copy');
    if (decoded.type === 'rejected') return decoded;
    const { copy: id, envelope: bare } = decoded.value;
    if (bare.message.type !== 'install') return rejected(`a full copy is no ${bare.message.type}`);
    underWay = { id, envelope: bare, joiner: createSliceJoiner(), count: 0, characters: 0 };
    return { type: 'decoded', value: undefined };
  }

  function add(frame: unknown, length: number): Decoded<undefined> {
    const decoded = decode(slice, frame, 'copy');
    if (decoded.type === 'rejected') return decoded;
    const { copy: id, slice: added } = decoded.value;
    if (underWay?.id !== id) return rejected(`a slice of copy ${id}, which is not under way`);
    const characters = underWay.characters + length;
    if (characters > COPY_AT_MOST) return rejected(`a full copy of more than ${COPY_AT_MOST} characters`);
    if (!underWay.joiner.add(added)) return rejected(`what is no slice, as one of copy ${id}`);
    underWay = { ...underWay, count: underWay.count + 1, characters };
    return { type: 'decoded', value: undefined };
  }

  function end(frame: unknown): Decoded<Envelope> {
    const decoded = decode(ending, frame, 'copy');
    if (decoded.type === 'rejected') return decoded;
    const { copy: id, end: count } = decoded.value;
    if (underWay?.id !== id) return rejected(`the end of copy ${id}, which is not under way`);
    if (underWay.count !== count) return rejected(`copy ${id} in ${underWay.count} slices of ${count}`);
    const { envelope: bare, joiner } = underWay;
    underWay = undefined;
    const snapshot = checkSnapshot(joiner.join());
    if (snapshot.type === 'rejected') return snapshot;
    const { from, to, message } = bare;
    if (message.type !== 'install') return rejected(`a full copy is no ${message.type}`);
    return { type: 'decoded', value: { from, to, message: { ...message, snapshot: snapshot.value } } };
  }
}

function rejected(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}
