import type { LaneLayout } from './lane-layout.ts';
import type { Scene } from './scene.ts';

/** The part of the run that is in view, and how it lies on the canvas. */
export interface View {
  readonly from: number;
  readonly to: number;
  xOf(at: number): number;
  atOf(x: number): number;
  /** Where the cursor is. */
  readonly head: number;
}

/** The cursor stands here, as a share of the width; nearer to an end of the run it moves there. */
const HEAD = 0.42;

export function viewOf({ time, zoom, at }: Pick<Scene, 'time' | 'zoom' | 'at'>, layout: LaneLayout): View {
  const room = layout.width - layout.left;
  const whole = time.height * zoom;
  const here = time.yOf(at) * zoom;
  const scroll = Math.max(0, Math.min(Math.max(0, whole - room + 24), here - room * HEAD));
  const xOf = (moment: number): number => layout.left + time.yOf(moment) * zoom - scroll;
  const atOf = (x: number): number => time.atOf((x - layout.left + scroll) / zoom);
  return { from: atOf(layout.left), to: atOf(layout.width), xOf, atOf, head: xOf(at) };
}
