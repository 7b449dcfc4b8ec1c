import type { Fault } from '../../sim/plan/fault.ts';
import { freeName, withFault } from '../model/plan-edits.ts';
import { linkFaults } from '../draw/links.ts';
import { currentPlan, editPoint, editRun } from './runs.ts';
import { cursor, selected, shown, tab, version } from './state.ts';

/** Something that can be done to what is selected, at the cursor. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly key?: string;
  readonly isAlarming?: boolean;
  /** Not among the first buttons. */
  readonly isRare?: boolean;
  readonly run: () => void;
}

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

export function cutLink(from: string, to: string, oneWay: boolean): void {
  const plan = currentPlan();
  if (plan === undefined || from === to) return;
  const name = freeName(plan, 'cut');
  inject(
    (at) => ({ type: 'partition', at, name, from: [from], to: [to], oneWay }),
    `The link ${from} ${oneWay ? 'to' : 'and'} ${to} is cut`,
  );
}

export function holdLink(from: string, to: string): void {
  const plan = currentPlan();
  if (plan === undefined || from === to) return;
  const name = freeName(plan, 'hold');
  inject(
    (at) => ({ type: 'hold', at, name, from: [from], to: [to], oneWay: true }),
    `The link ${from} to ${to} is held`,
  );
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
  if (run === undefined) return [];
  if (node === undefined || node.startsWith('c')) return clusterActions(run.model.recording.groups);
  const { state } = run.tracks.nodeAt(node, cursor.value.place);
  if (state === 'not there') return [];
  if (state === 'disk lost')
    return [simple('rejoin', `Rejoin ${node}`, (at) => ({ type: 'rejoin', at, node })), again(node)];
  if (state === 'down')
    return [again(node), simple('rejoin', 'Rejoin, on a new disk', (at) => ({ type: 'rejoin', at, node }), true)];
  const first: Action[] = [
    ...(state === 'paused' ? [{ id: 'resume', label: `Resume ${node}`, key: 'r', run: () => resume(node) }] : []),
    { id: 'crash', label: `Crash ${node}`, key: 'c', isAlarming: true, run: () => crash(node) },
    ...(state === 'paused' ? [] : [{ id: 'pause', label: 'Pause', key: 's', run: () => pause(node) }]),
    { id: 'cut-off', label: 'Cut off', key: 'x', run: () => cutOff(node) },
    { id: 'deafen', label: 'Deafen', key: 'd', run: () => deafen(node) },
  ];
  if (!node.startsWith('s')) {
    return [
      ...first,
      simple('reset', 'Reset connections', (at) => ({ type: 'reset', at, node }), true),
      ...parting(node),
    ];
  }
  return [
    ...first,
    simple('slow-disk', 'Slow disk', (at) => ({ type: 'slow-disk', at, node, syncMicros: 200_000 }), true),
    simple('lose-disk', 'Lose disk', (at) => ({ type: 'lose-disk', at, node })),
    simple('fill-disk', 'Fill disk', (at) => ({ type: 'fill-disk', at, node }), true),
    simple('stick-disk', 'Stick disk', (at) => ({ type: 'stick-disk', at, node }), true),
    simple('free-disk', 'Free disk', (at) => ({ type: 'free-disk', at, node }), true),
    simple('empty-disk', 'Empty disk', (at) => ({ type: 'empty-disk', at, node }), true),
    simple('rot-disk', 'Rot disk', (at) => ({ type: 'rot-disk', at, node }), true),
    simple('jump-clock', 'Clock a day ahead', (at) => ({ type: 'jump-clock', at, node, byMillis: 86_400_000 }), true),
    simple('set-clock', 'Set clock right', (at) => ({ type: 'set-clock', at, node }), true),
    simple('deploy', 'Upgrade', (at) => ({ type: 'deploy', at, node, oldest: 1, newest: 2 }), true),
    ...parting(node),
    ...run.model.recording.groups.map((group) =>
      simple(`transfer-${group}`, `Give it ${group}`, (at) => ({ type: 'transfer', at, group, to: node }), true),
    ),
    { id: 'inspect', label: 'Inspect', isRare: true, run: () => (tab.value = 'inspect') },
  ];
}

function parting(node: string): readonly Action[] {
  return [
    simple(
      'weather',
      'Bad weather',
      (at) => ({
        type: 'weather',
        at,
        name: 'weather',
        from: [node],
        to: ['others'],
        oneWay: false,
        drop: 200,
        delayMicros: [5_000, 20_000, 50_000],
      }),
      true,
    ),
    simple('stop', 'Shut down', (at) => ({ type: 'stop', at, node }), true),
    simple('leave', 'Leave', (at) => ({ type: 'leave', at, node }), true),
  ];
}

function clusterActions(groups: readonly string[]): readonly Action[] {
  return [
    simple('join', 'A server joins', (at) => ({ type: 'join', at, kind: 'server' })),
    simple('join-front-end', 'A front end joins', (at) => ({ type: 'join', at, kind: 'front end' }), true),
    ...groups.map((group) =>
      simple(`transfer-${group}`, `Transfer ${group}`, (at) => ({ type: 'transfer', at, group }), true),
    ),
  ];
}

function again(node: string): Action {
  return { id: 'restart', label: `Restart ${node}`, key: 'r', run: () => restart(node) };
}

function simple(id: string, label: string, make: (at: number) => Fault, isRare = false): Action {
  return { id, label, isRare, run: () => inject(make, label) };
}
