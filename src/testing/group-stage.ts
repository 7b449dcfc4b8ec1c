import type { App, GroupName } from '../protocol/model/app.ts';
import { type Applied, applyEntry } from '../protocol/model/apply.ts';
import { configurationOf } from '../protocol/model/configuration.ts';
import type { Body, LogBase } from '../protocol/model/entry.ts';
import { chain } from '../protocol/model/log.ts';
import { versionOf } from '../protocol/model/app-versions.ts';
import { type DedupeWindow, initialMachine, type Machine } from '../protocol/model/machine.ts';
import { hashValue } from '../protocol/model/value-hash.ts';
import { decodeSnapshot, encodeSnapshot } from '../protocol/wire/codec.ts';
import type { Service } from '../service/service.ts';
import { deepFreeze } from '../protocol/model/freeze.ts';
import { law } from './law.ts';
import { inWorld } from './other-world.ts';

/** The machines of some groups, fed with entries by hand: a service without its replicas. */
export interface GroupStage {
  readonly groups: readonly GroupName[];
  appOf(group: GroupName): App;
  machineOf(group: GroupName): Machine;
  /** Applies the next entry of a group, twice and on frozen values; then checks all invariants. */
  commit(group: GroupName, body: Body, wall: number): Applied;
  /** Replaces a group's machine by a full copy of it: through JSON and back. */
  copy(group: GroupName): void;
}

/** The dedupe window of a stage, in milliseconds: short, so that stories of a few seconds see results expire. */
export const STAGE_WINDOW: DedupeWindow = { dedupeFor: 1_000, dedupeMargin: 200 };

export const HISTORY_ID = 'stage';

const EPOCH = { counter: 1, nodeId: 's1' };
const BASE: LogBase = { index: 0, epoch: { counter: 0, nodeId: '' }, hash: 7, lamport: 0, wall: 0 };

export function openStage({ name, apps, invariants }: Omit<Service, 'routes'>): GroupStage {
  const machines = new Map<GroupName, Machine>(
    apps.map((app) => [app.name, initialMachine(BASE, deepFreeze(app.initial), STAGE_WINDOW, versionOf(app))]),
  );
  const appOf = (group: GroupName): App => {
    const app = apps.find((other) => other.name === group);
    if (app === undefined) throw new RangeError(`${name} has no group ${group}`);
    return app;
  };
  const machineOf = (group: GroupName): Machine => {
    const machine = machines.get(group);
    if (machine === undefined) throw new RangeError(`${name} has no group ${group}`);
    return machine;
  };
  const states = (): Readonly<Record<GroupName, unknown>> =>
    Object.fromEntries(apps.map((app) => [app.name, machineOf(app.name).state]));
  return {
    groups: apps.map((app) => app.name),
    appOf,
    machineOf,
    commit(group, body, wall) {
      const app = appOf(group);
      const before = machineOf(group);
      const entry = deepFreeze(chain(before.at, EPOCH, { lamport: 0, wall }, body));
      const applied = inWorld(1, () => applyEntry(app, before, entry));
      const again = inWorld(2, () => applyEntry(app, before, entry));
      law(hashValue(applied.machine) === hashValue(again.machine), () => `${group}: ${show(body)} comes to two things`);
      machines.set(group, deepFreeze(applied.machine));
      for (const invariant of app.invariants) {
        const broken = invariant.broken(applied.machine.state);
        law(broken === undefined, () => `${group}, ${invariant.name}: ${broken}`);
      }
      for (const invariant of invariants) {
        const broken = invariant.broken(states());
        law(broken === undefined, () => `${name}, ${invariant.name}: ${broken}`);
      }
      return applied;
    },
    copy(group) {
      const machine = machineOf(group);
      const text = encodeSnapshot({ base: machine.at, configuration: configurationOf([]), machine });
      const decoded = decodeSnapshot(text);
      const copy = decoded.type === 'decoded' ? decoded.value.machine : undefined;
      law(copy !== undefined && hashValue(copy) === hashValue(machine), () => `${group} does not survive a full copy`);
      machines.set(group, deepFreeze(copy));
    },
  };
}

function show(body: Body): string {
  return JSON.stringify(body);
}
