import type { ZodType } from 'zod';
import type { Observer, ProcessView } from '../live/engine/observer.ts';
import type { Route } from '../service/service.ts';
import type { OperatorAnswer, OperatorPath } from '../transport-http/clients/operator-paths.ts';
import { readinessOf } from '../host/readiness.ts';
import { indexOf } from './index-page.ts';
import type { NodeLog } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { createTally } from './tally-observer.ts';

/** The observer and the operator paths of one process. */
export interface Operating {
  readonly observer: Observer;
  /**
   * The paths `/` (unless the service has it), `/healthz`, `/readyz`, `/metrics` and `/openapi.json`. They are not
   * signed, so that any orchestrator can ask. `own`: the process's other operator paths, which are described and
   * counted with these.
   */
  operatorPaths(view: ProcessView, own: readonly OperatorPath[]): readonly OperatorPath[];
}

export interface OperatingOptions {
  readonly log: NodeLog;
  /** The name of the service, and the version of the program. */
  readonly title: string;
  readonly version: string;
  /** The routes of this process. */
  readonly routes: readonly Route[];
  /** The schema of its refusals; see `Service`. */
  readonly refusalBody?: ZodType | undefined;
  /** When the certificate in use ends, as Unix time in milliseconds; without TLS undefined or left out. */
  readonly certificateEnd?: (() => number | undefined) | undefined;
}

export function createOperating(options: OperatingOptions): Operating {
  const { log, title, version, routes, refusalBody, certificateEnd = () => undefined } = options;
  const tally = createTally();
  return {
    observer: {
      noted(unit, note) {
        tally.observer.noted(unit, note);
        log.noted(unit, note);
      },
      answered(answered) {
        tally.observer.answered(answered);
        log.answered(answered);
      },
      audited(call, outcome) {
        tally.audited(outcome);
        log.audited(call, outcome);
      },
      cutOff(cutOff) {
        tally.cutOff(cutOff);
        log.cutOff(cutOff);
      },
      refused: () => tally.refusedLinks.add(),
      written: (unit, millis) => tally.observer.written(unit, millis),
      saved: (unit, millis) => tally.observer.saved(unit, millis),
      carried: log.carried,
    },
    operatorPaths(view, own) {
      const metrics = createMetrics(view, tally, { droppedLines: () => log.dropped(), certificateEnd });
      const isTaken = routes.some(({ method, path }) => method === 'GET' && path === '/');
      const described = [
        ...own,
        ...[...(isTaken ? [] : ['/']), ...PATHS].map((path) => ({ method: 'GET', path, signed: false }) as const),
      ];
      const document = JSON.stringify(openApiOf({ title, version, routes, refusalBody, operatorPaths: described }));
      const index = indexOf({ title, version, routes, operatorPaths: described });
      return [
        ...(isTaken ? [] : [page('/', () => ({ status: 200, body: index(view.status()) }))]),
        page('/healthz', () => ({ status: 200, body: { status: 'ok', reasons: [] } })),
        page('/readyz', () => {
          const { ready, reasons } = readinessOf(view.status(), view.isStopping());
          return { status: ready ? 200 : 503, body: { status: ready ? 'ok' : 'not ready', reasons } };
        }),
        page('/metrics', async () => {
          const { contentType, text } = await metrics.scrape();
          return { status: 200, headers: { 'content-type': contentType }, body: text };
        }),
        page('/openapi.json', () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: document })),
      ];
    },
  };
}

/** Operator paths that every process has besides its own. */
export const PATHS = ['/healthz', '/readyz', '/metrics', '/openapi.json'] as const;

function page(
  name: '/' | (typeof PATHS)[number],
  answer: () => OperatorAnswer | Promise<OperatorAnswer>,
): OperatorPath {
  return { method: 'GET', path: name, signed: false, answer };
}
