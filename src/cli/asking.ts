import type { Service } from '../frontend/service.ts';
import { diceOf, streamOf } from '../sim/random.ts';
import { defaultWorkload } from '../sim/workloads/default.ts';

/** Lines are for people: of a service with more paths than this the first are shown. */
const LINES_AT_MOST = 6;

/** For each path of a service that schemas describe, a line to paste that asks a front end there. */
export function askingOf(service: Service): (frontEnd: string) => readonly string[] {
  const workload = defaultWorkload(service);
  const calls = workload.kinds
    .slice(0, LINES_AT_MOST)
    .map((kind) => workload.next(kind, diceOf(streamOf(1, 'asking')), new Map()));
  return (frontEnd) =>
    calls.map(({ method, path, body }) => {
      const address = `${frontEnd}${path}`;
      return method === 'GET' ? `curl '${address}'` : `curl ${address} -d '${JSON.stringify(body)}'`;
    });
}
