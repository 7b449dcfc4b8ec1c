import { destination } from 'pino';
import type { LogOutput } from './logger.ts';
import { errorCode } from '../protocol/model/error-code.ts';

/** Characters that wait for the log's reader; beyond it lines are dropped and counted. */
const WAITING_AT_MOST = 8 * 1024 * 1024;

/**
 * Log output to a file descriptor, written in the background: a full pipe must not stop a primary. After EPIPE lines
 * are dropped and counted; after any other error, such as a full disk, the next line is tried again.
 */
export function outputTo(descriptor: number): LogOutput {
  const stream = destination({ dest: descriptor, sync: false, minLength: 0, maxLength: WAITING_AT_MOST });
  let dropped = 0;
  let gone = false;
  stream.on('drop', () => (dropped += 1));
  stream.on('error', (error) => (gone = isPipeBroken(error)));
  return {
    write(text) {
      if (gone) dropped += 1;
      else stream.write(text);
    },
    flush() {
      if (gone) return;
      try {
        stream.flushSync();
      } catch (error) {
        gone = isPipeBroken(error);
      }
    },
    dropped: () => dropped,
  };
}

/** Whether the reader of a pipe is gone, for ever. */
function isPipeBroken(error: unknown): boolean {
  return errorCode(error) === 'EPIPE';
}
