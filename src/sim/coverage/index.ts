import type { Envelope } from '../../protocol/model/messages.ts';
import { followRecord } from '../judges/committed.ts';
import type { Judge, ReplicaStep } from '../judges/judge.ts';
import { electionProbes } from './elections.ts';
import type { GoalName } from './goals.ts';
import { logProbes } from './logs.ts';
import { memberProbes } from './members.ts';
import type { Probe, ProbeContext, SeenNote } from './probe.ts';
import { requestProbes } from './requests.ts';

/** The goals that a run has hit, and the probes for the others. Changed in place. */
export interface Coverage {
  readonly hit: Set<GoalName>;
  /** Observes what the judges observe, after them; fails no run. */
  readonly observer: Judge;
  noted(note: SeenNote): void;
}

export function createCoverage(context: ProbeContext): Coverage {
  const hit = new Set<GoalName>();
  const probes = [...electionProbes(), ...logProbes(), ...memberProbes(), ...requestProbes()];
  // Few probes have any one hook, and every message and every step asks.
  const open = {
    stepped: probes.filter((probe) => 'stepped' in probe),
    sent: probes.filter((probe) => 'sent' in probe),
    noted: probes.filter((probe) => 'noted' in probe),
    committed: probes.filter((probe) => 'committed' in probe),
  };
  const settle = (hook: keyof typeof open, isHit: (probe: Probe) => boolean | undefined): void => {
    for (const probe of open[hook]) {
      if (hit.has(probe.goal) || isHit(probe) !== true) continue;
      hit.add(probe.goal);
      open[hook] = open[hook].filter(({ goal }) => goal !== probe.goal);
    }
  };
  const newlyCommitted = followRecord(context.evidence.record);
  return {
    hit,
    observer: {
      name: 'sightings',
      source: 'docs/internals/testing.md',
      stepped(step: ReplicaStep) {
        settle('stepped', (probe) => probe.stepped?.(step, context));
        for (const made of newlyCommitted(step.group)) settle('committed', (probe) => probe.committed?.(made, context));
        return undefined;
      },
      sent(envelope: Envelope) {
        settle('sent', (probe) => probe.sent?.(envelope, context));
        return undefined;
      },
    },
    noted(note) {
      settle('noted', (probe) => probe.noted?.(note, context));
    },
  };
}
