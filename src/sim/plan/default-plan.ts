import type { Service } from '../../service/service.ts';
import type { Workload } from '../workloads/workload.ts';
import { type Plan, planOf } from './plan.ts';

/**
 * The default plan of a service without plans of its own: clients that ask all the time; meanwhile the primary of its
 * first group crashes and restarts, another one is partitioned for a while, and the next one is paused. Every fault in
 * it is possible on live processes, too.
 */
export function defaultPlan(service: Service, workloads: readonly Workload[]): Plan {
  const primary = `primary of ${service.apps[0]?.name ?? ''}`;
  return planOf(
    {
      name: service.name,
      service: service.name,
      settings: { readmitAfter: 500 },
      faults: [
        { at: 1_000, type: 'crash', node: primary },
        { at: 1_500, type: 'restart' },
        { at: 3_000, type: 'partition', from: ['others'], to: [primary], oneWay: true },
        { at: 3_800, type: 'heal' },
        { at: 4_500, type: 'pause', node: primary },
        { at: 5_500, type: 'resume' },
      ],
      workload: { clients: 4, requests: 50, think: 50 },
      horizon: 6_000,
    },
    workloads,
  );
}
