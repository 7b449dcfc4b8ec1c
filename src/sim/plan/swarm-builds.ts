import { choose, type Dice } from '../base/random.ts';
import type { Fault } from './fault.ts';
import type { Build, Plan } from './plan.ts';
import type { Ground } from './swarm-places.ts';

/**
 * Upgrades, in half of all seeds.
 * - Servers get a build with another version one after the other, in any order; now and then one is left out.
 * - Some get the old build back, and some one that has dropped the old version.
 */
export function swarmBuilds(
  dice: Dice,
  { servers, horizon }: Ground,
  isAsked: boolean | undefined,
): { readonly builds: Plan['builds']; readonly faults: readonly Fault[] } {
  const isOn = dice.chance(500);
  if (!(isAsked ?? isOn)) return { builds: {}, faults: [] };
  const names = shuffled(
    dice,
    Array.from({ length: servers }, (_, place) => `s${place + 1}`),
  );
  const builds: Record<string, Build> = {};
  for (const name of names) if (dice.chance(100)) builds[name] = { oldest: 1, newest: 2 };
  const faults: Fault[] = [];
  const deploy = (at: number, node: string, oldest: number, newest: number): void => {
    faults.push({ type: 'deploy', at: Math.min(at, horizon), node, oldest, newest });
  };
  const rollOut = (from: number, gap: number, oldest: number, newest: number, skipped: number): number => {
    let at = from;
    for (const name of names) {
      if (!dice.chance(skipped)) deploy(at, name, oldest, newest);
      at += gap;
    }
    return at;
  };
  const gap = (): number => dice.pick(0, 20, 100, 400, 1_000);
  let at = rollOut(dice.between(50, Math.ceil(horizon / 2)), gap(), 1, 2, 80);
  if (dice.chance(350)) deploy(dice.between(50, horizon), choose(names, dice.below(names.length), ''), 1, 1);
  if (dice.chance(400)) at = rollOut(at + dice.pick(10, 200, 1_000), gap(), 2, 2, dice.pick(0, 300, 800));
  if (dice.chance(250)) rollOut(at + dice.pick(10, 200, 1_000), gap(), dice.pick(1, 2), 3, 100);
  return { builds, faults };
}

function shuffled(dice: Dice, items: readonly string[]): string[] {
  const left = [...items];
  const order: string[] = [];
  while (left.length > 0) order.push(...left.splice(dice.below(left.length), 1));
  return order;
}
