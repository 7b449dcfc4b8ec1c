import { joinEnvelopes } from '../../protocol/wire/codec.ts';

/** Envelopes that wait for a socket, and their UTF-16 units. */
export const QUEUED_AT_MOST = 8_192;
const QUEUED_SIZE_AT_MOST = 64 * 1024 * 1024;

/** Length at which a frame is sent, in UTF-16 units; the rest goes into the next frame. */
export const FRAME_FULL_AT = 1024 * 1024;

/** The texts of envelopes that wait for a socket, in order. The link decides what happens beyond the bounds. */
export interface OutgoingQueue {
  add(text: string): void;
  length(): number;
  /** UTF-16 units of all texts. */
  size(): number;
  isTooLong(): boolean;
  dropOldest(): void;
  /** Takes the texts of one frame, joined. */
  nextFrame(): string;
  clear(): void;
}

export function createOutgoingQueue(): OutgoingQueue {
  let texts: string[] = [];
  let size = 0;
  return {
    add(text) {
      texts.push(text);
      size += text.length;
    },
    length: () => texts.length,
    size: () => size,
    isTooLong: () => texts.length > QUEUED_AT_MOST || size > QUEUED_SIZE_AT_MOST,
    dropOldest: take,
    nextFrame() {
      const taken: string[] = [];
      for (let length = 0; length < FRAME_FULL_AT;) {
        const text = texts[0];
        // A long one has a frame of its own.
        if (text === undefined || (taken.length > 0 && text.length >= FRAME_FULL_AT)) break;
        take();
        length += text.length;
        taken.push(text);
      }
      return joinEnvelopes(taken);
    },
    clear() {
      texts = [];
      size = 0;
    },
  };

  function take(): void {
    size -= texts.shift()?.length ?? 0;
  }
}
