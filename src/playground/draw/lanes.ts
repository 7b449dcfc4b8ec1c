import { showSeconds } from '../../sim/diagram/show-time.ts';
import type { LaneLayout } from './lane-layout.ts';
import { drawLaneMessages } from './lane-messages.ts';
import { drawLogMarks } from './log-marks.ts';
import { drawGround, drawOperations, drawRoles } from './lane-rows.ts';
import type { Scene } from './scene.ts';
import type { View } from './view.ts';
import { fitted, FONT, haloText } from './shapes.ts';

/** Where two futures part: the first event in which they differ. */
export interface Parting {
  readonly at: number;
  readonly says: string;
}

/** How it came to this, and what comes: the past in full, the future faint. */
export function drawLanes(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layout: LaneLayout,
  view: View,
  parting: Parting | undefined,
): void {
  const { ink } = scene;
  context.fillStyle = ink('paper');
  context.fillRect(0, 0, layout.width, layout.bottom + 8);
  drawAxis(context, scene, layout, view);
  half(context, layout, layout.left, view.head, 1, () => drawAll(context, scene, layout, view, view.from, scene.at));
  half(context, layout, view.head, layout.width, 0.34, () => drawAll(context, scene, layout, view, scene.at, view.to));
  drawMarks(context, scene, layout, view, parting);
  drawNames(context, scene, layout);
  context.strokeStyle = ink('ink');
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(view.head, 6);
  context.lineTo(view.head, layout.bottom);
  context.stroke();
  context.beginPath();
  context.moveTo(view.head - 6, 0);
  context.lineTo(view.head + 6, 0);
  context.lineTo(view.head, 9);
  context.closePath();
  context.fillStyle = ink('ink');
  context.fill();
}

function drawAll(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layout: LaneLayout,
  view: View,
  from: number,
  to: number,
): void {
  const part = { ...view, from, to };
  drawGround(context, scene, layout, part);
  drawRoles(context, scene, layout, part);
  drawLogMarks(context, scene, layout, part);
  drawLaneMessages(context, scene, layout, part);
  drawOperations(context, scene, layout, part);
}

function half(
  context: CanvasRenderingContext2D,
  layout: LaneLayout,
  from: number,
  to: number,
  alpha: number,
  draw: () => void,
): void {
  if (to <= from) return;
  context.save();
  context.beginPath();
  context.rect(from, layout.top - 2, to - from, layout.bottom - layout.top + 6);
  context.clip();
  context.globalAlpha = alpha;
  draw();
  context.restore();
}

function drawAxis(context: CanvasRenderingContext2D, { ink }: Scene, layout: LaneLayout, view: View): void {
  context.font = `11px ${FONT}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.lineWidth = 1;
  let last = '';
  for (let x = layout.left + 8; x < layout.width - 40; x += 86) {
    const text = showSeconds(view.atOf(x), 3);
    context.strokeStyle = ink('faint');
    context.beginPath();
    context.moveTo(x, 4);
    context.lineTo(x, layout.bottom);
    context.stroke();
    context.fillStyle = ink('soft');
    if (text !== last) context.fillText(text, x + 3, 11);
    last = text;
  }
}

/** Faults of the plan, the violation, and where two futures part: lines through all rows. */
function drawMarks(
  context: CanvasRenderingContext2D,
  { run, ink }: Scene,
  layout: LaneLayout,
  view: View,
  parting: Parting | undefined,
): void {
  const upright = (x: number, colour: string, width: number, dash: readonly number[]): void => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash([...dash]);
    context.beginPath();
    context.moveTo(x, layout.top - 2);
    context.lineTo(x, layout.bottom);
    context.stroke();
    context.setLineDash([]);
  };
  for (const { from } of run.model.faults) {
    if (from >= view.from && from <= view.to) upright(view.xOf(from), ink('alarm'), 1.5, []);
  }
  context.font = `700 12px ${FONT}`;
  context.textBaseline = 'alphabetic';
  // Where the words on the futures stand.
  let [left, right] = [0, 0];
  if (parting !== undefined && parting.at >= view.from && parting.at <= view.to) {
    const x = view.xOf(parting.at);
    upright(x, ink('focus'), 2, [5, 4]);
    const text = fitted(context, `here the futures part: ${parting.says}`, Math.max(140, layout.width - x - 12));
    const width = context.measureText(text).width;
    left = Math.min(x + 5, layout.width - width - 5);
    right = left + width;
    haloText(context, text, { x: left, y: layout.bottom - 5 }, ink('focus'), ink('paper'));
  }
  const { violation } = run.model;
  if (violation !== undefined && violation.event.at <= view.to) {
    const x = view.xOf(violation.event.at);
    upright(x, ink('alarm'), 3, []);
    context.textAlign = 'right';
    const isOver = x > left && x - 6 - context.measureText('rule broken').width < right;
    const y = layout.bottom - (isOver ? 21 : 5);
    haloText(context, 'rule broken', { x: x - 6, y }, ink('alarm'), ink('paper'));
    context.textAlign = 'left';
  }
}

function drawNames(context: CanvasRenderingContext2D, { ink, selected }: Scene, layout: LaneLayout): void {
  context.fillStyle = ink('paper');
  context.fillRect(0, 0, layout.left - 2, layout.bottom + 8);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const { name, top, height } of layout.rows) {
    context.font = `700 ${height < 13 ? 9 : 12}px ${FONT}`;
    context.fillStyle = ink(name === selected ? 'focus' : 'ink');
    context.fillText(name, layout.left - 9, top + height / 2);
    context.strokeStyle = ink('faint');
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, Math.round(top + height) + 0.5);
    context.lineTo(layout.width, Math.round(top + height) + 0.5);
    context.globalAlpha = 0.6;
    context.stroke();
    context.globalAlpha = 1;
  }
  context.textAlign = 'left';
}
