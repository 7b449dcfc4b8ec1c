import { choose, type Dice } from '../base/random.ts';

/** The cluster that faults may hit. */
export interface Ground {
  readonly servers: number;
  readonly frontEnds: number;
  /** The names of the service's groups; at least one. */
  readonly groups: readonly string[];
  readonly horizon: number;
  /** The sum of all jumps of wall clocks, at most, in milliseconds. */
  readonly jumpsAtMost: number;
}

/** One node, by name or by its role at that time. */
export function somewhere(dice: Dice, { servers, frontEnds, groups }: Ground): string {
  const group = choose(groups, dice.below(groups.length), '');
  return dice.pick(
    `s${dice.between(1, servers)}`,
    `s${dice.between(1, servers)}`,
    `f${dice.between(1, frontEnds)}`,
    `primary of ${group}`,
    `primary of ${group}`,
    `highest of ${group}`,
  );
}

/** One side of a partition: one node, or each with even chance; never all. */
function side(dice: Dice, ground: Ground): string[] {
  if (dice.chance(400)) return [somewhere(dice, ground)];
  const all = [
    ...Array.from({ length: ground.servers }, (_, place) => `s${place + 1}`),
    ...Array.from({ length: ground.frontEnds }, (_, place) => `f${place + 1}`),
  ];
  const chosen = all.filter(() => dice.chance(500));
  return chosen.length === 0 ? all.slice(0, 1) : chosen;
}

/** Both ends of the links of a fault: mostly some nodes and all others, now and then clients and front ends. */
export function linkEnds(dice: Dice, ground: Ground): { from: string[]; to: string[] } {
  const from = side(dice, ground);
  const frontEnd = dice.pick('front ends', `f${dice.between(1, ground.frontEnds)}`);
  const client = dice.pick('clients', 'c1');
  const order = dice.chance(500);
  if (dice.chance(800)) return { from, to: ['others'] };
  return order ? { from: [client], to: [frontEnd] } : { from: [frontEnd], to: [client] };
}
