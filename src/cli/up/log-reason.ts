import { saidSince } from '../cluster/log-files.ts';

/** Longest reason that is shown, in characters. */
const REASON_AT_MOST = 300;

/**
 * Why a node has ended, from the end of its log: the command's last message, else the last error. Undefined without
 * either, as after a kill.
 */
export function reasonIn(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const said = lines.findLast((line) => line.startsWith('understudy: '))?.replace(/^understudy: /, '');
  const error = lines.findLast((line) => /^\S+ \S+ error: /.test(line))?.replace(/^\S+ \S+ error: /, '');
  // An uncaught exception: its own line stands before its stack.
  const thrown = lines.findLast((line) => /^\w*Error(\b.*)?: /.test(line));
  return (said ?? error ?? thrown)?.slice(0, REASON_AT_MOST);
}

/**
 * Why a node has ended, from what its log says since `begin`. Never throws: a log that cannot be read is the reason
 * that is told.
 */
export function reasonSince(path: string, begin: number): string | undefined {
  try {
    return reasonIn(saidSince(path, begin));
  } catch (error) {
    return `its log cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
