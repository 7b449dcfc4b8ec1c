import type { Envelope } from '../../protocol/model/messages.ts';
import type { GoalName } from './goals.ts';
import { followRecord } from '../judges/committed.ts';
import type { Judge, ReplicaStep } from '../judges/judge.ts';
import { electionSightings } from './elections.ts';
import { logSightings } from './logs.ts';
import { memberSightings } from './members.ts';
import { requestSightings } from './requests.ts';
import type { Scene, SeenNote, Sighting } from './probe.ts';

/** The goals of one run: what has been hit, and who still watches for the rest. Changed in place. */
export interface Sightings {
  readonly hit: Set<GoalName>;
  /** Sees what the judges see, after them, and condemns nothing. */
  readonly onlooker: Judge;
  noted(note: SeenNote): void;
}

export function createSightings(scene: Scene): Sightings {
  const hit = new Set<GoalName>();
  let open: readonly Sighting[] = [
    ...electionSightings(),
    ...logSightings(),
    ...memberSightings(),
    ...requestSightings(),
  ];
  const settle = (isHit: (sighting: Sighting) => boolean | undefined): void => {
    for (const sighting of open) {
      if (isHit(sighting) !== true) continue;
      hit.add(sighting.goal);
      open = open.filter((other) => other !== sighting);
    }
  };
  const newlyCommitted = followRecord(scene.bench.record);
  return {
    hit,
    onlooker: {
      name: 'sightings',
      source: 'docs/internals/testing.md',
      stepped(step: ReplicaStep) {
        settle((sighting) => sighting.stepped?.(step, scene));
        for (const made of newlyCommitted(step.group)) settle((sighting) => sighting.committed?.(made, scene));
        return undefined;
      },
      sent(envelope: Envelope) {
        settle((sighting) => sighting.sent?.(envelope, scene));
        return undefined;
      },
    },
    noted(note) {
      settle((sighting) => sighting.noted?.(note, scene));
    },
  };
}
