import { fit } from '../../drawing/text.ts';
import { element, escapeXml, pixels, titled } from '../../drawing/xml.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import { primaryAt } from './labels.ts';
import { halfWidth, type Lane } from './lanes.ts';
import type { Scene } from './scene.ts';
import { showDuration, showSeconds } from './show-time.ts';
import type { RoleSpan, Span } from './spans.ts';

/** Pixels after which the names of lanes are repeated. */
const AGAIN = 1_000;

/** The names above the lanes, and their repetitions. */
export function drawNames(scene: Scene): string {
  const { lanes, top, bottom } = scene;
  const rows = [top - 30];
  for (let y = top + AGAIN; y < bottom - 400; y += AGAIN) rows.push(y);
  return rows
    .flatMap((y, row) =>
      lanes.lanes.map((lane) => {
        scene.room.take({ x: lane.x - 24, y: y - 12, width: 48, height: 16 });
        if (row > 0) return element('text', { class: 'name over again', x: lane.x, y }, escapeXml(lane.name));
        const units = fit(
          lane.units.map((unit) => (unit === FRONT_END ? 'fe' : unit)).join(' '),
          10,
          lanes.spacing - 8,
        );
        return (
          element('text', { class: 'name', x: lane.x, y }, escapeXml(lane.name)) +
          element('text', { class: 'unit soft', x: lane.x, y: y + 11 }, escapeXml(units))
        );
      }),
    )
    .join('');
}

/** The lanes: up, down or paused, and a stripe for each replica with its role and epoch. */
export function drawLanes(scene: Scene): string {
  return [
    ...scene.lanes.lanes.map((lane) => drawGround(scene, lane)),
    ...scene.roles.map((span) => drawRole(scene, span)),
    ...scene.pauses.map((span) => drawPause(scene, span)),
    ...scene.writes.map((write) => {
      const lane = scene.lanes.lane(write.node);
      if (lane === undefined) return '';
      const { y1, y2 } = clip(scene, write);
      const what = `${write.node}, ${write.group}: writes ${write.records} records, `;
      const end = write.isDurable ? `durable after ${showDuration(write.to - write.from)}` : 'lost in the crash';
      const d = `M${pixels(scene.lanes.xOf(lane, write.group) + 6)} ${pixels(y1)}V${pixels(y2)}`;
      return titled(`${what}${end}`, 'path', { class: write.isDurable ? 'write' : 'write lost', d });
    }),
    ...scene.events.map((event) => {
      if (event.type !== 'committed') return '';
      const lane = scene.lanes.lane(event.node);
      if (lane === undefined || !scene.groups.includes(event.group)) return '';
      return titled(
        `${event.node}, ${event.group}: visible up to ${event.index}, at ${showSeconds(event.at)}`,
        'circle',
        {
          class: 'commit',
          cx: scene.lanes.xOf(lane, event.group),
          cy: scene.y(event.at),
          r: primaryAt(scene, event.node, event.group, event.at) === undefined ? 1.5 : 2.4,
        },
      );
    }),
  ].join('');
}

/** The part of a span inside the window, in pixels. */
export function clip(scene: Scene, { from, to }: Span): { readonly y1: number; readonly y2: number } {
  return { y1: scene.y(from), y2: scene.y(to) };
}

/** A thin line while the process is up, dots while it is down; clients are always up. */
function drawGround(scene: Scene, lane: Lane): string {
  const { top, bottom, lives } = scene;
  const line = (name: string, y1: number, y2: number, title: string): string =>
    titled(title, 'path', { class: name, d: `M${pixels(lane.x)} ${pixels(y1)}V${pixels(y2)}` });
  const frontEnd = (y1: number, y2: number): string =>
    lane.kind === 'front end'
      ? titled(`${lane.name}, ${FRONT_END}`, 'path', {
          class: 'fe',
          d: `M${pixels(scene.lanes.xOf(lane, FRONT_END))} ${pixels(y1)}V${pixels(y2)}`,
        })
      : '';
  if (lane.kind === 'client') return line('alive', top, bottom, lane.name);
  const own = lives.filter((life) => life.node === lane.name).sort((a, b) => a.from - b.from);
  const parts: string[] = [];
  let y = top;
  for (const life of own) {
    const { y1, y2 } = clip(scene, life);
    if (y1 > y) parts.push(line('down', y, y1, `${lane.name} is down`));
    parts.push(line('alive', y1, y2, `${lane.name}, life ${life.life}`), frontEnd(y1, y2));
    y = y2;
  }
  if (bottom > y + 1 || own.length === 0) parts.push(line('down', y, bottom, `${lane.name} is down`));
  return parts.join('');
}

function drawRole(scene: Scene, span: RoleSpan): string {
  const lane = scene.lanes.lane(span.node);
  if (lane === undefined) return '';
  const { y1, y2 } = clip(scene, span);
  const colour = scene.colours.get(span.group)?.get(span.epoch) ?? 'e';
  const follows = span.primary === undefined || span.primary === span.node ? '' : `, follows ${span.primary}`;
  const title = `${span.node}, ${span.group}: ${span.role} in epoch ${span.epoch}${follows}; ${showSeconds(span.from)} to ${showSeconds(span.to)}`;
  const x = pixels(scene.lanes.xOf(lane, span.group));
  return titled(title, 'path', { class: `r ${span.role} ${colour}`, d: `M${x} ${pixels(y1)}V${pixels(y2)}` });
}

function drawPause(scene: Scene, span: Span & { readonly node: string }): string {
  const lane = scene.lanes.lane(span.node);
  if (lane === undefined) return '';
  const { y1, y2 } = clip(scene, span);
  const half = halfWidth(lane) + 6;
  const title = `${span.node} stands still for ${showDuration(span.to - span.from)}`;
  return titled(title, 'rect', {
    class: 'pause',
    x: lane.x - half,
    y: y1,
    width: half * 2,
    height: Math.max(2, y2 - y1),
    rx: 4,
  });
}
