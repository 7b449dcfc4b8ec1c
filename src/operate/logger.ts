import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Level } from '../host/note-line.ts';
import { createLineLimit } from '../live/log/line-limit.ts';
import type { HostNote, Observer } from '../live/engine/observer.ts';
import type { Unit } from '../protocol/model/address.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Answered } from '../transport-http/clients/exchange.ts';
import type { Audited, OperatorCall } from '../transport-http/clients/operator-paths.ts';
import type { CutOff } from '../transport-http/clients/untaken.ts';
import type { LogFormat, LogLevel } from './log-levels.ts';
import { noteRecord } from './note-fields.ts';
import { pretty } from './pretty.ts';
import { traceWith } from './request-trace.ts';

/** The log of one node. */
export interface NodeLog {
  /** Logs a sentence of the driver. */
  say(line: string, level: Level): void;
  noted(unit: Unit, note: HostNote): void;
  answered(answer: Answered): void;
  /** Logs a call that needed a proof: who made it, from where, and what became of it. */
  audited(call: OperatorCall, outcome: Audited): void;
  /** Logs a connection that was cut off since its client did not take its answers. */
  cutOff(cutOff: CutOff): void;
  /** Logs a sentence that an operator should look into. */
  warn(line: string): void;
  /** The least that is logged from now on. */
  setLevel(level: LogLevel): void;
  /** Logs the requests in an envelope. Undefined unless the level is `debug`. */
  readonly carried: Observer['carried'];
  /** Logs why the process ends, and flushes: all earlier lines are out when this returns. */
  failed(error: unknown): void;
  /** Lines dropped because the reader did not take them in time. */
  dropped(): number;
  /** Returns when all lines are written. */
  flush(): void;
}

export interface LogOptions {
  readonly node: NodeId;
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly output: LogOutput;
}

/** Where lines go: a file descriptor behind a bounded queue, or memory in a test. */
export interface LogOutput {
  write(text: string): void;
  flush(): void;
  dropped(): number;
}

export function createNodeLog({ node, level, format, output }: LogOptions): NodeLog {
  const write = (text: string): void => output.write(format === 'pretty' ? pretty(text) : text);
  const logger: Logger = pino(
    {
      level,
      base: { pid: process.pid, node },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const says = (wanted: LogLevel): boolean => logger.isLevelEnabled(wanted);
  const failures = createLineLimit((status, count) =>
    logger.info({ event: 'answers-more', status: Number(status), count }, `answers ${status} ${count} times more`),
  );

  return {
    say(line, at) {
      if (at === 'error') logger.error(line);
      else if (at === 'warning') logger.warn(line);
      else if (at === 'often') logger.debug(line);
      else logger.info(line);
    },
    noted(unit, note) {
      const record = noteRecord(unit, note);
      if (says(record.level)) logger[record.level](record.fields, record.message);
    },
    answered({ method, path, status, millis, requestId }) {
      const of = status >= 500 ? 'info' : 'debug';
      if (!says(of) || (of === 'info' && !says('debug') && !failures.passes(String(status)))) return;
      // The query is left out: it is the client's own business.
      const fields = { requestId, method, path: path.split('?', 1)[0], status, millis: Math.round(millis * 10) / 10 };
      logger[of](fields, `answers ${status}`);
    },
    audited({ method, path, from }, { by, status, reason }) {
      const bare = path.split('?', 1)[0];
      const fields = {
        event: 'signed-call',
        method,
        path: bare,
        from,
        by,
        status,
        ...(reason === undefined ? {} : { reason }),
      };
      if (reason === undefined)
        logger.info(fields, `takes ${method} ${bare} of ${by ?? 'an unproven caller'}: ${status}`);
      else logger.warn(fields, `refuses ${method} ${bare} of ${from ?? 'an unknown address'}: ${reason}`);
    },
    cutOff({ reason, from }) {
      const fields = { event: 'answers-cut-off', reason, from };
      logger.warn(fields, `cuts off ${from ?? 'an unknown address'}, which does not take its answers: ${reason}`);
    },
    warn: (line) => logger.warn(line),
    setLevel: (wanted) => (logger.level = wanted),
    carried: says('debug') ? traceWith(({ fields, message }) => logger.debug(fields, message)) : undefined,
    failed(error) {
      logger.error({ err: error }, `${node} stops: ${error instanceof Error ? error.message : String(error)}`);
      output.flush();
    },
    dropped: () => output.dropped(),
    flush: () => output.flush(),
  };
}
