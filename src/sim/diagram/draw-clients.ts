import { titled } from '../../drawing/xml.ts';
import { clip } from './draw-lanes.ts';
import { beside } from './marks.ts';
import type { Scene } from './scene.ts';
import { showDuration, showSeconds } from './show-time.ts';
import { boxOf } from './signs.ts';
import type { OperationSpan } from './spans.ts';

const SIGNS = { ok: '✓', refused: '✗', unknown: '?', 'under way': '…' };
const INKS = { ok: 'good', refused: 'warn', unknown: 'alarm', 'under way': 'soft' };

/** Operations: request, wait and answer. */
export function drawOperations(scene: Scene): string {
  for (const operation of scene.operations) {
    const lane = scene.lanes.lane(operation.client);
    const { y1, y2 } = clip(scene, operation);
    if (lane !== undefined) scene.room.take({ x: lane.x - 7, y: y1, width: 14, height: Math.max(4, y2 - y1) });
  }
  return scene.operations.map((operation) => drawOperation(scene, operation)).join('');
}

function drawOperation(scene: Scene, operation: OperationSpan): string {
  const lane = scene.lanes.lane(operation.client);
  if (lane === undefined) return '';
  const { call, outcome, answer, from, to } = operation;
  const { y1, y2 } = clip(scene, operation);
  const until = outcome === 'under way' ? '' : ` to ${showSeconds(to)}, ${showDuration(to - from)}`;
  const title = `${operation.client}, operation ${operation.operation}: ${call}\n${outcome}: ${answer}\n${showSeconds(from)}${until}`;
  const box = titled(title, 'rect', {
    ...boxOf(outcome),
    x: lane.x - 6,
    y: y1,
    width: 12,
    height: Math.max(4, y2 - y1),
  });
  const asked = from >= scene.window.from ? beside(scene, lane, y1 - 6, [shortCall(call)], 'client', title) : '';
  const isOver = to <= scene.window.to && outcome !== 'under way';
  const words = scene.usual.has(operation) ? showDuration(to - from) : answer;
  const told = isOver ? beside(scene, lane, y2 + 7, [`${SIGNS[outcome]} ${words}`], INKS[outcome], title) : '';
  return box + asked + told;
}

/** Method and path; body and uuid are in the tooltip. */
function shortCall(call: string): string {
  return call.split(' ').slice(0, 2).join(' ');
}
