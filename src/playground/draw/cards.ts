import type { RunModel } from '../model/run-model.ts';
import { epochInk, type Scene } from './scene.ts';
import { fitted, FONT } from './shapes.ts';
import type { Card, StageLayout } from './stage-layout.ts';

/** Clients as pills, front ends and servers as cards with a row for each group. */
export function drawCards(context: CanvasRenderingContext2D, scene: Scene, layout: StageLayout): void {
  for (const card of layout.cards) {
    if (card.kind === 'client') drawClient(context, scene, card, layout.isSmall);
    else if (card.kind === 'front end') drawFrontEnd(context, scene, card);
    else drawServer(context, scene, card, layout.isSmall);
  }
}

function drawClient(
  context: CanvasRenderingContext2D,
  { ink, run, at, selected }: Scene,
  card: Card,
  isSmall: boolean,
): void {
  box(context, card, card.height / 2);
  context.fillStyle = ink('panel');
  context.fill();
  context.strokeStyle = ink(selected === card.name ? 'focus' : 'soft');
  context.lineWidth = selected === card.name ? 3 : 1.3;
  context.stroke();
  context.fillStyle = ink('ink');
  context.font = `700 12px ${FONT}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(card.name, card.x, card.y + 0.5);
  const waits = run.model.operations.find(({ client, from, to }) => client === card.name && from <= at && to > at);
  context.textAlign = 'left';
  if (waits === undefined || isSmall) return;
  context.font = `11px ${FONT}`;
  const call = waits.call.split(' ').slice(0, 2).join(' ');
  context.fillText(fitted(context, call, 190), card.x - card.width / 2, card.y + card.height / 2 + 11);
}

function drawFrontEnd(context: CanvasRenderingContext2D, scene: Scene, card: Card): void {
  const { ink, run, place, selected } = scene;
  const { state } = run.tracks.nodeAt(card.name, place);
  outline(context, scene, card, 4, state, selected === card.name);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = ink(state === 'up' ? 'ink' : 'alarm');
  context.font = `700 13px ${FONT}`;
  context.fillText(card.name, card.x, card.y - 8);
  context.font = `10.5px ${FONT}`;
  context.fillStyle = ink(state === 'up' ? 'soft' : 'alarm');
  context.fillText(signOf(run.model, state) ?? 'front end', card.x, card.y + 9);
  context.textAlign = 'left';
}

/** What is said of a node that does not run. */
function signOf({ isLive }: RunModel, state: string): string | undefined {
  return isLive && state === 'not there' ? 'no record' : STATE_SIGNS[state];
}

const STATE_SIGNS: Readonly<Record<string, string>> = {
  down: '✕ down',
  'disk lost': '✕ disk lost',
  paused: '‖ paused',
  'not there': 'not there',
};

function drawServer(context: CanvasRenderingContext2D, scene: Scene, card: Card, isSmall: boolean): void {
  const { ink, run, place, selected } = scene;
  const { state } = run.tracks.nodeAt(card.name, place);
  outline(context, scene, card, 9, state, selected === card.name);
  const left = card.x - card.width / 2;
  const top = card.y - card.height / 2;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.font = `700 ${isSmall ? 12 : 14}px ${FONT}`;
  context.fillStyle = ink(state === 'up' || state === 'paused' ? 'ink' : 'alarm');
  context.fillText(card.name, left + 10, top + (isSmall ? 11 : 15));
  const sign = signOf(run.model, state);
  if (sign !== undefined) {
    context.font = `600 11px ${FONT}`;
    context.textAlign = 'right';
    context.fillText(sign, left + card.width - 9, top + (isSmall ? 11 : 15));
    context.textAlign = 'left';
  }
  if (state !== 'up' && state !== 'paused') return;
  const names = run.model.recording.groups;
  const step = isSmall ? 18 : 28;
  for (const [row, group] of names.entries()) {
    drawReplica(context, scene, card, group, { x: left + 6, y: top + (isSmall ? 22 : 27) + row * step }, isSmall);
  }
}

function drawReplica(
  context: CanvasRenderingContext2D,
  { ink, run, place }: Scene,
  card: Card,
  group: string,
  at: { readonly x: number; readonly y: number },
  isSmall: boolean,
): void {
  const replica = run.tracks.replicaAt(card.name, group, place);
  const colour = ink(epochInk(run, group, replica.epoch));
  const width = card.width - 12;
  const leads = replica.role === 'primary';
  if (leads) {
    context.beginPath();
    context.roundRect(at.x, at.y, width, 16, 3);
    context.fillStyle = colour;
    context.fill();
  }
  const sign = leads
    ? '★ '
    : replica.role === 'candidate'
      ? '? '
      : replica.role === 'learner'
        ? '… '
        : isSmall
          ? ' '
          : '   ';
  context.font = `${leads ? 700 : 400} ${isSmall ? 10.5 : 12}px ${FONT}`;
  context.fillStyle = leads ? ink('paper') : replica.role === undefined ? ink('soft') : colour;
  context.fillText(fitted(context, `${sign}${group}`, width - (isSmall ? 30 : 48)), at.x + 5, at.y + 8.5);
  context.textAlign = 'right';
  context.fillText(replica.epoch === 'none' ? '–' : replica.epoch, at.x + width - 5, at.y + 8.5);
  context.textAlign = 'left';
  if (!isSmall)
    drawLog(context, { ink, run, place }, replica, group, { x: at.x + 5, y: at.y + 18.5 }, width - 10, colour);
}

const ENTRY = 11;

/**
 * The end of a log: full where an entry is visible here, pale where it is on disk, pale above a bar where the primary has
 * found it safe, dotted where it is only in memory, an empty faint box where it is visible elsewhere and not here.
 */
function drawLog(
  context: CanvasRenderingContext2D,
  { ink, run, place }: Pick<Scene, 'ink' | 'run' | 'place'>,
  replica: ReturnType<Scene['run']['tracks']['replicaAt']>,
  group: string,
  at: { readonly x: number; readonly y: number },
  width: number,
  colour: string,
): void {
  const end = Math.max(replica.last, run.tracks.visibleAt(group, place));
  const room = Math.floor(width / ENTRY);
  const first = Math.max(1, end - room + 1);
  for (let index = first; index <= end; index += 1) {
    const x = at.x + (index - first) * ENTRY;
    context.lineWidth = 1.2;
    if (index <= replica.visible) {
      context.fillStyle = colour;
      context.fillRect(x, at.y, ENTRY - 2, 6);
      continue;
    }
    const isHere = index <= replica.last;
    context.strokeStyle = isHere ? colour : ink('soft');
    context.globalAlpha = isHere ? 1 : 0.6;
    context.setLineDash(isHere && index > replica.durable ? [1.5, 1.5] : []);
    context.strokeRect(x + 0.6, at.y + 0.6, ENTRY - 3.2, 4.8);
    if (isHere && index <= replica.safe) {
      context.fillStyle = colour;
      context.fillRect(x - 0.5, at.y + 7, ENTRY - 1, 1.5);
    }
    if (isHere && index <= replica.durable) {
      context.fillStyle = colour;
      context.globalAlpha = 0.3;
      context.fillRect(x + 0.6, at.y + 0.6, ENTRY - 3.2, 4.8);
    }
    context.globalAlpha = 1;
    context.setLineDash([]);
  }
}

function outline(
  context: CanvasRenderingContext2D,
  { ink, run }: Scene,
  card: Card,
  radius: number,
  state: string,
  isSelected: boolean,
): void {
  box(context, card, radius);
  const runs = state === 'up' || state === 'paused';
  context.fillStyle = ink(runs ? 'panel' : 'paper');
  context.fill();
  context.strokeStyle = ink(runs ? 'soft' : state === 'not there' ? 'faint' : 'alarm');
  context.lineWidth = runs ? 1.4 : 2;
  context.setLineDash(runs ? [] : [4, 3]);
  context.stroke();
  context.setLineDash([]);
  if (state === 'paused') {
    context.fillStyle = ink('soft');
    context.globalAlpha = 0.2;
    context.fill();
    context.globalAlpha = 1;
  }
  const isNamed = run.model.violation !== undefined && isAccused(run.model.violation.reason, card.name);
  if (isSelected || isNamed) {
    box(context, { ...card, width: card.width + 7, height: card.height + 7 }, radius + 3);
    context.strokeStyle = ink(isSelected ? 'focus' : 'alarm');
    context.lineWidth = isSelected ? 3 : 1.5;
    context.stroke();
  }
}

/** Whether the judge names this node. */
function isAccused(reason: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(reason.split('\n')[0] ?? '');
}

function box(context: CanvasRenderingContext2D, { x, y, width, height }: Card, radius: number): void {
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, radius);
}
