import { type Dice, diceOf, happensAt, streamOf } from '../base/random.ts';
import { isCached } from '../coverage/goals.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { workloadOf } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Fault } from './fault.ts';
import { type Plan, type PlanInput, planOf } from './plan.ts';
import { swarmAstray, swarmFailingMigration, swarmSlowMigration } from './swarm-astray.ts';
import { swarmBuilds } from './swarm-builds.ts';
import { swarmCopies, swarmLostRecords, swarmSlowDisks, swarmSnapshots } from './swarm-disks.ts';
import {
  oneLink,
  SWARM_FAULTS,
  type StrikingFault,
  type SwarmFault,
  swarmClockStorm,
  swarmFaults,
  swarmFirstWords,
  swarmForgeries,
  swarmFalseAlarms,
  swarmFalseRemoval,
  swarmPoison,
  swarmRemovalByFrontEnd,
  swarmReplacements,
  swarmShortages,
} from './swarm-faults.ts';
import {
  swarmCache,
  swarmClocks,
  swarmDisk,
  swarmNetwork,
  swarmQuota,
  swarmSettings,
  swarmSizes,
  swarmWorkload,
} from './swarm-knobs.ts';
import type { Ground } from './swarm-places.ts';

/**
 * The focus of a hunt: what it fixes of a plan. The rest stays random: a focus raises the odds, it does not write the
 * story.
 */
export interface Focus {
  /** Default: the first of the workloads. */
  readonly service?: string;
  readonly servers?: readonly [low: number, high: number];
  readonly frontEnds?: readonly [low: number, high: number];
  readonly settings?: PlanInput['settings'];
  readonly network?: PlanInput['network'];
  readonly disk?: PlanInput['disk'];
  readonly workload?: PlanInput['workload'];
  /** Only these kinds of fault, all of them. */
  readonly faults?: readonly SwarmFault[];
  /** The number of faults, without opposites. */
  readonly strikes?: readonly [low: number, high: number];
  readonly horizon?: number;
  readonly ending?: Plan['ending'];
  readonly answersWithin?: number;
  /** Whether a server applies some commands otherwise. */
  readonly astray?: boolean;
  /** Whether a data server says again and again that its state is wrong. */
  readonly falseAlarms?: boolean;
  /** Whether migrations fail on one server. */
  readonly failsMigration?: boolean;
  readonly migration?: Plan['migration'];
}

/**
 * The plan of a seed. For each seed a random part of all kinds of fault and request is switched off and the rest gets
 * widely different rates, because what hides one bug shows another (Groce et al. 2012, swarm testing). `workloads`: the
 * services that it may be for.
 */
export function planOfSeed(seed: number, focus: Focus, workloads: readonly Workload[]): Plan {
  const service = focus.service ?? workloads[0]?.service.name ?? '';
  const used = workloadOf(service, workloads);
  const groups = used.service.apps.map(({ name }) => name);
  // Each part has draws of its own: a new knob in one of them leaves the others as they were.
  const diceFor = (part: string): Dice => diceOf(streamOf(seed, `swarm ${part}`));
  const dice = diceFor('shape');
  const servers = within(dice, focus.servers, () => dice.pick(1, 2, 3, 3, 3, 3, 4, 5, 5, 6, 7));
  const frontEnds = within(dice, focus.frontEnds, () => dice.pick(1, 2, 2, 2, 3, 4));
  const horizon = focus.horizon ?? dice.between(3, 10) * 1_000;
  const strikes = within(dice, focus.strikes, () => dice.pick(0, 2, 4, 6, 10, 16));
  const comparing = swarmAstray(diceFor('astray'), servers, focus.astray);
  const settings = {
    ...comparing.settings,
    ...swarmSettings(diceFor('settings'), servers),
    ...swarmSizes(diceFor('sizes')),
    ...swarmQuota(diceFor('quota')),
    ...(isCached(used.service) ? swarmCache(diceFor('cache')) : {}),
    ...focus.settings,
  };
  const { clocks, jumpsAtMost } = swarmClocks(diceFor('clocks'), settings);
  const ground = { servers, frontEnds, groups, horizon, jumpsAtMost };
  const kinds =
    focus.faults?.filter((kind) => kind !== 'lose-record' && kind !== 'deploy') ?? switchedOn(diceFor('kinds'));
  const workload = swarmWorkload(diceFor('workload'), used.kinds, settings);
  // Front ends that give up before their clients do: these ask what has become of a write.
  if (diceFor('short hold').chance(200) && focus.settings?.holdFor === undefined)
    settings.holdFor = Math.floor((workload.attemptFor ?? 1_000) / 2);
  const network = { ...swarmNetwork(diceFor('network')), ...focus.network };
  const disk = { ...swarmDisk(diceFor('disk')), ...swarmSnapshots(diceFor('snapshots')), ...focus.disk };
  const drawnEnding = focus.ending ?? (happensAt(streamOf(seed, 'ending'), 1, 500) ? 'core' : 'all');
  const slow = swarmSlowDisks(diceFor('slow disks'), ground);
  const upgrades = swarmBuilds(diceFor('builds'), ground, focus.faults?.includes('deploy'));
  const failing = swarmFailingMigration(diceFor('failing migration'), servers, upgrades.faults, focus.failsMigration);
  const astray = comparing.astray ?? failing;
  // One that is astray serves nothing: with another that hangs it would be two.
  const migration =
    astray === undefined
      ? swarmSlowMigration(
          diceFor('slow migration'),
          servers,
          settings.electAfter ?? DEFAULT_SETTINGS.electAfter,
          upgrades.faults,
          focus.migration,
        )
      : undefined;
  // The one that is astray serves nothing once it knows: it cannot be all that is left.
  const ending = astray === undefined ? drawnEnding : 'all';
  // A server that is not in sync holds up the activation, and the next builds come all the same: then the one that has
  // all code is the last that can serve, and must not be the one that is astray.
  const mayBeStuck = astray !== undefined && upgrades.faults.length > 0;
  const faults = [
    ...upgrades.faults,
    ...swarmFaults(diceFor('faults'), kinds, strikes, ground),
    ...swarmLostRecords(diceFor('lost records'), ground, focus.faults?.includes('lose-record')),
    ...(focus.faults === undefined ? [...slow.faults, ...rareFaults(diceFor, strikes, ground)] : []),
    ...swarmForgeries(diceFor('forgeries'), ground),
    ...(focus.faults === undefined && !mayBeStuck
      ? swarmFalseAlarms(diceFor('false alarms'), ground, focus.falseAlarms === true)
      : []),
  ]
    .filter(({ type }) => astray === undefined || !FOR_GOOD.has(type))
    .sort((a, b) => a.at - b.at);
  const isWholeAgain = ending === 'all' && !faults.some(({ type }) => FOR_GOOD.has(type));
  if (!isWholeAgain && focus.settings?.answerWithin === undefined) {
    // The remaining core may need the vote of each of its nodes: with a timeout below a round trip an election would
    // hardly ever succeed.
    const slowest = 2.25 * Math.max(...(network.delayMicros ?? [])) + Math.max(...(disk.syncMicros ?? []));
    settings.answerWithin = Math.max(settings.answerWithin ?? 0, Math.ceil(slowest / 1_000));
  }
  const input: PlanInput = {
    name: `seed ${seed}`,
    service,
    seed,
    servers,
    frontEnds,
    settings: { ...slow.settings, ...settings },
    network,
    disk,
    clocks,
    workload: { ...workload, ...focus.workload },
    builds: upgrades.builds,
    astray,
    migration,
    faults,
    horizon,
    ending,
    answersWithin: focus.answersWithin,
  };
  return planOf(input, workloads);
}

/** Faults with odds of their own, for a plan whose faults no focus names. */
function rareFaults(diceFor: (part: string) => Dice, strikes: number, ground: Ground): readonly Fault[] {
  const [bridged, replaced] = [diceFor('one link'), diceFor('replace')];
  return [
    ...(strikes > 0 && ground.servers > 2 && bridged.chance(100) ? oneLink(bridged, 'one link', ground) : []),
    ...(strikes > 0 && ground.servers > 1 && replaced.chance(120) ? swarmReplacements(replaced, ground) : []),
    ...swarmPoison(diceFor('poison'), ground),
    ...swarmClockStorm(diceFor('clock storm'), ground),
    ...swarmShortages(diceFor('shortages'), ground),
    ...swarmFalseRemoval(diceFor('false removal'), ground),
    ...swarmCopies(diceFor('copies'), ground),
    ...swarmFirstWords(diceFor('first words'), ground),
    ...swarmRemovalByFrontEnd(diceFor('removal by a front end'), ground),
  ];
}

/** Faults after which a node does not return: its vote is missing as long as it counts. */
const FOR_GOOD: ReadonlySet<Fault['type']> = new Set(['lose-disk', 'rot-disk', 'remove', 'leave', 'replace']);

/** Each kind of fault is on in about half of all seeds; permanent loss of disks in fewer. */
function switchedOn(dice: Dice): readonly StrikingFault[] {
  return SWARM_FAULTS.filter((kind) => dice.chance(kind === 'lose-disk' || kind === 'rot-disk' ? 300 : 500));
}

function within(dice: Dice, range: readonly [number, number] | undefined, otherwise: () => number): number {
  return range === undefined ? otherwise() : dice.between(range[0], range[1]);
}
