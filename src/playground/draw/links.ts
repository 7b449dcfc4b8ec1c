import type { FaultSpan } from '../../sim/diagram/faults.ts';
import type { RunModel } from '../model/run-model.ts';

/** What is wrong with the link from one node to another. */
export interface LinkFault {
  readonly from: string;
  readonly to: string;
  readonly kind: 'cut' | 'held' | 'weather';
  readonly fault: FaultSpan;
}

const KINDS: Readonly<Partial<Record<FaultSpan['fault'], LinkFault['kind']>>> = {
  partition: 'cut',
  flap: 'cut',
  hold: 'held',
  weather: 'weather',
};

/** The faults of links at that time, each direction by itself. */
export function linkFaults({ faults }: RunModel, at: number): readonly LinkFault[] {
  return faults.flatMap((fault) => {
    const kind = KINDS[fault.fault];
    if (kind === undefined || fault.from > at || fault.to <= at) return [];
    return fault.nodes.flatMap((one) =>
      fault.others.flatMap((other) => [
        { from: one, to: other, kind, fault },
        ...(fault.oneWay ? [] : [{ from: other, to: one, kind, fault }]),
      ]),
    );
  });
}
