import { drawCards } from './cards.ts';
import { drawFlights } from './flights.ts';
import { linkFaults, type LinkFault } from './links.ts';
import type { Scene } from './scene.ts';
import { drawBars, drawCross, line, type Point } from './shapes.ts';
import { borderPoint, type Card, type StageLayout } from './stage-layout.ts';

/** A line that the reader is dragging from a node. */
export interface Drag {
  readonly from: string;
  readonly to: Point;
  readonly isOneWay: boolean;
  readonly isHold: boolean;
}

/** Who there is and what is on its way, at one instant. Cards come first, then messages, then their labels. */
export function drawStage(
  context: CanvasRenderingContext2D,
  scene: Scene,
  layout: StageLayout,
  size: { readonly width: number; readonly height: number },
  drag: Drag | undefined,
): void {
  context.fillStyle = scene.ink('paper');
  context.fillRect(0, 0, size.width, size.height);
  const faults = linkFaults(scene.run.model, scene.at);
  drawLinks(context, scene, layout, faults);
  drawCards(context, scene, layout);
  drawFlights(context, scene, layout);
  if (drag !== undefined) drawDrag(context, scene, layout, drag);
}

/** The middle of a link, where its sign is. */
export function middleOf(one: Card, other: Card): Point {
  const [a, b] = [borderPoint(one, other), borderPoint(other, one)];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function drawLinks(
  context: CanvasRenderingContext2D,
  { ink }: Scene,
  { cards }: StageLayout,
  faults: readonly LinkFault[],
): void {
  const nodes = cards.filter(({ kind }) => kind !== 'client');
  for (const [place, one] of nodes.entries()) {
    for (const other of nodes.slice(place + 1)) {
      const between = faults.filter(
        ({ from, to }) => (from === one.name && to === other.name) || (from === other.name && to === one.name),
      );
      const [start, end] = [borderPoint(one, other), borderPoint(other, one)];
      const [worst] = [...between].sort((a, b) => RANK[a.kind] - RANK[b.kind]);
      context.strokeStyle = ink(worst === undefined ? 'faint' : 'alarm');
      context.lineWidth = worst === undefined ? 1 : 1.6;
      context.setLineDash(worst === undefined ? [] : worst.kind === 'cut' ? [6, 4] : [2, 3]);
      line(context, start, end);
      context.setLineDash([]);
      if (worst !== undefined) drawLinkSign(context, ink, one, other, worst, between);
    }
  }
}

const RANK = { cut: 0, held: 1, weather: 2 };

function drawLinkSign(
  context: CanvasRenderingContext2D,
  ink: Scene['ink'],
  one: Card,
  other: Card,
  worst: LinkFault,
  between: readonly LinkFault[],
): void {
  const at = middleOf(one, other);
  context.beginPath();
  context.arc(at.x, at.y, 10, 0, 2 * Math.PI);
  context.fillStyle = ink('paper');
  context.fill();
  context.strokeStyle = ink('alarm');
  context.lineWidth = 2;
  context.stroke();
  if (worst.kind === 'cut') drawCross(context, at, 4, ink('alarm'));
  else if (worst.kind === 'held') drawBars(context, at, 4.5, ink('alarm'));
  else {
    context.fillStyle = ink('alarm');
    context.fillRect(at.x - 5, at.y - 1, 10, 2);
  }
  const directions = new Set(between.filter(({ kind }) => kind === worst.kind).map(({ to }) => to));
  if (directions.size !== 1) return;
  // A triangle beside the sign shows the direction that is dead.
  const target = directions.has(other.name) ? other : one;
  const angle = Math.atan2(target.y - at.y, target.x - at.x);
  context.save();
  context.translate(at.x + 18 * Math.cos(angle), at.y + 18 * Math.sin(angle));
  context.rotate(angle);
  context.beginPath();
  context.moveTo(6, 0);
  context.lineTo(-5, 5);
  context.lineTo(-5, -5);
  context.closePath();
  context.fillStyle = ink('alarm');
  context.fill();
  context.restore();
}

function drawDrag(context: CanvasRenderingContext2D, { ink }: Scene, layout: StageLayout, drag: Drag): void {
  const from = layout.card(drag.from);
  if (from === undefined) return;
  const start = borderPoint(from, drag.to);
  context.strokeStyle = ink('alarm');
  context.lineWidth = 2.4;
  context.setLineDash(drag.isHold ? [2, 4] : [7, 4]);
  line(context, start, drag.to);
  context.setLineDash([]);
  if (drag.isHold) drawBars(context, drag.to, 5, ink('alarm'));
  else drawCross(context, drag.to, 5, ink('alarm'));
  if (drag.isOneWay) {
    context.fillStyle = ink('alarm');
    context.font = '700 12px sans-serif';
    context.fillText('one way', drag.to.x + 10, drag.to.y - 8);
  }
}
