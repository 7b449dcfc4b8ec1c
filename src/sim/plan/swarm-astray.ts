import type { Dice } from '../base/random.ts';
import type { Fault } from './fault.ts';
import type { Plan } from './plan.ts';

interface Comparing {
  readonly settings: { readonly compareEvery?: number };
  readonly astray: Plan['astray'];
}

/**
 * Comparisons of states within the length of a run, in one seed of six; in half of them, or where it is asked for, one of
 * several servers applies some commands otherwise than the others do (PROTOCOL §11.8).
 */
export function swarmAstray(dice: Dice, servers: number, isAsked: boolean | undefined): Comparing {
  const isOn = dice.chance(160);
  const isAstray = dice.chance(500);
  const compareEvery = dice.pick(100, 400, 1_000, 2_500);
  const from = dice.between(2, 25);
  const astray = { server: `s${dice.between(1, servers)}`, from, to: from + dice.pick(2, 10, 40) };
  if (!(isAsked ?? isOn)) return { settings: {}, astray: undefined };
  return { settings: { compareEvery }, astray: servers > 1 && (isAsked ?? isAstray) ? astray : undefined };
}

/** In one of twelve upgrades of three servers or more, migrations fail on one of them (PROTOCOL §11.3). */
export function swarmFailingMigration(
  dice: Dice,
  servers: number,
  upgrades: readonly Fault[],
  isAsked: boolean | undefined,
): Plan['astray'] {
  const isOn = dice.chance(80);
  const server = `s${dice.between(1, servers)}`;
  if (upgrades.length === 0 || servers < 3 || !(isAsked ?? isOn)) return undefined;
  // The first entry is no command.
  return { server, from: 1, to: 1, failsMigration: true };
}

/**
 * In one of eight upgrades, a migration takes a server longer than a primary may be silent, or never ends (PROTOCOL
 * §11.3); now and then it is just quick enough.
 */
export function swarmSlowMigration(
  dice: Dice,
  servers: number,
  electAfter: number,
  upgrades: readonly Fault[],
  asked: Plan['migration'],
): Plan['migration'] {
  const isOn = dice.chance(125);
  const server = dice.chance(600) ? undefined : `s${dice.between(1, servers)}`;
  const isEndless = dice.chance(400);
  const takes = Math.ceil((electAfter * dice.pick(400, 1_100, 1_500, 4_000)) / 1_000);
  if (asked !== undefined) return asked;
  if (upgrades.length === 0 || !isOn) return undefined;
  return { takes: isEndless ? 'for ever' : takes, ...(server === undefined ? {} : { server }) };
}
