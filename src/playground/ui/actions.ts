import { signal } from '@preact/signals';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Fault } from '../../sim/plan/fault.ts';
import { freeName, withFault, withoutFault } from '../model/plan-edits.ts';
import { linkFaults } from '../draw/links.ts';
import { currentPlan, editPoint, editRun } from './runs.ts';
import { cursor, selected, shown, version } from './state.ts';

/** Something that can be done to what is selected, at the cursor. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly key?: string;
  readonly isAlarming?: boolean;
  /** Of one that is not among the first buttons: where it is in the menu. */
  readonly menu?: Menu;
  readonly run: () => void;
}

/** The headings of the menu. */
type Menu = 'Process' | 'Disk' | 'Clock' | 'Links' | 'Members' | 'Lead';

/** Adds a fault to the plan at the cursor. */
function inject(make: (at: number) => Fault, what: string): void {
  const plan = currentPlan();
  if (plan === undefined) return;
  const { at, cursor: next } = editPoint();
  const seconds = (at / 1_000).toFixed(3);
  void editRun(withFault(plan, make(at)), `${what} at ${seconds} s`, {}, next);
}

export function crash(node: string, afterActions = 0): void {
  inject((at) => ({ type: 'crash', at, node, afterActions }), `${node} crashes`);
}

function pause(node: string): void {
  inject((at) => ({ type: 'pause', at, node, clock: 'runs' }), `${node} stands still`);
}

function resume(node: string): void {
  inject((at) => ({ type: 'resume', at, node }), `${node} goes on`);
}

function restart(node: string): void {
  inject((at) => ({ type: 'restart', at, node }), `${node} is started again`);
}

/** What may be wrong with a link that the reader has drawn a line along. */
export type LinkWay = 'cut' | 'cut one way' | 'hold' | 'weather';

/** The link that was cut or held last, and the name of its fault. */
export const drawnLink = signal<{ readonly name: string; readonly from: string; readonly to: string } | undefined>(
  undefined,
);

function linkFault(way: LinkWay, at: number, name: string, from: string, to: string): Fault {
  const ends = { at, name, from: [from], to: [to] };
  switch (way) {
    case 'cut':
    case 'cut one way':
      return { type: 'partition', ...ends, oneWay: way === 'cut one way' };
    case 'hold':
      return { type: 'hold', ...ends, oneWay: true };
    case 'weather':
      return { type: 'weather', ...ends, oneWay: false, ...BAD_WEATHER };
    default:
      return unreachable(way);
  }
}

const LINK_WORDS: Readonly<Record<LinkWay, (from: string, to: string) => string>> = {
  cut: (from, to) => `The link ${from} and ${to} is cut`,
  'cut one way': (from, to) => `The link ${from} to ${to} is cut`,
  hold: (from, to) => `The link ${from} to ${to} is held`,
  weather: (from, to) => `The weather between ${from} and ${to} is bad`,
};

/** A fifth of the messages is lost, the others take long. */
const BAD_WEATHER = { drop: 200, delayMicros: [5_000, 20_000, 50_000] };

/** Cuts or holds the link between two nodes. */
export function strikeLink(way: LinkWay, from: string, to: string): void {
  const plan = currentPlan();
  if (plan === undefined || from === to) return;
  const name = freeName(plan, stemOf(way));
  drawnLink.value = { name, from, to };
  inject((at) => linkFault(way, at, name, from, to), LINK_WORDS[way](from, to));
}

/** What was made of the link that was drawn last; undefined where its fault is gone. */
export function drawnWay(): LinkWay | undefined {
  const fault = drawnFault();
  if (fault === undefined) return undefined;
  if (fault.type !== 'partition') return fault.type;
  return fault.oneWay ? 'cut one way' : 'cut';
}

function drawnFault(): Extract<Fault, { readonly type: 'partition' | 'hold' | 'weather' }> | undefined {
  const name = drawnLink.value?.name;
  for (const fault of currentPlan()?.faults ?? []) {
    const isOfLink = fault.type === 'partition' || fault.type === 'hold' || fault.type === 'weather';
    if (isOfLink && fault.name === name) return fault;
  }
  return undefined;
}

/** Makes something else of the link that was drawn last, at the same time. */
export function changeDrawn(way: LinkWay): void {
  const [plan, link, fault] = [currentPlan(), drawnLink.value, drawnFault()];
  if (plan === undefined || link === undefined || fault === undefined) return;
  const rest = withoutFault(plan, plan.faults.indexOf(fault));
  const name = freeName(rest, stemOf(way));
  drawnLink.value = { ...link, name };
  const changed = withFault(rest, linkFault(way, fault.at, name, link.from, link.to));
  void editRun(changed, LINK_WORDS[way](link.from, link.to), {}, fault.at * 1_000 + 1);
}

function stemOf(way: LinkWay): string {
  return way === 'cut one way' ? 'cut' : way;
}

/** Deletes the fault of the plan that the cursor is on. */
export function deleteFault(): boolean {
  const [plan, model] = [currentPlan(), shown.value?.run.model];
  const event = model?.recording.events[cursor.value.place];
  if (plan === undefined || event?.type !== 'fault') return false;
  const place = plan.faults.findIndex((fault) => JSON.stringify(fault) === event.text);
  if (place < 0) return false;
  void editRun(withoutFault(plan, place), 'The fault is gone');
  return true;
}

function cutOff(node: string): void {
  const plan = currentPlan();
  if (plan === undefined) return;
  const name = freeName(plan, 'cut');
  inject((at) => ({ type: 'partition', at, name, from: [node], to: ['others'], oneWay: false }), `${node} is cut off`);
}

function deafen(node: string): void {
  const plan = currentPlan();
  if (plan === undefined) return;
  const name = freeName(plan, 'cut');
  inject(
    (at) => ({ type: 'partition', at, name, from: ['others'], to: [node], oneWay: true }),
    `${node} hears nothing more`,
  );
}

/** Ends the fault of one link, by its name. */
export function healLink(name: string | undefined, kind: 'cut' | 'held' | 'weather'): void {
  const type = ({ cut: 'heal', held: 'release', weather: 'clear' } as const)[kind];
  inject((at) => ({ type, at, name }), 'The link carries again');
}

/** Heals all links, in one edit: cut ones, held ones, and bad weather. */
export function healAll(): void {
  const plan = currentPlan();
  const model = version.value?.run.model;
  if (plan === undefined || model === undefined) return;
  const { at, cursor: next } = editPoint();
  const kinds = new Set(linkFaults(model, cursor.value.at).map(({ kind }) => kind));
  let healed = plan;
  if (kinds.has('cut')) healed = withFault(healed, { type: 'heal', at });
  if (kinds.has('held')) healed = withFault(healed, { type: 'release', at });
  if (kinds.has('weather')) healed = withFault(healed, { type: 'clear', at });
  if (healed !== plan) void editRun(healed, 'All links carry again', {}, next);
}

export function hasBadLinks(): boolean {
  const model = shown.value?.run.model;
  return model !== undefined && linkFaults(model, cursor.value.at).length > 0;
}

/** What can be done to the selected node, or to the cluster where none is. */
export function actionsNow(): readonly Action[] {
  const run = shown.value?.run;
  const node = selected.value;
  if (run === undefined || run.model.isLive) return [];
  if (node === undefined || node.startsWith('c')) return clusterActions(run.model.recording.groups);
  const { state } = run.tracks.nodeAt(node, cursor.value.place);
  if (state === 'not there') return [];
  if (state === 'disk lost')
    return [simple('rejoin', `Rejoin ${node}`, (at) => ({ type: 'rejoin', at, node })), again(node)];
  if (state === 'down')
    return [
      again(node),
      simple('rejoin', 'Rejoin, on a new disk', (at) => ({ type: 'rejoin', at, node }), 'Members'),
      simple('lose-disk', 'Lose disk', (at) => ({ type: 'lose-disk', at, node }), 'Disk'),
      simple('rot-disk', 'Rot disk', (at) => ({ type: 'rot-disk', at, node }), 'Disk'),
    ];
  const first: Action[] = [
    ...(state === 'paused' ? [{ id: 'resume', label: `Resume ${node}`, key: 'r', run: () => resume(node) }] : []),
    { id: 'crash', label: `Crash ${node}`, key: 'c', isAlarming: true, run: () => crash(node) },
    ...(state === 'paused' ? [] : [{ id: 'pause', label: 'Pause', key: 's', run: () => pause(node) }]),
    { id: 'cut-off', label: 'Cut off', key: 'x', run: () => cutOff(node) },
    { id: 'deafen', label: 'Deafen', key: 'd', run: () => deafen(node) },
  ];
  const clock = [
    simple('jump-clock', 'Clock a day ahead', (at) => ({ type: 'jump-clock', at, node, byMillis: DAY }), 'Clock'),
    simple('jump-back', 'Clock a day behind', (at) => ({ type: 'jump-clock', at, node, byMillis: -DAY }), 'Clock'),
    simple('set-clock', 'Set clock right', (at) => ({ type: 'set-clock', at, node }), 'Clock'),
  ];
  const links = [
    simple('reset', 'Reset connections', (at) => ({ type: 'reset', at, node }), 'Links'),
    simple('weather', 'Bad weather', (at) => badWeather(at, node), 'Links'),
  ];
  const members = [
    simple('stop', 'Shut down', (at) => ({ type: 'stop', at, node }), 'Members'),
    simple('leave', 'Leave', (at) => ({ type: 'leave', at, node }), 'Members'),
  ];
  const slow = [
    simple('slow-process', 'Slow process', (at) => ({ type: 'slow-process', at, node, stepMicros: 20_000 }), 'Process'),
    simple('fast-process', 'Process as fast as before', (at) => ({ type: 'fast-process', at, node }), 'Process'),
  ];
  if (!node.startsWith('s')) return [...first, ...slow, ...links, ...clock, ...members];
  return [
    ...first,
    simple('lose-disk', 'Lose disk', (at) => ({ type: 'lose-disk', at, node })),
    ...slow,
    simple('deploy', 'Upgrade to code of version 2', (at) => ({ type: 'deploy', at, node, ...UPGRADED }), 'Process'),
    ...diskActions(node),
    ...clock,
    ...links,
    ...members,
    ...run.model.recording.groups.map((group) =>
      simple(`transfer-${group}`, `Give it ${group}`, (at) => ({ type: 'transfer', at, group, to: node }), 'Lead'),
    ),
  ];
}

const DAY = 86_400_000;
const UPGRADED = { oldest: 1, newest: 2 };

function diskActions(node: string): readonly Action[] {
  return [
    simple('slow-disk', 'Slow disk', (at) => ({ type: 'slow-disk', at, node, syncMicros: 200_000 }), 'Disk'),
    simple('fast-disk', 'Disk as fast as before', (at) => ({ type: 'fast-disk', at, node }), 'Disk'),
    simple('fill-disk', 'Fill disk', (at) => ({ type: 'fill-disk', at, node }), 'Disk'),
    simple('empty-disk', 'Make room on disk', (at) => ({ type: 'empty-disk', at, node }), 'Disk'),
    simple('stick-disk', 'Stick disk', (at) => ({ type: 'stick-disk', at, node }), 'Disk'),
    simple('free-disk', 'Free a stuck disk', (at) => ({ type: 'free-disk', at, node }), 'Disk'),
    simple('rot-disk', 'Rot disk', (at) => ({ type: 'rot-disk', at, node }), 'Disk'),
  ];
}

function badWeather(at: number, node: string): Fault {
  const name = freeName(currentPlan() ?? { faults: [] }, 'weather');
  return { type: 'weather', at, name, from: [node], to: ['others'], oneWay: false, ...BAD_WEATHER };
}

function clusterActions(groups: readonly string[]): readonly Action[] {
  return [
    simple('join', 'A server joins', (at) => ({ type: 'join', at, kind: 'server' })),
    simple('join-front-end', 'A front end joins', (at) => ({ type: 'join', at, kind: 'front end' }), 'Members'),
    ...groups.map((group) =>
      simple(`transfer-${group}`, `Transfer ${group}`, (at) => ({ type: 'transfer', at, group }), 'Lead'),
    ),
    simple('deploy', 'Upgrade every server', (at) => ({ type: 'deploy', at, node: 'servers', ...UPGRADED }), 'Process'),
  ];
}

function again(node: string): Action {
  return { id: 'restart', label: `Restart ${node}`, key: 'r', run: () => restart(node) };
}

function simple(id: string, label: string, make: (at: number) => Fault, menu?: Menu): Action {
  return { id, label, ...(menu === undefined ? {} : { menu }), run: () => inject(make, label) };
}
