import { classOf, type Message } from '../../sim/diagram/messages.ts';
import { CLASS_INKS } from './flights.ts';
import { type LaneLayout, stripeY } from './lane-layout.ts';
import type { View } from './view.ts';
import type { Scene } from './scene.ts';
import { drawBars, drawCross, drawSign, line, type Point } from './shapes.ts';

/** Where a message lies on the lanes. */
interface Way {
  readonly message: Message;
  readonly from: Point;
  readonly to: Point;
}

/** The telling messages in view, and the one in question. */
export function drawLaneMessages(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layout: LaneLayout,
  view: View,
): void {
  const { run, message: main } = scene;
  for (const message of run.telling.between(view.from, view.to)) {
    drawMessage(context, scene, layout, view, message, message.id === main?.id);
  }
  if (main !== undefined && !run.model.telling.has(main.id)) drawMessage(context, scene, layout, view, main, true);
}

/** The telling message nearest to a point of the lanes, within 8 pixels. */
export function messageAt(scene: Scene, layout: LaneLayout, view: View, at: Point): Message | undefined {
  let found: Message | undefined;
  let least = 8;
  for (const message of scene.run.telling.between(view.from, view.to)) {
    for (const { from, to } of waysOf(scene, layout, view, message)) {
      const distance = distanceTo(at, from, to);
      if (distance < least) [least, found] = [distance, message];
    }
  }
  return found;
}

function distanceTo({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / Math.max(1e-6, dx * dx + dy * dy)));
  return Math.hypot(x - from.x - share * dx, y - from.y - share * dy);
}

function waysOf({ run }: Scene, layout: LaneLayout, view: View, message: Message): readonly Way[] {
  const [from, to] = [layout.row(message.from), layout.row(message.to)];
  if (from === undefined || to === undefined) return [];
  const { groups } = run.model.recording;
  const [y1, y2] = [stripeY(from, groups, message.fromUnit), stripeY(to, groups, message.unit)];
  const start = { x: view.xOf(message.releasedAt ?? message.sentAt), y: y1 };
  return message.arrivals.map(({ at }) => ({ message, from: start, to: { x: view.xOf(at), y: y2 } }));
}

function drawMessage(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layout: LaneLayout,
  view: View,
  message: Message,
  isMain: boolean,
): void {
  const [from, to] = [layout.row(message.from), layout.row(message.to)];
  if (from === undefined || to === undefined) return;
  const { ink, run } = scene;
  const { groups } = run.model.recording;
  const kind = classOf(message.kind);
  const colour = ink(isMain ? 'focus' : CLASS_INKS[kind]);
  const paper = ink('paper');
  const [y1, y2] = [stripeY(from, groups, message.fromUnit), stripeY(to, groups, message.unit)];
  context.strokeStyle = colour;
  context.lineWidth = isMain ? 2.4 : 1.1;
  const start = { x: view.xOf(message.sentAt), y: y1 };
  if (message.fate === 'dropped' || message.fate === 'cut') {
    const end = { x: start.x + 3, y: y1 + (y2 - y1) * 0.45 };
    context.setLineDash([3, 3]);
    line(context, start, end);
    context.setLineDash([]);
    return drawCross(context, end, 3.5, ink('alarm'));
  }
  if (message.fate === 'waits') {
    // Flat on the sender's lane until the link is released.
    const until = { x: view.xOf(message.releasedAt ?? run.model.recording.endedAt), y: y1 };
    context.setLineDash([2, 3]);
    line(context, start, until);
    context.setLineDash([]);
    drawBars(context, { x: start.x + 7, y: y1 }, 4, ink('alarm'));
  }
  for (const { from: begin, to: end } of waysOf(scene, layout, view, message)) {
    context.strokeStyle = colour;
    line(context, begin, end);
    const outcome = message.arrivals[0]?.outcome;
    const angle = Math.atan2(end.y - begin.y, end.x - begin.x);
    const size = isMain ? 6 : 4.2;
    drawSign(context, kind, end, angle, { colour, paper, size, isHollow: outcome !== 'taken' });
  }
}
