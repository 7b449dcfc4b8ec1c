import { unreachable } from '../../protocol/model/assert.ts';
import { choose, type Dice } from '../base/random.ts';
import { type Fault, type FaultType, FORGED, FORGED_BY_MEMBERS } from './fault.ts';
import { type Ground, linkEnds, somewhere } from './swarm-places.ts';

/** Faults that the swarm chooses from; each brings its opposite, if it has one. */
export type SwarmFault =
  | 'one-way'
  /** A disk is lost, and another takes its name while groups name it still. */
  | 'usurp'
  /** The link between two primaries, or a front end and a primary; drawn apart (swarm.ts). */
  | 'one-link'
  | Exclude<
      FaultType,
      | 'restart'
      | 'forge'
      | 'resume'
      | 'fast-process'
      | 'heal'
      | 'release'
      | 'clear'
      | 'fast-disk'
      | 'free-disk'
      | 'empty-disk'
      | 'short-disk'
      | 'roomy-disk'
      | 'set-clock'
      | 'rejoin'
      | 'put-back'
      | 'back-up'
      | 'start-copy'
    >;

/** Those whose number the strikes of a plan count; lost records and deployments are drawn apart. */
export type StrikingFault = Exclude<SwarmFault, 'lose-record' | 'deploy'>;

export const SWARM_FAULTS: readonly StrikingFault[] = [
  'crash',
  'pause',
  'slow-process',
  'partition',
  'one-way',
  'flap',
  'hold',
  'weather',
  'reset',
  'slow-disk',
  'stick-disk',
  'fill-disk',
  'fail-sync',
  'rot-disk',
  'lose-disk',
  'jump-clock',
  'suspect',
  'join',
  'leave',
  'stop',
  'transfer',
  'remove',
];

/** Nodes that start on an empty disk in place of their own, of which most get their own one back. */
export function swarmReplacements(dice: Dice, ground: Ground): readonly Fault[] {
  return Array.from({ length: dice.pick(1, 1, 2) }, () => strikeOf(dice, 'replace', '', ground, 0)).flat();
}

/** Strangers that send what only voters may: in a third of all runs, a few times. */
export function swarmForgeries(dice: Dice, { groups, horizon, servers, frontEnds }: Ground): readonly Fault[] {
  if (!dice.chance(330)) return [];
  return Array.from({ length: dice.between(1, 4) }, (): Fault => {
    const to = dice.pick<string>('servers', 'front ends', `s${dice.between(1, servers)}`);
    const as = dice.pick('x1', 'x2', `f${dice.between(1, frontEnds)}`);
    // A front end is a member: what any member may say is no forgery of it.
    const forged = as.startsWith('f') ? FORGED.slice(0, FORGED_BY_MEMBERS) : FORGED;
    return {
      type: 'forge',
      at: dice.between(100, horizon),
      as,
      to: [to],
      group: choose(groups, dice.below(groups.length), ''),
      says: choose(forged, dice.below(forged.length), 'append'),
    };
  });
}

/** Random faults of these kinds, each with its opposite a while later, in order of time. */
export function swarmFaults(
  dice: Dice,
  kinds: readonly StrikingFault[],
  strikes: number,
  ground: Ground,
): readonly Fault[] {
  const faults: Fault[] = [];
  let jumpsLeft = ground.jumpsAtMost;
  // With more lost disks no cluster would be left.
  let lossesLeft = Math.min(ground.servers - 1, dice.pick(1, 1, 2, 6));
  let joinsLeft = dice.pick(1, 2, 3);
  let partingsLeft = Math.min(ground.servers - 1, dice.pick(1, 1, 2));
  if (kinds.length > 0) {
    for (let count = 0; count < strikes; count += 1) {
      const drawn = choose(kinds, dice.below(kinds.length), 'crash');
      const isLoss = drawn === 'lose-disk' || drawn === 'rot-disk';
      const isParting = drawn === 'leave' || drawn === 'remove';
      const isJoin = drawn === 'join';
      const isTooMuch =
        (isLoss && lossesLeft === 0) || (isParting && partingsLeft === 0) || (isJoin && joinsLeft === 0);
      const kind = isTooMuch ? 'crash' : drawn;
      if (!isTooMuch) {
        lossesLeft -= Number(isLoss);
        partingsLeft -= Number(isParting);
        joinsLeft -= Number(isJoin);
      }
      const inject = strikeOf(dice, kind, `${kind} ${count + 1}`, ground, jumpsLeft);
      for (const fault of inject) if (fault.type === 'jump-clock') jumpsLeft -= Math.abs(fault.byMillis);
      faults.push(...inject);
    }
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** Disks that are nearly full for a while, in a quarter of all runs. */
export function swarmShortages(dice: Dice, ground: Ground): readonly Fault[] {
  if (!dice.chance(250)) return [];
  return Array.from({ length: dice.between(1, 3) }, (): readonly Fault[] => {
    const at = dice.between(100, ground.horizon);
    const node = `s${dice.between(1, ground.servers)}`;
    const until = Math.min(ground.horizon, at + dice.pick(100, 500, 2_000));
    return [
      { type: 'short-disk', at, node },
      { type: 'roomy-disk', at: until, node },
    ];
  }).flat();
}

/**
 * Wall clocks that are far wrong, in some seeds: set while a process runs, or while it is down, by more than any request
 * may be old. At most one node a run is misled about an outage, since more could be a majority.
 */
export function swarmClockStorm(dice: Dice, ground: Ground): readonly Fault[] {
  if (!dice.chance(200)) return [];
  const at = dice.between(500, ground.horizon);
  const later = Math.min(ground.horizon, at + dice.pick(50, 300, 1_500));
  const node = dice.chance(700) ? somewhere(dice, ground) : `f${dice.between(1, ground.frontEnds)}`;
  const byMillis = dice.pick(86_400_000, 3_600_000, 660_000, -660_000, -3_600_000, -86_400_000);
  if (dice.chance(500)) {
    return [
      { type: 'jump-clock', at, node, byMillis },
      ...(dice.chance(500) ? [{ type: 'set-clock', at: later, node: 'servers' } as const] : []),
    ];
  }
  const one = `s${dice.between(1, ground.servers)}`;
  return [
    { type: 'crash', at, node: one, afterActions: 0 },
    { type: 'jump-clock', at: Math.min(ground.horizon, at + 10), node: one, byMillis },
    { type: 'restart', at: later, node: one },
  ];
}

/** Absurd words of neighbours, in some seeds. */
export function swarmPoison(dice: Dice, ground: Ground): readonly Fault[] {
  if (!dice.chance(150)) return [];
  return Array.from({ length: dice.between(1, 3) }, () => {
    return poisonAt(dice, dice.between(100, ground.horizon), somewhere(dice, ground), ground);
  });
}

/**
 * Absurd words of members to nodes that know nothing yet, in some seeds: epochs near enough to be taken in a few steps,
 * and lives of disks that the receiver has not met.
 */
export function swarmFirstWords(dice: Dice, { servers, frontEnds }: Ground): readonly Fault[] {
  if (!dice.chance(150)) return [];
  return Array.from({ length: dice.between(1, 2) }, (): Fault => {
    const by = dice.between(1, servers);
    const node = dice.pick(`f${dice.between(1, frontEnds)}`, `s${(by % servers) + 1}`);
    const what = dice.pick('epoch', 'epoch', 'lamport', 'other-life');
    const ahead =
      what === 'other-life' ? dice.pick(2 ** 30, 2 ** 39) : dice.pick(2 ** 50, 2 ** 52 - 1_000, 2 * 10 ** 12);
    return { type: 'poison', at: dice.between(0, 400), node, by: `s${by}`, what, ahead };
  });
}

/** A stranger says of a node that it was removed, in some seeds. */
export function swarmFalseRemoval(dice: Dice, ground: Ground): readonly Fault[] {
  if (!dice.chance(150)) return [];
  const at = dice.between(100, ground.horizon);
  return [{ type: 'poison', at, node: somewhere(dice, ground), by: 'zz', what: 'removal', ahead: 1 }];
}

/** A front end says of a server that it was removed, in some seeds. */
export function swarmRemovalByFrontEnd(dice: Dice, { servers, frontEnds, horizon }: Ground): readonly Fault[] {
  if (!dice.chance(150)) return [];
  const [at, node, by] = [dice.between(100, horizon), `s${dice.between(1, servers)}`, `f${dice.between(1, frontEnds)}`];
  return [{ type: 'poison', at, node, by, what: 'removal', ahead: 1 }];
}

/** A data server says again and again that its state is wrong, in some seeds, or where it is asked for. */
export function swarmFalseAlarms(dice: Dice, { servers, horizon }: Ground, isAsked: boolean): readonly Fault[] {
  const isOn = dice.chance(100);
  if (!isOn && !isAsked) return [];
  const by = `s${dice.between(1, servers)}`;
  const begins = dice.between(200, 2_000);
  const every = dice.pick(20, 60, 150);
  return Array.from({ length: dice.between(10, 40) }, (_, place): Fault => {
    const at = Math.min(horizon, begins + place * every);
    return { type: 'poison', at, node: 'servers', by, what: 'divergence', ahead: 1 };
  });
}

function poisonAt(dice: Dice, at: number, node: string, ground: Ground): Fault {
  const what = dice.pick('epoch', 'lamport', 'life', 'view', 'beat');
  const isStranger = what === 'view' || what === 'beat' || dice.chance(500);
  const by = isStranger ? 'zz' : `s${dice.between(1, ground.servers)}`;
  // A node of the cluster is believed where it says what may be true; an epoch may not be so far ahead.
  const far = [Number.MAX_SAFE_INTEGER, 2 ** 50] as const;
  const ahead = what === 'epoch' && !isStranger ? dice.pick(...far) : dice.pick(...far, 5, 1);
  return { type: 'poison', at, node, by, what, ahead };
}

/** One link that others could bridge is cut, for seconds: between the primaries of two groups, or to a front end. */
export function oneLink(dice: Dice, name: string, { groups, frontEnds, horizon }: Ground): readonly Fault[] {
  const [first = '', second] = groups;
  const at = dice.between(1_000, Math.max(1_000, horizon - 6_000));
  const frontEnd = `f${dice.between(1, frontEnds)}`;
  const from = second === undefined || dice.chance(300) ? frontEnd : `primary of ${second}`;
  return [
    { type: 'partition', at, name, from: [from], to: [`primary of ${first}`], oneWay: false },
    { type: 'heal', at: Math.min(horizon, at + dice.pick(3_000, 9_000, 15_000)), name },
  ];
}

function strikeOf(dice: Dice, kind: StrikingFault, name: string, ground: Ground, jumpsLeft: number): readonly Fault[] {
  const at = dice.between(100, ground.horizon);
  const until = Math.min(ground.horizon, at + dice.pick(20, 100, 300, 700, 1_500, 3_000));
  const node = somewhere(dice, ground);
  // The primary may have changed by then; mostly the fault ends at the node where it began.
  const there = dice.chance(300) ? node : node.startsWith('f') ? 'front ends' : 'servers';
  const restart: Fault = { type: 'restart', at: until, node: 'down' };
  switch (kind) {
    case 'crash':
      return [
        { type: 'crash', at, node: dice.chance(100) ? 'servers' : node, afterActions: dice.pick(0, 0, 1, 3, 8) },
        restart,
      ];
    case 'pause':
      return [
        { type: 'pause', at, node, clock: dice.pick('runs', 'stops') },
        { type: 'resume', at: until, node: 'paused' },
      ];
    case 'slow-process':
      return [
        { type: 'slow-process', at, node, stepMicros: dice.pick(500, 5_000, 40_000) },
        { type: 'fast-process', at: until, node: there },
      ];
    case 'partition':
    case 'one-way':
      return [
        { type: 'partition', at, name, ...linkEnds(dice, ground), oneWay: kind === 'one-way' },
        { type: 'heal', at: until, name },
      ];
    case 'one-link':
      return oneLink(dice, name, ground);
    case 'flap':
      return [
        {
          type: 'flap',
          at,
          name,
          ...linkEnds(dice, ground),
          oneWay: dice.chance(300),
          downMillis: dice.pick(20, 100, 500),
          upMillis: dice.pick(10, 100, 700),
        },
        { type: 'heal', at: until, name },
      ];
    case 'hold':
      return [
        { type: 'hold', at, name, ...linkEnds(dice, ground), oneWay: dice.chance(500) },
        { type: 'release', at: until, name },
      ];
    case 'weather':
      return [
        {
          type: 'weather',
          at,
          name,
          ...linkEnds(dice, ground),
          oneWay: dice.chance(500),
          drop: dice.pick(0, 100, 400, 900),
          duplicate: dice.pick(0, 0, 300),
          delayMicros: dice.pick([500, 2_000], [20_000, 90_000], [300_000]),
        },
        { type: 'clear', at: until, name },
      ];
    case 'reset':
      return [{ type: 'reset', at, node: dice.pick('front ends', `f${dice.between(1, ground.frontEnds)}`) }];
    case 'slow-disk':
      return [
        { type: 'slow-disk', at, node, syncMicros: dice.pick(20_000, 100_000, 700_000) },
        { type: 'fast-disk', at: until, node: there },
      ];
    case 'stick-disk':
      return [
        { type: 'stick-disk', at, node },
        { type: 'free-disk', at: until, node: there },
      ];
    case 'fill-disk':
      return [{ type: 'fill-disk', at, node }, { type: 'empty-disk', at: until, node: there }, restart];
    case 'fail-sync':
      return [{ type: 'fail-sync', at, node }, restart];
    case 'rot-disk':
    case 'lose-disk': {
      const again: Fault = { type: 'rejoin', at: until, node: 'lost' };
      return [{ type: kind, at, node }, ...(dice.chance(500) ? [again] : [])];
    }
    case 'join':
      return [{ type: 'join', at, kind: dice.chance(700) ? 'server' : 'front end' }];
    case 'leave':
    case 'remove':
      return [{ type: kind, at, node }];
    case 'stop':
      return [{ type: 'stop', at, node }, restart];
    case 'usurp':
      return [
        { type: 'lose-disk', at, node },
        { type: 'rejoin', at: until, node: 'lost', unasked: true },
      ];
    case 'replace': {
      // By name: a role would be another node's when the disk is put back.
      const named = dice.pick(`s${dice.between(1, ground.servers)}`, `f${dice.between(1, ground.frontEnds)}`);
      const back: Fault = { type: 'put-back', at: until, node: named };
      return [{ type: 'replace', at, node: named }, ...(dice.chance(700) ? [back] : [])];
    }
    case 'transfer': {
      const group = choose(ground.groups, dice.below(ground.groups.length), '');
      return [{ type: 'transfer', at, group, ...(dice.chance(500) ? { to: somewhere(dice, ground) } : {}) }];
    }
    case 'jump-clock': {
      const by = Math.floor((jumpsLeft * dice.pick(100, 500, 900)) / 1_000);
      return [
        { type: 'jump-clock', at, node, byMillis: dice.chance(600) ? by : -by },
        { type: 'set-clock', at: until, node: there },
      ];
    }
    case 'suspect':
      return [{ type: 'suspect', at, node, of: somewhere(dice, ground) }];
    case 'poison':
      return [poisonAt(dice, at, node, ground)];
    default:
      return unreachable(kind);
  }
}
