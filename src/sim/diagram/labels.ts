import { titled } from '../../drawing/xml.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent } from '../recording/recording.ts';
import { beside, cross } from './marks.ts';
import type { Scene } from './scene.ts';
import { showSeconds } from './show-time.ts';
import type { RoleSpan } from './spans.ts';
import { isTelling } from './window.ts';

/** The span in which `node` is primary of `group` at that time. */
export function primaryAt(scene: Scene, node: string, group: string, at: number): RoleSpan | undefined {
  return scene.roles.find(
    (role) => role.role === 'primary' && role.node === node && role.group === group && role.from <= at && at <= role.to,
  );
}

/** Labels beside the lanes of nodes: starts, crashes, pauses, elections, notes. */
export function drawLaneLabels(scene: Scene): string {
  return scene.events.map((event) => drawEvent(scene, event)).join('');
}

function drawEvent(scene: Scene, event: RecordedEvent): string {
  if (!('node' in event) || !isTelling(event, NOTHING)) return '';
  const lane = scene.lanes.lane(event.node);
  if (lane === undefined) return '';
  const y = scene.y(event.at);
  switch (event.type) {
    case 'started':
      return (
        titled(`${event.node} starts life ${event.life}, at ${showSeconds(event.at)}`, 'circle', {
          class: 'start',
          cx: lane.x,
          cy: y,
          r: 4,
        }) + (event.life === 1 ? '' : beside(scene, lane, y, [`life ${event.life}`], 'soft'))
      );
    case 'crashed':
      return (
        cross(lane.x, y, 7, `${event.node} crashes, at ${showSeconds(event.at)}`, 'x') +
        beside(scene, lane, y, ['crashes'], 'alarm strong')
      );
    case 'stayed-down':
      return beside(scene, lane, y, [event.reason], 'alarm');
    case 'paused':
      return beside(scene, lane, y, ['paused'], 'soft strong');
    case 'resumed':
      return beside(scene, lane, y, ['goes on'], 'soft strong');
    case 'note':
      // Every node meets every other one when it starts.
      if (event.note === 'meets') return '';
      return scene.groups.includes(event.unit) || !scene.recording.groups.includes(event.unit)
        ? beside(scene, lane, y, [event.text.replace(`${event.unit}: `, '')], 'soft', event.text)
        : '';
    case 'role': {
      if (event.role === 'secondary' || event.role === 'witness' || !scene.groups.includes(event.group)) return '';
      const colour = scene.colours.get(event.group)?.get(event.epoch) ?? 'e';
      return event.role === 'primary'
        ? beside(
            scene,
            lane,
            y,
            [`primary of ${event.group} ${event.epoch}`, `primary ${event.epoch}`],
            `strong t${colour.slice(1)}`,
          )
        : beside(scene, lane, y, [`${event.role}, ${event.group}`, event.role], 'soft');
    }
    case 'committed':
    case 'writes':
    case 'written':
    case 'logged':
    case 'safe':
    case 'saved':
      return '';
    default:
      return unreachable(event);
  }
}

const NOTHING: ReadonlySet<number> = new Set();
