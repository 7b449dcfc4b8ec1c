import type { Decoded } from '../../protocol/model/app.ts';
import { type Json, NESTING_AT_MOST } from '../../protocol/model/json.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import {
  decode,
  isObject,
  jsonWithin,
  parseJson,
  record,
  text as textShape,
  whole,
} from '../../protocol/wire/decode.ts';
import { envelope as envelopeShape } from '../../protocol/wire/shapes.ts';
import { createSliceJoiner, type SliceJoiner } from '../../protocol/wire/slice-joiner.ts';
import { FRAME_AT_MOST } from '../handshake/hello.ts';
import { checkInSlices } from './check-in-slices.ts';

/** Longest full copy in characters; a longer one ends its link. */
const COPY_AT_MOST = 2 * 1024 * 1024 * 1024;

/**
 * The full copy under way from one peer, across sockets: at most one, which a newer one replaces. After a socket broke,
 * its slices are kept, and only a copy of the very same snapshot continues from there.
 */
export interface IncomingCopy {
  /** Takes the next frame of a full copy. A malformed frame is rejected, and the copy dropped. */
  hear(text: string): Decoded<CopyHeard>;
  /** The socket is gone. Slices are accepted again after the peer has named the copy on another one. */
  interrupt(): void;
  isInterrupted(): boolean;
  /** Drops an interrupted copy. */
  giveUp(): void;
}

/** What a frame comes to. */
interface CopyHeard {
  /** It opens a copy: from where to where, and what the peer is told. */
  readonly opened?: Pick<Envelope, 'from' | 'to'> & { readonly answer: CopyAnswer };
  /** It completes one. */
  readonly completing?: Completing;
}

/** Checks a copy that has arrived whole, a slice at a time. What is wrong with it is rejected. */
type Completing = Generator<undefined, Decoded<Envelope>, undefined>;

/** The number of slices of copy `copy` that have arrived, from the first on. */
export interface CopyAnswer {
  readonly copy: number;
  readonly has: number;
}

const opening = record<{ readonly copy: number; readonly snapshot: string; readonly envelope: Envelope }>({
  copy: whole,
  snapshot: textShape,
  envelope: envelopeShape,
});

const slice = record<{ readonly copy: number; readonly slice: Json }>({
  copy: whole,
  // A machine may hold commands of any allowed depth, in collections that are three levels deep each when packed.
  slice: jsonWithin(10 * NESTING_AT_MOST),
});

const ending = record<{ readonly copy: number; readonly end: number }>({ copy: whole, end: whole });

interface UnderWay {
  /** Undefined until the peer has continued the copy on its present socket. */
  readonly id: number | undefined;
  readonly snapshot: string;
  readonly envelope: Envelope;
  readonly joiner: SliceJoiner;
  readonly count: number;
  readonly characters: number;
}

export function createIncomingCopy(): IncomingCopy {
  let underWay: UnderWay | undefined;
  return {
    hear(text) {
      const heard = takeSafely(text);
      if (heard.type === 'rejected') underWay = undefined;
      return heard;
    },
    interrupt() {
      underWay = underWay && { ...underWay, id: undefined };
    },
    isInterrupted,
    giveUp() {
      if (isInterrupted()) underWay = undefined;
    },
  };

  function isInterrupted(): boolean {
    return underWay !== undefined && underWay.id === undefined;
  }

  function takeSafely(text: string): Decoded<CopyHeard> {
    try {
      return take(text);
    } catch (error) {
      return untakeable(error);
    }
  }

  function take(text: string): Decoded<CopyHeard> {
    const parsed = parseJson(text, FRAME_AT_MOST);
    if (parsed.type === 'rejected') return parsed;
    const frame = parsed.value;
    if (!isObject(frame)) return rejected('a frame of a full copy is an object');
    if ('envelope' in frame) return open(frame);
    return 'slice' in frame ? add(frame, text.length) : end(frame);
  }

  function open(frame: unknown): Decoded<CopyHeard> {
    const decoded = decode(opening, frame, 'copy');
    if (decoded.type === 'rejected') return decoded;
    const { copy: id, snapshot, envelope: bare } = decoded.value;
    if (bare.message.type !== 'install') return rejected(`a full copy is no ${bare.message.type}`);
    const begun = underWay?.snapshot === snapshot ? underWay : { joiner: createSliceJoiner(), count: 0, characters: 0 };
    underWay = { ...begun, id, snapshot, envelope: bare };
    const { from, to } = bare;
    return { type: 'decoded', value: { opened: { from, to, answer: { copy: id, has: begun.count } } } };
  }

  function add(frame: unknown, length: number): Decoded<CopyHeard> {
    const decoded = decode(slice, frame, 'copy');
    if (decoded.type === 'rejected') return decoded;
    const { copy: id, slice: added } = decoded.value;
    if (underWay?.id !== id) return rejected(`a slice of copy ${id}, which is not under way`);
    const characters = underWay.characters + length;
    if (characters > COPY_AT_MOST) return rejected(`a full copy of more than ${COPY_AT_MOST} characters`);
    if (!underWay.joiner.add(added)) return rejected(`what is no slice, as one of copy ${id}`);
    underWay = { ...underWay, count: underWay.count + 1, characters };
    return { type: 'decoded', value: {} };
  }

  function end(frame: unknown): Decoded<CopyHeard> {
    const decoded = decode(ending, frame, 'copy');
    if (decoded.type === 'rejected') return decoded;
    const { copy: id, end: count } = decoded.value;
    if (underWay?.id !== id) return rejected(`the end of copy ${id}, which is not under way`);
    if (underWay.count !== count) return rejected(`copy ${id} in ${underWay.count} slices of ${count}`);
    const { envelope: bare, joiner } = underWay;
    underWay = undefined;
    return { type: 'decoded', value: { completing: complete(bare, joiner) } };
  }
}

function* complete({ from, to, message }: Envelope, joiner: SliceJoiner): Completing {
  try {
    const snapshot = yield* checkInSlices(joiner.join());
    if (snapshot.type === 'rejected') return snapshot;
    if (message.type !== 'install') return rejected(`a full copy is no ${message.type}`);
    return { type: 'decoded', value: { from, to, message: { ...message, snapshot: snapshot.value } } };
  } catch (error) {
    return untakeable(error);
  }
}

/** What no check foresees, such as a state beyond a limit of the engine, is the peer's fault, too. */
function untakeable(error: unknown): ReturnType<typeof rejected> {
  return rejected(`a full copy that cannot be taken: ${String(error)}`);
}

function rejected(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}
