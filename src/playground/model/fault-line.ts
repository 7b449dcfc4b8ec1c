import { faultInWords } from '../../sim/diagram/fault-words.ts';
import type { Fault } from '../../sim/plan/fault.ts';

/** A fault of a plan in words, with the nodes as the plan names them. */
export function faultLine(fault: Fault): string {
  const [nodes, others] = 'from' in fault ? [fault.from, fault.to] : ['node' in fault ? [fault.node] : [], []];
  return faultInWords({
    fault: fault.type,
    name: 'name' in fault ? fault.name : undefined,
    nodes,
    others,
    oneWay: 'oneWay' in fault && fault.oneWay,
  });
}
