import { unreachable } from '../../protocol/assert.ts';
import type { TapeEvent } from '../tape.ts';
import { halfWidth, type Lane } from './lanes.ts';
import { fit, widthOf } from './room.ts';
import type { Scene } from './scene.ts';
import { showMillis } from './show-time.ts';
import type { RoleSpan } from './spans.ts';
import { isTelling } from './window.ts';
import { element, escapeXml, pixels, titled } from './xml.ts';

/** The span in which `node` is primary of `group` at that time. */
export function primaryAt(scene: Scene, node: string, group: string, at: number): RoleSpan | undefined {
  return scene.roles.find(
    (role) => role.role === 'primary' && role.node === node && role.group === group && role.from <= at && at <= role.to,
  );
}

/** What nodes become and say, beside their lanes: starts, crashes, pauses, elections, notes. */
export function drawLaneLabels(scene: Scene): string {
  return scene.events.map((event) => drawEvent(scene, event)).join('');
}

function drawEvent(scene: Scene, event: TapeEvent): string {
  if (!('node' in event) || !isTelling(event, NOTHING)) return '';
  const lane = scene.lanes.lane(event.node);
  if (lane === undefined) return '';
  const y = scene.y(event.at);
  switch (event.type) {
    case 'started':
      return (
        titled(`${event.node} starts life ${event.life}, at ${showMillis(event.at)} ms`, 'circle', {
          class: 'start',
          cx: lane.x,
          cy: y,
          r: 4,
        }) + (event.life === 1 ? '' : beside(scene, lane, y, `life ${event.life}`, 'soft'))
      );
    case 'crashed':
      return (
        cross(lane.x, y, 7, `${event.node} crashes, at ${showMillis(event.at)} ms`, 'x') +
        beside(scene, lane, y, 'crashes', 'alarm strong')
      );
    case 'stayed-down':
      return beside(scene, lane, y, event.reason, 'alarm');
    case 'paused':
      return beside(scene, lane, y, 'paused', 'soft strong');
    case 'resumed':
      return beside(scene, lane, y, 'goes on', 'soft strong');
    case 'note':
      return scene.groups.includes(event.unit) || !scene.tape.groups.includes(event.unit)
        ? beside(scene, lane, y, event.text.replace(`${event.unit}: `, ''), 'soft', event.text)
        : '';
    case 'role': {
      if (event.role === 'secondary' || event.role === 'witness' || !scene.groups.includes(event.group)) return '';
      const colour = scene.colours.get(event.group)?.get(event.epoch) ?? 'e';
      const text =
        event.role === 'primary' ? `primary of ${event.group} ${event.epoch}` : `${event.role}, ${event.group}`;
      return beside(scene, lane, y, text, event.role === 'primary' ? `strong t${colour.slice(1)}` : 'soft');
    }
    case 'committed':
    case 'writes':
    case 'written':
    case 'saved':
      return '';
    default:
      return unreachable(event);
  }
}

const NOTHING: ReadonlySet<number> = new Set();

/** A cross, for what ends. */
export function cross(x: number, y: number, size: number, title: string, name: string): string {
  const arm = size / 2;
  const d = `M${pixels(x - arm)} ${pixels(y - arm)}L${pixels(x + arm)} ${pixels(y + arm)}M${pixels(x + arm)} ${pixels(y - arm)}L${pixels(x - arm)} ${pixels(y + arm)}`;
  return titled(title, 'path', { class: name, d });
}

/** A label at a lane, on the right or on the left, where there is room near `y`; else nothing. */
export function beside(scene: Scene, lane: Lane, y: number, text: string, name: string, title = text): string {
  const size = 10.5;
  const away = halfWidth(lane) + 5;
  const shown = fit(text, size, scene.lanes.spacing - away - 16);
  const width = widthOf(shown, size);
  for (const below of [0, 9, -9, 18]) {
    for (const side of [1, -1]) {
      const x = side > 0 ? lane.x + away : lane.x - away - width;
      if (x < scene.lanes.left || !scene.room.take({ x, y: y + below - 6, width, height: 11 })) continue;
      return titled(
        title,
        'text',
        {
          class: `over ${name}`,
          x: side > 0 ? x : x + width,
          y: y + below + 3.5,
          'text-anchor': side > 0 ? undefined : 'end',
        },
        escapeXml(shown),
      );
    }
  }
  return '';
}

/** A plain line of text. */
export function line(x: number, y: number, text: string, name: string): string {
  return element('text', { class: name, x, y }, escapeXml(text));
}
