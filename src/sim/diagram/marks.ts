import { fit, widthOf } from '../../drawing/text.ts';
import { escapeXml, pixels, titled } from '../../drawing/xml.ts';
import { halfWidth, type Lane } from './lanes.ts';
import type { Scene } from './scene.ts';

/** A cross: the mark of an end. */
export function cross(x: number, y: number, size: number, title: string, name: string): string {
  const arm = size / 2;
  const d = `M${pixels(x - arm)} ${pixels(y - arm)}L${pixels(x + arm)} ${pixels(y + arm)}M${pixels(x + arm)} ${pixels(y - arm)}L${pixels(x - arm)} ${pixels(y + arm)}`;
  return titled(title, 'path', { class: name, d });
}

/**
 * A label at a lane, left or right of it, where there is room near `y`: the first of `texts` that fits, or the last one
 * shortened, or nothing.
 */
export function beside(
  scene: Scene,
  lane: Lane,
  y: number,
  texts: readonly string[],
  name: string,
  title = texts[0] ?? '',
): string {
  const away = halfWidth(lane) + 5;
  const { left, right } = reachOf(scene, lane);
  const shortest = texts.at(-1) ?? '';
  for (const text of [
    ...texts,
    fit(shortest, SIZE, right - lane.x - away),
    fit(shortest, SIZE, lane.x - away - left),
  ]) {
    const width = widthOf(text, SIZE);
    for (const below of [0, 9, -9, 18]) {
      for (const side of [1, -1]) {
        const x = side > 0 ? lane.x + away : lane.x - away - width;
        if (text === '' || x < left || x + width > right) continue;
        if (!scene.room.take({ x, y: y + below - 6, width, height: 11 })) continue;
        const anchor = side > 0 ? { x } : { x: x + width, 'text-anchor': 'end' };
        return titled(title, 'text', { class: `over ${name}`, ...anchor, y: y + below + 3.5 }, escapeXml(text));
      }
    }
  }
  return '';
}

const SIZE = 10;

/**
 * The reach of a lane's labels: to the neighbouring lanes; those of clients cross other clients, whose lanes are thin.
 */
function reachOf({ lanes }: Scene, lane: Lane): { readonly left: number; readonly right: number } {
  const place = lanes.lanes.indexOf(lane);
  const before = lanes.lanes[place - 1];
  const after = lanes.lanes.slice(place + 1).find((other) => lane.kind !== 'client' || other.kind !== 'client');
  return {
    left: before === undefined ? lanes.left : before.x + halfWidth(before) + 3,
    right: after === undefined ? lanes.right : after.x - halfWidth(after) - 3,
  };
}
