import { decode, parseJson, record, whole } from '../../protocol/wire/decode.ts';
import { HELLO_AT_MOST } from '../handshake/hello.ts';
import { copyFrames, copyOpening, type FullCopy } from './full-copy.ts';
import type { RateLimit } from './rate-limit.ts';

/** Characters that go out in one turn of the event loop; small frames share a turn. */
const TURN_FULL_AT = 65_536;

/** Time within which an interrupted copy may continue on a new link, in milliseconds. */
const INTERRUPTED_FOR_AT_MOST = 30_000;

/** The full copies of one link: frame after frame, with other envelopes in between. */
export interface OutgoingCopies {
  /**
   * Sends `copy` in its turn. It replaces another copy of the same unit that waits or is under way, except one under
   * way in the same epoch: a repeated request must not start it again, since a copy must end at last. Copies of other
   * units are sent first.
   */
  send(copy: FullCopy): void;
  /** Continues: there may be room now. */
  resume(): void;
  /** Takes an answer frame; false when none was expected. */
  hear(text: string): boolean;
  /** The socket is gone. On the next one, the copy under way continues where the receiver says. */
  interrupt(): void;
  /** Drops all copies. */
  clear(): void;
}

export interface CopySocket {
  /** The version of the wire that it speaks. */
  version(): number;
  /** Whether the next frame may be sent now. If not, `resume` is called when that changes. */
  hasRoom(): boolean;
  send(frame: string): void;
  /** A copy cannot be made, such as one with a text beyond what the engine can hold; it is dropped. */
  failed(reason: string): void;
}

interface UnderWay {
  readonly id: number;
  readonly copy: FullCopy;
  readonly frames: Iterator<string, void, undefined>;
  /** Frames that the receiver already has; undefined until it has answered. */
  skip: number | undefined;
}

const answer = record<{ readonly copy: number; readonly has: number }>({ copy: whole, has: whole });

export function createOutgoingCopies(socket: CopySocket, rateLimit: RateLimit): OutgoingCopies {
  /** By unit: at most one copy of each. */
  const waiting = new Map<string, FullCopy>();
  let underWay: UnderWay | undefined;
  let interrupted: { readonly copy: FullCopy; readonly at: number } | undefined;
  let lastId = 0;
  let scheduled: NodeJS.Immediate | undefined;
  let pausing: NodeJS.Timeout | undefined;

  return {
    send(copy) {
      const { unit } = copy.from;
      if (interrupted?.copy.from.unit === unit) interrupted = undefined;
      if (underWay?.copy.from.unit === unit) {
        if (isOfSameEpoch(underWay.copy, copy)) return;
        underWay = undefined;
      }
      waiting.set(unit, copy);
      resume();
    },
    resume,
    hear(text) {
      const parsed = parseJson(text, HELLO_AT_MOST);
      const decoded = parsed.type === 'decoded' ? decode(answer, parsed.value, 'answer') : parsed;
      if (decoded.type === 'rejected') return false;
      const { copy: id, has } = decoded.value;
      // The answer may concern a copy that another one has replaced since.
      if (id > lastId || (underWay?.id === id && underWay.skip !== undefined)) return false;
      if (underWay?.id !== id) return true;
      underWay.skip = has;
      resume();
      return true;
    },
    interrupt() {
      stop();
      if (underWay !== undefined) interrupted = { copy: underWay.copy, at: performance.now() };
      underWay = undefined;
    },
    clear() {
      stop();
      underWay = undefined;
      interrupted = undefined;
      waiting.clear();
    },
  };

  function stop(): void {
    clearImmediate(scheduled);
    clearTimeout(pausing);
    scheduled = undefined;
    pausing = undefined;
  }

  function resume(): void {
    const hasSome = underWay !== undefined || interrupted !== undefined || waiting.size > 0;
    if (scheduled !== undefined || pausing !== undefined || !hasSome) return;
    scheduled = setImmediate(() => {
      scheduled = undefined;
      proceed();
    });
  }

  function proceed(): void {
    for (let characters = 0; characters < TURN_FULL_AT;) {
      if (!socket.hasRoom()) return;
      if (rateLimit.wait() > 0) return pause(rateLimit.wait());
      if (underWay === undefined) return begin();
      if (underWay.skip === undefined) return;
      characters += goOn(underWay, underWay.skip);
    }
    resume();
  }

  /** Asks how much of the next copy the receiver has; `hear` takes the answer. */
  function begin(): void {
    const copy = next();
    if (copy === undefined) return;
    lastId += 1;
    underWay = { id: lastId, copy, frames: copyFrames(lastId, copy), skip: undefined };
    send(copyOpening(lastId, copy, socket.version()));
  }

  /** Makes the next frame, and sends it where the receiver lacks it. Returns its length. */
  function goOn(copy: UnderWay, skip: number): number {
    const frame = nextFrame(copy);
    if (frame?.done !== false) {
      underWay = undefined;
      return 0;
    }
    if (skip > 0) copy.skip = skip - 1;
    else send(frame.value);
    return frame.value.length;
  }

  function nextFrame({ frames, copy }: UnderWay): IteratorResult<string, void> | undefined {
    try {
      return frames.next();
    } catch (error) {
      socket.failed(`the full copy of ${copy.from.unit} cannot be made: ${String(error)}`);
      return undefined;
    }
  }

  function send(frame: string): void {
    socket.send(frame);
    rateLimit.spend(frame.length);
  }

  function pause(millis: number): void {
    pausing = setTimeout(() => {
      pausing = undefined;
      resume();
    }, millis);
  }

  function next(): FullCopy | undefined {
    const cut = interrupted;
    interrupted = undefined;
    if (cut !== undefined && performance.now() - cut.at <= INTERRUPTED_FOR_AT_MOST) return cut.copy;
    for (const [unit, copy] of waiting) {
      waiting.delete(unit);
      return copy;
    }
    return undefined;
  }
}

function isOfSameEpoch(a: FullCopy, b: FullCopy): boolean {
  return (
    a.to.unit === b.to.unit &&
    a.message.epoch.counter === b.message.epoch.counter &&
    a.message.epoch.nodeId === b.message.epoch.nodeId
  );
}
