import { unreachable } from '../../protocol/model/assert.ts';
import { type Attributes, element, pixels } from '../../drawing/xml.ts';
import type { MessageClass } from './messages.ts';
import type { OperationSpan } from './spans.ts';

/*
 * What must be told apart without colour. The shapes of messages are those of the playground.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The head of a message that ends at `tip`: a diamond for elections, a square for the log, else a triangle. */
export function headPath(kind: MessageClass, from: Point, tip: Point): string {
  const [dx, dy] = [tip.x - from.x, tip.y - from.y];
  const length = Math.max(1, Math.sqrt(dx * dx + dy * dy));
  const [ux, uy] = [dx / length, dy / length];
  const at = (along: number, across: number): string =>
    `${pixels(tip.x - ux * along - uy * across)} ${pixels(tip.y - uy * along + ux * across)}`;
  switch (kind) {
    case 'election':
      return `M${at(0, 0)}L${at(4.5, 3.5)}L${at(9, 0)}L${at(4.5, -3.5)}Z`;
    case 'log':
      return `M${at(0, 3)}L${at(6, 3)}L${at(6, -3)}L${at(0, -3)}Z`;
    case 'client':
    case 'service':
    case 'routine':
      return `M${at(0, 0)}L${at(7, 3)}L${at(7, -3)}Z`;
    default:
      return unreachable(kind);
  }
}

export function drawHead(kind: MessageClass, from: Point, tip: Point, isOpen: boolean): string {
  return element('path', { class: `head ${kind}${isOpen ? ' open' : ''}`, d: headPath(kind, from, tip) });
}

type Outcome = OperationSpan['outcome'];

const BOXES: Readonly<Record<Outcome, Attributes>> = {
  ok: { class: 'op ok', rx: 4 },
  refused: { class: 'op refused', rx: 0 },
  unknown: { class: 'op unknown', rx: 4, 'stroke-dasharray': '3 2.5' },
  'under way': { class: 'op way', rx: 4, 'stroke-dasharray': '1 2.5' },
};

/** The box of an operation: square where it was refused, dashed where there is no answer, dotted while it is under way. */
export function boxOf(outcome: Outcome): Attributes {
  return BOXES[outcome];
}
