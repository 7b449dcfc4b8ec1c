import { planInWords } from '../../sim/diagram/fault-words.ts';
import { showSeconds } from '../../sim/diagram/show-time.ts';
import type { Fault } from '../../sim/plan/fault.ts';
import type { LaneLayout } from './lane-layout.ts';
import type { Scene } from './scene.ts';
import { fitted, FONT, line, type Point } from './shapes.ts';
import type { View } from './view.ts';

/** The card of a fault of the plan, at the upper edge of the lanes. */
interface Flag {
  /** Of the fault, in the plan. */
  readonly place: number;
  readonly x: number;
  readonly width: number;
}

/** A fault that is being dragged in time, and when it would strike, in milliseconds. */
export interface FaultDrag {
  readonly place: number;
  readonly at: number;
}

const FLAG_TOP = 20;
const FLAG_HEIGHT = 17;
const NARROW = 12;
const WIDE = 190;

/** A card reaches to the next one, and is cut off there; a narrow one has no words. */
export function flagsOf(faults: readonly Fault[], view: View, layout: LaneLayout, drag?: FaultDrag): readonly Flag[] {
  const placed = faults.map(({ at }, place) => ({
    place,
    x: view.xOf((drag?.place === place ? drag.at : at) * 1_000),
  }));
  placed.sort((a, b) => a.x - b.x);
  return placed.map(({ place, x }, order) => {
    const next = placed[order + 1]?.x ?? layout.width;
    return { place, x, width: Math.max(NARROW, Math.min(WIDE, next - x - 3)) };
  });
}

/** The fault whose card is at that point. */
export function flagAt(flags: readonly Flag[], { x, y }: Point): number | undefined {
  if (y < FLAG_TOP - 3 || y > FLAG_TOP + FLAG_HEIGHT + 3) return undefined;
  return flags.findLast((flag) => x >= flag.x - 6 && x <= flag.x + flag.width)?.place;
}

export function drawFlags(
  context: CanvasRenderingContext2D,
  { ink }: Scene,
  layout: LaneLayout,
  view: View,
  faults: readonly Fault[],
  drag: FaultDrag | undefined,
): void {
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { place, x, width } of flagsOf(faults, view, layout, drag)) {
    const fault = faults[place];
    if (fault === undefined || x + width < layout.left || x > layout.width) continue;
    const isDragged = drag?.place === place;
    context.font = `600 10.5px ${FONT}`;
    const words = isDragged ? `${showSeconds(drag.at * 1_000, 3)} ` : '';
    const text = fitted(context, `${words}${planInWords(fault)}`, width - 10);
    const shown = text === '' ? NARROW : Math.min(width, context.measureText(text).width + 10);
    context.beginPath();
    context.roundRect(x - 0.75, FLAG_TOP, shown, FLAG_HEIGHT, [0, 4, 4, 0]);
    context.fillStyle = ink(isDragged ? 'alarm' : 'paper');
    context.fill();
    context.strokeStyle = ink('alarm');
    context.lineWidth = 1.4;
    context.stroke();
    context.fillStyle = ink(isDragged ? 'paper' : 'alarm');
    context.fillText(text, x + 4, FLAG_TOP + FLAG_HEIGHT / 2 + 0.5);
    if (!isDragged) continue;
    context.setLineDash([4, 3]);
    line(context, { x, y: FLAG_TOP }, { x, y: layout.bottom });
    context.setLineDash([]);
  }
}
