import { destination } from 'pino';
import type { LogOutput } from './logger.ts';

/** Characters that wait for whoever reads the log; beyond it lines are dropped, and counted. */
const WAITING_AT_MOST = 8 * 1024 * 1024;

/**
 * Lines to a file descriptor, written in the background: a pipe that nobody empties must not stop a primary. Where nobody
 * listens any more (EPIPE), there is nobody to tell.
 */
export function outputTo(descriptor: number): LogOutput {
  const stream = destination({ dest: descriptor, sync: false, minLength: 0, maxLength: WAITING_AT_MOST });
  let dropped = 0;
  let gone = false;
  stream.on('drop', () => (dropped += 1));
  stream.on('error', () => (gone = true));
  return {
    write(text) {
      if (gone) dropped += 1;
      else stream.write(text);
    },
    flush() {
      if (gone) return;
      try {
        stream.flushSync();
      } catch {
        gone = true;
      }
    },
    dropped: () => dropped,
  };
}
