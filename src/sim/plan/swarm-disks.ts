import type { Dice } from '../base/random.ts';
import type { Fault } from './fault.ts';
import { type Ground, somewhere } from './swarm-places.ts';

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
