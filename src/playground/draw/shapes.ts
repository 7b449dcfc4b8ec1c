import type { MessageClass } from '../../sim/diagram/messages.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ShapeStyle {
  readonly colour: string;
  readonly paper: string;
  readonly size: number;
  /** No node took it: the shape is hollow. */
  readonly isHollow: boolean;
}

export const FONT =
  'ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif';

/**
 * The sign of a message: a triangle along its way for clients' requests and answers, an upright rectangle for the log, an
 * upright diamond for elections, a dot for routine.
 */
export function drawSign(
  context: CanvasRenderingContext2D,
  kind: MessageClass,
  at: Point,
  towards: number,
  { colour, paper, size, isHollow }: ShapeStyle,
): void {
  context.save();
  context.translate(at.x, at.y);
  context.beginPath();
  switch (kind) {
    case 'client':
    case 'service':
      context.rotate(towards);
      context.moveTo(size, 0);
      context.lineTo(-size * 0.8, size * 0.85);
      context.lineTo(-size * 0.8, -size * 0.85);
      context.closePath();
      break;
    case 'log':
      context.rect(-size * 0.85, -size * 0.7, size * 1.7, size * 1.4);
      break;
    case 'election':
      context.moveTo(size, 0);
      context.lineTo(0, size);
      context.lineTo(-size, 0);
      context.lineTo(0, -size);
      context.closePath();
      break;
    case 'routine':
      context.arc(0, 0, size * 0.5, 0, 2 * Math.PI);
      break;
    default:
  }
  context.fillStyle = isHollow ? paper : colour;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.stroke();
  context.restore();
}

export function drawCross(context: CanvasRenderingContext2D, { x, y }: Point, size: number, colour: string): void {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

/** Two short bars: the pause sign. */
export function drawBars(context: CanvasRenderingContext2D, { x, y }: Point, size: number, colour: string): void {
  context.beginPath();
  context.moveTo(x - size * 0.4, y - size);
  context.lineTo(x - size * 0.4, y + size);
  context.moveTo(x + size * 0.4, y - size);
  context.lineTo(x + size * 0.4, y + size);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

export function line(context: CanvasRenderingContext2D, from: Point, to: Point): void {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

/** Text on a halo of the paper, so that lines behind it do not strike it through. */
export function haloText(
  context: CanvasRenderingContext2D,
  text: string,
  { x, y }: Point,
  colour: string,
  paper: string,
): void {
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = paper;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** The text, cut off with an ellipsis where it is wider than `width`. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = Math.max(0, Math.floor((text.length * width) / Math.max(1, context.measureText(text).width)));
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length < 3 ? '' : `${text.slice(0, length)}…`;
}
