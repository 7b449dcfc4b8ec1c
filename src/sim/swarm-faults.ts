import { unreachable } from '../protocol/assert.ts';
import type { Fault } from './fault.ts';
import { choose, type Dice } from './random.ts';
import type { SwarmFault } from './swarm.ts';

export interface Ground {
  readonly servers: number;
  readonly frontEnds: number;
  /** The names of the service's groups; at least one. */
  readonly groups: readonly string[];
  readonly horizon: number;
}

/** So many strikes of these kinds, each with its opposite a while later, in order of time. */
export function swarmFaults(
  dice: Dice,
  kinds: readonly SwarmFault[],
  strikes: number,
  ground: Ground,
): readonly Fault[] {
  const faults: Fault[] = [];
  if (kinds.length > 0) {
    for (let count = 0; count < strikes; count += 1) {
      const kind = choose(kinds, dice.below(kinds.length), 'crash');
      faults.push(...strikeOf(dice, kind, `${kind} ${count + 1}`, ground));
    }
  }
  return faults.sort((a, b) => a.at - b.at);
}

function strikeOf(dice: Dice, kind: SwarmFault, name: string, ground: Ground): readonly Fault[] {
  const at = dice.between(100, ground.horizon);
  const until = Math.min(ground.horizon, at + dice.pick(20, 100, 300, 700, 1_500, 3_000));
  const node = somewhere(dice, ground);
  switch (kind) {
    case 'crash':
      return [
        { type: 'crash', at, node: dice.chance(100) ? 'servers' : node, afterActions: dice.pick(0, 0, 1, 3, 8) },
        { type: 'restart', at: until, node: 'down' },
      ];
    case 'pause':
      return [
        { type: 'pause', at, node, clock: dice.pick('runs', 'stops') },
        { type: 'resume', at: until, node: 'paused' },
      ];
    case 'partition':
    case 'one-way':
      return [
        { type: 'partition', at, name, from: side(dice, ground), to: ['others'], oneWay: kind === 'one-way' },
        { type: 'heal', at: until, name },
      ];
    case 'hold':
      return [
        { type: 'hold', at, name, from: side(dice, ground), to: ['others'], oneWay: dice.chance(500) },
        { type: 'release', at: until, name },
      ];
    case 'slow-disk':
      return [
        { type: 'slow-disk', at, node, syncMicros: dice.pick(20_000, 100_000, 700_000) },
        { type: 'fast-disk', at: until, node },
      ];
    case 'suspect':
      return [{ type: 'suspect', at, node, of: somewhere(dice, ground) }];
    default:
      return unreachable(kind);
  }
}

/** One node, by name or by what it is at that time. */
function somewhere(dice: Dice, { servers, frontEnds, groups }: Ground): string {
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
