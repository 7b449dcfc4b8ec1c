import { knobsOf } from './plain-plan.ts';
import type { Plan } from './plan.ts';

/** The size of a plan, as reading matter. */
export interface PlanSize {
  readonly faults: number;
  /** Scripted requests, and those that clients may choose. */
  readonly requests: number;
  /** Servers, front ends and clients. */
  readonly nodes: number;
  /** Knobs that differ from their default. */
  readonly knobs: number;
  readonly total: number;
}

export function sizeOf(plan: Plan): PlanSize {
  const { clients, requests: each, script } = plan.workload;
  const scripted = new Set(script.map((request) => request.client));
  // Clients with requests of their own choice are c1, c2, …; a script may name the same ones.
  for (let number = 1; number <= clients; number += 1) scripted.add(`c${number}`);
  const faults = plan.faults.length;
  const requests = clients * each + script.length;
  const nodes = plan.servers + plan.frontEnds + scripted.size;
  const knobs = knobsOf(plan).length;
  return { faults, requests, nodes, knobs, total: faults + requests + nodes + knobs };
}

/** `42 = 6 faults + 20 requests + 8 nodes + 8 knobs`. */
export function showSize({ faults, requests, nodes, knobs, total }: PlanSize): string {
  return `${total} = ${faults} faults + ${requests} requests + ${nodes} nodes + ${knobs} knobs`;
}
