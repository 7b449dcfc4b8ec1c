import { errorCode } from '../protocol/model/error-code.ts';
import { truncateFile, writeDurably } from './files.ts';

const ROOM_AT_LEAST = 16 * 1024;
const ROOM_AT_MOST = 1024 * 1024;

/** Errors that say that the file cannot grow as far, and nothing of the disk. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** The room of a log behind its end: zeros that its next frames overwrite. */
export interface LogRoom {
  /** Makes room for a frame of `length` bytes at `end`, if there is none, and for more frames behind it. */
  provide(end: number, length: number): Promise<void>;
  /** Takes the room back that is left behind `end`. */
  release(end: number): Promise<void>;
}

/**
 * The room of a log file that is `size` bytes long. A write that makes a file longer waits for the file system's journal
 * besides its bytes; one within the file does not (bench/RESULTS.md). As much again as there is in the file, within
 * `ROOM_AT_LEAST` and `ROOM_AT_MOST`. On a disk without that room the log grows with each frame.
 */
export function roomOf(file: number, size: number): LogRoom {
  let until = size;
  let isOut = false;

  return {
    async provide(end, length) {
      if (end + length <= until || isOut) return;
      const ahead = Math.min(Math.max(end, ROOM_AT_LEAST), ROOM_AT_MOST);
      const zeros = Buffer.alloc(length + ahead);
      try {
        await writeDurably(file, zeros, end);
        until = end + zeros.length;
      } catch (error) {
        if (!NO_ROOM.includes(errorCode(error) ?? '')) throw error;
        // What was had of it is needed for the frames, and by the other files.
        isOut = true;
        await truncateFile(file, end);
        until = end;
      }
    },
    async release(end) {
      if (until > end) await truncateFile(file, end);
      until = end;
    },
  };
}
