import { unreachable } from '../../protocol/model/assert.ts';
import type { OperationSpan, RoleSpan } from '../../sim/diagram/spans.ts';
import type { InkName } from './ink.ts';
import { type LaneLayout, type LaneRow, stripeY } from './lane-layout.ts';
import type { View } from './view.ts';
import { epochInk, type Scene } from './scene.ts';
import { drawCross, fitted, FONT, line } from './shapes.ts';

/** The line of each process while it is up, its pauses, and what the plan's faults do to it. */
export function drawGround(
  context: CanvasRenderingContext2D,
  { run, ink }: Scene,
  layout: LaneLayout,
  view: View,
): void {
  const { lives, pauses, faults } = run.model;
  for (const fault of faults) {
    if (fault.to <= fault.from || fault.from > view.to || fault.to < view.from) continue;
    const side = fault.others.length > 0 && fault.others.length < fault.nodes.length ? fault.others : fault.nodes;
    for (const node of side) {
      const row = layout.row(node);
      if (row === undefined) continue;
      context.save();
      context.globalAlpha *= 0.08;
      context.fillStyle = ink('alarm');
      const from = view.xOf(Math.max(fault.from, view.from));
      context.fillRect(from, row.top, view.xOf(Math.min(fault.to, view.to)) - from, row.height);
      context.restore();
    }
  }
  for (const life of lives) {
    const row = layout.row(life.node);
    if (row === undefined || life.from > view.to || life.to < view.from) continue;
    const y = row.top + row.height / 2;
    context.strokeStyle = ink(row.kind === 'front end' ? 'soft' : 'faint');
    context.lineWidth = row.kind === 'front end' ? 2.5 : 1.2;
    line(context, { x: view.xOf(life.from), y }, { x: view.xOf(life.to), y });
    if (life.ends === 'crash') drawCross(context, { x: view.xOf(life.to), y }, 6, ink('alarm'));
  }
  for (const pause of pauses) {
    const row = layout.row(pause.node);
    if (row === undefined || pause.from > view.to || pause.to < view.from) continue;
    context.save();
    context.globalAlpha *= 0.35;
    context.fillStyle = ink('soft');
    context.fillRect(view.xOf(pause.from), row.top + 3, view.xOf(pause.to) - view.xOf(pause.from), row.height - 6);
    context.restore();
  }
}

/** How a role is drawn: its thickness and its dashes. */
function shapeOf(role: RoleSpan['role']): { readonly width: number; readonly dash: readonly number[] } | undefined {
  switch (role) {
    case 'primary':
      return { width: 12, dash: [] };
    case 'candidate':
      return { width: 9, dash: [3, 3] };
    case 'secondary':
      return { width: 4, dash: [] };
    case 'learner':
      return { width: 4, dash: [1, 3] };
    case 'witness':
      return undefined;
    default:
      return unreachable(role);
  }
}

export function drawRoles(context: CanvasRenderingContext2D, scene: Scene, layout: LaneLayout, view: View): void {
  const { run, ink } = scene;
  const { groups } = run.model.recording;
  for (const span of run.model.roles) {
    const row = layout.row(span.node);
    const shape = shapeOf(span.role);
    if (row === undefined || shape === undefined || span.from > view.to || span.to < view.from) continue;
    const [from, to] = [view.xOf(Math.max(span.from, view.from)), view.xOf(Math.min(span.to, view.to))];
    const y = stripeY(row, groups, span.group);
    context.strokeStyle = ink(epochInk(run, span.group, span.epoch));
    context.lineWidth = Math.min(shape.width, row.height / (groups.length + 1) - 1);
    context.setLineDash([...shape.dash]);
    line(context, { x: from, y }, { x: Math.max(to, from + 1), y });
    context.setLineDash([]);
    if (span.role === 'primary' && to - from >= 70 && row.height >= 40) labelReign(context, scene, span, from, to, y);
  }
}

function labelReign(
  context: CanvasRenderingContext2D,
  { ink }: Scene,
  { group, epoch }: RoleSpan,
  from: number,
  to: number,
  y: number,
): void {
  context.font = `700 10px ${FONT}`;
  context.fillStyle = ink('paper');
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(fitted(context, `★ ${group} ${epoch}`, to - from - 8), Math.max(from, 0) + 4, y + 0.5);
}

const OUTCOMES: Readonly<Record<OperationSpan['outcome'], { readonly sign: string; readonly ink: InkName }>> = {
  ok: { sign: '✓', ink: 'good' },
  refused: { sign: '✗', ink: 'warn' },
  unknown: { sign: '?', ink: 'alarm' },
  'under way': { sign: '…', ink: 'soft' },
};

/** Operations of clients: a bar from the call to its answer, with the outcome's sign before the call. */
export function drawOperations(context: CanvasRenderingContext2D, scene: Scene, layout: LaneLayout, view: View): void {
  for (const operation of scene.run.model.operations) {
    const row = layout.row(operation.client);
    if (row !== undefined && operation.from <= view.to && operation.to >= view.from)
      drawOperation(context, scene, operation, row, layout, view);
  }
}

function drawOperation(
  context: CanvasRenderingContext2D,
  { ink, at }: Scene,
  { from, to, outcome, call }: OperationSpan,
  row: LaneRow,
  layout: LaneLayout,
  view: View,
): void {
  // What comes of it is known only once it has come.
  const known = at >= to ? outcome : 'under way';
  const { sign, ink: name } = OUTCOMES[known];
  const colour = ink(name);
  const [x, end] = [view.xOf(from), view.xOf(to)];
  context.beginPath();
  const inset = row.height < 15 ? 1.5 : 4;
  context.roundRect(x, row.top + inset, Math.max(4, end - x), row.height - 2 * inset, 4);
  context.save();
  context.globalAlpha *= 0.16;
  context.fillStyle = colour;
  context.fill();
  context.restore();
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.setLineDash(known === 'unknown' ? [3, 2.5] : []);
  context.stroke();
  context.setLineDash([]);
  if (row.height < 15) return;
  const left = Math.max(x, layout.left);
  context.font = `11px ${FONT}`;
  context.fillStyle = ink('ink');
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const text = fitted(context, `${sign} ${call}`, Math.min(end, layout.width) - left - 10);
  context.fillText(text === '' && end - left > 14 ? sign : text, left + 5, row.top + row.height / 2 + 0.5);
}
