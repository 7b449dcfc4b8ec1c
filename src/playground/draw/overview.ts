import type { RunModel } from '../model/run-model.ts';
import type { TimeMap } from '../../sim/diagram/time-map.ts';
import type { Ink } from './ink.ts';
import type { View } from './view.ts';
import { FONT } from './shapes.ts';

interface Overview {
  readonly model: RunModel;
  readonly width: number;
  readonly isDark: boolean;
  readonly picture: OffscreenCanvas;
}

let kept: Overview | undefined;

/** The whole run in one strip: how much happens when, the faults, the violation, and what the lanes show of it. */
export function drawOverview(
  context: CanvasRenderingContext2D,
  {
    model,
    time,
    ink,
    at,
  }: { readonly model: RunModel; readonly time: TimeMap; readonly ink: Ink; readonly at: number },
  view: View,
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): void {
  const { left, top, width, height } = box;
  if (kept?.model !== model || kept.width !== width || kept.isDark !== ink.isDark) {
    kept = { model, width, isDark: ink.isDark, picture: strip(model, time, ink, width, height) };
  }
  context.fillStyle = ink('panel');
  context.fillRect(0, top, left + width, height);
  context.drawImage(kept.picture, left, top, width, height);
  const xOf = (moment: number): number => left + (time.yOf(moment) / Math.max(1, time.height)) * width;
  const [from, to] = [xOf(view.from), xOf(view.to)];
  context.strokeStyle = ink('ink');
  context.lineWidth = 1.6;
  context.strokeRect(from, top + 1, Math.max(3, to - from), height - 2);
  context.beginPath();
  context.moveTo(xOf(at), top);
  context.lineTo(xOf(at), top + height);
  context.stroke();
  context.font = `11px ${FONT}`;
  context.fillStyle = ink('soft');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText('all', left - 9, top + height / 2);
  context.textAlign = 'left';
}

/** Made once for each run: a bar for each pixel of the width. */
function strip(model: RunModel, time: TimeMap, ink: Ink, width: number, height: number): OffscreenCanvas {
  const scale = 2;
  const picture = new OffscreenCanvas(Math.max(1, Math.ceil(width * scale)), Math.ceil(height * scale));
  const context = picture.getContext('2d');
  if (context === null) return picture;
  context.scale(scale, scale);
  const xOf = (at: number): number => (time.yOf(at) / Math.max(1, time.height)) * width;
  const bins = new Uint16Array(Math.ceil(width) + 1);
  for (const step of model.steps) {
    const event = model.recording.events[step];
    if (event === undefined) continue;
    const bin = Math.floor(xOf(event.at));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  // A few dense moments must not press all others flat.
  const most = Math.max(2, bins.toSorted()[Math.floor(bins.length * 0.97)] ?? 1);
  context.fillStyle = ink('soft');
  for (const [x, count] of bins.entries()) {
    const tall = Math.min(height - 4, ((height - 8) * Math.sqrt(count)) / Math.sqrt(most));
    context.fillRect(x, height - tall, 1, tall);
  }
  context.fillStyle = ink('alarm');
  for (const { from } of model.faults) context.fillRect(xOf(from) - 1, 0, 2, 9);
  if (model.violation !== undefined) context.fillRect(xOf(model.violation.event.at) - 2, 0, 4, height);
  return picture;
}
