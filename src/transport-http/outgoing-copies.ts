import { copyFrames, type FullCopy } from './full-copy.ts';

/** Characters that go out in one turn of the event loop; small frames share a turn. */
const TURN_FULL_AT = 65_536;

/** The full copies one link has to send: frame after frame, other envelopes in between. */
export interface OutgoingCopies {
  /**
   * Sends `copy` once it is its turn. It takes the place of another one of the same unit that waits or is under way; that
   * of another unit is sent first.
   */
  send(copy: FullCopy): void;
  /** Goes on: there may be room now. */
  resume(): void;
  /** Forgets them all: the socket is gone. */
  clear(): void;
}

export interface CopySocket {
  /** Whether the next frame may be sent now. Where it may not, `resume` is called when that changes. */
  hasRoom(): boolean;
  send(frame: string): void;
}

export function createOutgoingCopies(socket: CopySocket): OutgoingCopies {
  /** By the unit they come from: at most one of each. */
  const waiting = new Map<string, FullCopy>();
  let underWay: { readonly copy: FullCopy; readonly frames: Iterator<string, void, undefined> } | undefined;
  let lastId = 0;
  let isScheduled = false;

  return {
    send(copy) {
      const { unit } = copy.from;
      if (underWay?.copy.from.unit === unit) {
        // Asked for again, the same one need not start from the beginning: a copy must end at last.
        if (isSame(underWay.copy, copy)) return;
        underWay = undefined;
      }
      waiting.set(unit, copy);
      resume();
    },
    resume,
    clear() {
      underWay = undefined;
      waiting.clear();
    },
  };

  function resume(): void {
    if (isScheduled || (underWay === undefined && waiting.size === 0)) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      proceed();
    });
  }

  function proceed(): void {
    for (let characters = 0; characters < TURN_FULL_AT && socket.hasRoom();) {
      underWay ??= next();
      if (underWay === undefined) return;
      const frame = underWay.frames.next();
      if (frame.done === true) {
        underWay = undefined;
      } else {
        socket.send(frame.value);
        characters += frame.value.length;
      }
    }
    if (socket.hasRoom()) resume();
  }

  function next(): typeof underWay {
    for (const [unit, copy] of waiting) {
      waiting.delete(unit);
      lastId += 1;
      return { copy, frames: copyFrames(lastId, copy) };
    }
    return undefined;
  }
}

function isSame(a: FullCopy, b: FullCopy): boolean {
  return (
    a.to.unit === b.to.unit &&
    a.message.epoch.counter === b.message.epoch.counter &&
    a.message.epoch.nodeId === b.message.epoch.nodeId &&
    a.message.snapshot.machine === b.message.snapshot.machine
  );
}
