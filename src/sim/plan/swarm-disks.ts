import type { Settings } from '../../protocol/model/settings.ts';
import type { Dice } from '../base/random.ts';
import type { Fault } from './fault.ts';
import type { Plan } from './plan.ts';
import { type Ground, somewhere } from './swarm-places.ts';

/** How snapshots are written: most often as changes, also where the state is as small as in a simulation. */
export function swarmSnapshots(dice: Dice): Pick<Plan['disk'], 'wholeWhenSmall' | 'linksAtMost'> {
  return { wholeWhenSmall: dice.chance(250), linksAtMost: dice.pick(0, 2, 4, 8, 8, 64) };
}

/** Lost last records, in a quarter of all seeds: a node dies, and starts again soon without the end of its log. */
export function swarmLostRecords(dice: Dice, ground: Ground, isAsked: boolean | undefined): readonly Fault[] {
  const isOn = dice.chance(250);
  const count = isAsked === true ? dice.between(4, 12) : dice.between(1, 3);
  if (!(isAsked ?? isOn)) return [];
  return Array.from({ length: count }, () => {
    const at = dice.between(100, ground.horizon);
    const until = Math.min(ground.horizon, at + dice.pick(5, 20, 100, 700));
    const node = somewhere(dice, ground);
    const inject: readonly Fault[] = [
      { type: 'lose-record', at, node },
      { type: 'restart', at: until, node: 'down' },
    ];
    return inject;
  }).flat();
}

/** Disks that are slow for seconds and do take what is written, in an eighth of all seeds; and what counts as slow. */
export function swarmSlowDisks(
  dice: Dice,
  ground: Ground,
): { readonly faults: readonly Fault[]; readonly settings: Pick<Settings, 'slowAfter' | 'slowFor'> } {
  const settings = { slowAfter: dice.pick(500, 1_000, 2_000), slowFor: dice.pick(2_000, 5_000, 10_000) };
  const at = dice.between(100, ground.horizon);
  const node = somewhere(dice, ground);
  const syncMicros = dice.pick(1_500_000, 3_500_000, 4_000_000, 4_900_000);
  if (!dice.chance(125)) return { faults: [], settings };
  return {
    faults: [
      { type: 'slow-disk', at, node, syncMicros },
      { type: 'fast-disk', at: ground.horizon, node: node.startsWith('f') ? 'front ends' : 'servers' },
    ],
    settings,
  };
}

/**
 * Copies of a node's disk, in a tenth of all seeds. A process is started on each later: while the original runs, when it
 * has died, or when it has died and run again.
 */
export function swarmCopies(dice: Dice, { horizon, servers, frontEnds }: Ground): readonly Fault[] {
  if (!dice.chance(100)) return [];
  return Array.from({ length: dice.between(1, 3) }, () => {
    const node = dice.pick(
      `s${dice.between(1, servers)}`,
      `s${dice.between(1, servers)}`,
      `f${dice.between(1, frontEnds)}`,
    );
    const at = dice.between(100, horizon);
    const diesAt = at + dice.pick(5, 50, 300, 1_500);
    const startsAt = diesAt + dice.pick(5, 50, 300);
    const [dies, runsAgain] = [dice.chance(800), dice.chance(300)];
    const between: readonly Fault[] = [
      { type: 'restart', at: diesAt + 1, node },
      { type: 'crash', at: startsAt - 1, node, afterActions: 0 },
    ];
    const faults: readonly Fault[] = [
      { type: 'back-up', at, node },
      ...(dies ? [{ type: 'crash', at: diesAt, node, afterActions: 0 } as const] : []),
      ...(dies && runsAgain ? between : []),
      { type: 'start-copy', at: startsAt, node },
      { type: 'restart', at: Math.min(horizon, startsAt + dice.pick(50, 500, 2_000)), node },
    ];
    return faults.filter((fault) => fault.at <= horizon);
  }).flat();
}
