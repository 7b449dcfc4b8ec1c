import { isatty } from 'node:tty';
import type { LogFormat, LogLevel } from '../../operate/log-levels.ts';
import { outputTo } from '../../operate/log-output.ts';
import { createNodeLog, type NodeLog } from '../../operate/logger.ts';

/** What a command line says of the log. */
export interface LogFlags {
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
  readonly verbose?: boolean;
}

/** The log goes where errors go: what a command answers is on its stdout alone. */
const STDERR = 2;

/** Unless said otherwise: lines for people on a terminal, JSON anywhere else; everything but single requests. */
export function openNodeLog(node: string, { logLevel, logFormat, verbose }: LogFlags): NodeLog {
  return createNodeLog({
    node,
    level: verbose === true ? 'debug' : (logLevel ?? 'info'),
    format: logFormat ?? (isatty(STDERR) ? 'pretty' : 'json'),
    output: outputTo(STDERR),
  });
}
