import type { LogMark } from '../model/log-marks.ts';
import { lastUpTo } from '../model/tracks.ts';
import { type LaneLayout, stripeY } from './lane-layout.ts';
import { epochInk, type Scene } from './scene.ts';
import { FONT } from './shapes.ts';
import type { View } from './view.ts';

/** A box and the place to its left: nearer marks of one kind would lie on each other. */
const APART = 9;
/** So far from the next mark there is room for the index. */
const ROOM_FOR_INDEX = 24;
/** Rows this high have room for marks below their stripes. */
const ROW_AT_LEAST = 40;

/**
 * Where logs move on, as the boxes of the stage: pale where an entry comes to the disk, pale above a bar where the primary
 * finds it safe, full where it becomes visible; with its index where there is room.
 */
export function drawLogMarks(context: CanvasRenderingContext2D, scene: Scene, layout: LaneLayout, view: View): void {
  const { run, ink } = scene;
  const { groups } = run.model.recording;
  const kept = new Map<string, { readonly mark: LogMark; readonly x: number; readonly room: number }[]>();
  const end = lastUpTo(run.logMarkTimes, view.to);
  for (let place = Math.max(0, lastUpTo(run.logMarkTimes, view.from)); place <= end; place += 1) {
    const mark = run.logMarks[place];
    if (mark === undefined) continue;
    const x = view.xOf(mark.at);
    const stripe = `${mark.node} ${mark.group}`;
    const before = kept.get(stripe) ?? [];
    kept.set(stripe, before);
    const last = before.at(-1);
    const room = x - (last?.x ?? -Infinity);
    if (last !== undefined && room < APART) {
      // Of marks that would lie on each other the one that says most is drawn.
      if (RANK[mark.kind] >= RANK[last.mark.kind]) before[before.length - 1] = { mark, x: last.x, room: last.room };
    } else before.push({ mark, x, room });
  }
  context.font = `9px ${FONT}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const marks of kept.values()) {
    for (const [place, { mark, x }] of marks.entries()) {
      const row = layout.row(mark.node);
      if (row === undefined || row.kind !== 'server' || row.height < ROW_AT_LEAST) continue;
      const y = stripeY(row, groups, mark.group) + 7.5;
      const { epoch } = run.tracks.replicaAt(mark.node, mark.group, mark.place);
      drawLogMark(context, mark.kind, { x, y }, ink(epochInk(run, mark.group, epoch)));
      const room = (marks[place + 1]?.x ?? Infinity) - x;
      if (mark.kind !== 'visible' || room < ROOM_FOR_INDEX) continue;
      context.fillStyle = ink('soft');
      context.fillText(String(mark.index), x + 8, y + 2.5);
    }
  }
}

const RANK: Readonly<Record<LogMark['kind'], number>> = { durable: 0, safe: 1, visible: 2 };

function drawLogMark(
  context: CanvasRenderingContext2D,
  kind: LogMark['kind'],
  { x, y }: { readonly x: number; readonly y: number },
  colour: string,
): void {
  context.save();
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  if (kind === 'visible') context.fillRect(x, y, 6, 5);
  else {
    context.strokeRect(x + 0.6, y + 0.6, 4.8, 3.8);
    if (kind === 'safe') context.fillRect(x - 0.5, y + 6, 7, 1.5);
    context.globalAlpha *= 0.3;
    context.fillRect(x + 0.6, y + 0.6, 4.8, 3.8);
  }
  context.restore();
}
