import { widthOf } from '../../drawing/text.ts';
import { element, escapeXml, pixels } from '../../drawing/xml.ts';
import { cross } from './marks.ts';
import { classOf, type Message, shortOf } from './messages.ts';
import type { Scene } from './scene.ts';
import { showDuration, showSeconds } from './show-time.ts';
import { drawHead, type Point } from './signs.ts';

/** Messages: an arrow for each copy that arrived, a cross for a loss, a wait for a held link. */
export function drawMessages(scene: Scene): string {
  // Labels are placed by rank; one that would overlap an earlier one is left out.
  const ranked = [...scene.messages].sort((a, b) => rankOf(a) - rankOf(b) || a.id - b.id);
  const labels = new Map(ranked.map((message) => [message.id, drawLabel(scene, message)]));
  return scene.messages.map((message) => drawMessage(scene, message, labels.get(message.id) ?? '')).join('');
}

const RANKS = ['client', 'election', 'service', 'log', 'routine'];

function rankOf({ kind, fate }: Message): number {
  return fate === 'once' ? RANKS.indexOf(classOf(kind)) : -1;
}

function drawMessage(scene: Scene, message: Message, label: string): string {
  const title = element('title', {}, escapeXml(tellMessage(message)));
  return element('g', {}, title, ...pathsOf(scene, message), label);
}

/** The text of a tooltip. */
function tellMessage({ from, to, unit, text, kind, sentAt, fate, arrivals }: Message): string {
  const ways = arrivals.map(({ at, outcome }) => {
    const end = outcome === 'taken' ? '' : outcome === 'refused' ? ', refused: the process is down' : `, ${outcome}`;
    return `arrives after ${showDuration(at - sentAt)}${end}`;
  });
  const lost = fate === 'cut' ? ['lost: the link is cut'] : fate === 'dropped' ? ['lost'] : [];
  const held = fate === 'waits' ? ['waits: the link is held'] : [];
  const where = unit === '' ? to : `${to} ${unit}`;
  return [`${from} → ${where}, ${showSeconds(sentAt)}`, `${kind}: ${text}`, ...held, ...lost, ...ways].join('\n');
}

function pathsOf(scene: Scene, message: Message): readonly string[] {
  const name = classOf(message.kind);
  const { start, endX } = endsOf(scene, message);
  const { sentAt, fate, releasedAt, arrivals } = message;
  if (fate === 'dropped' || fate === 'cut') {
    const end = { x: start.x + (endX - start.x) * (fate === 'cut' ? 0.3 : 0.5), y: start.y + 7 };
    return [stroke(`m lost ${name}`, start, end), cross(end.x, end.y, 7, fate, 'x')];
  }
  const parts: string[] = [];
  let from = start;
  let fromAt = sentAt;
  if (fate === 'waits') {
    // A held message is drawn beside its sender until the link is released.
    const x = start.x + (endX - start.x) * 0.22;
    const stop = { x, y: start.y + 4 };
    from = { x, y: Math.max(stop.y, scene.y(releasedAt ?? scene.recording.endedAt)) };
    fromAt = releasedAt ?? sentAt;
    const isVisible = sentAt >= scene.window.from;
    if (isVisible) parts.push(stroke(`m ${name}`, start, stop), bars(stop));
    parts.push(stroke(`m held ${name}`, isVisible ? stop : { x, y: scene.top }, from));
  }
  for (const { at, outcome } of arrivals) {
    if (fromAt > scene.window.to || at < scene.window.from) continue;
    const tip = { x: endX, y: scene.y(at) };
    const body = cut(scene, from, tip, fromAt, at);
    parts.push(stroke(`m ${name}${message.kind === 'install' ? ' copy' : ''}`, body.from, body.to));
    if (body.to === tip) parts.push(drawHead(name, body.from, tip, outcome !== 'taken'));
    if ((outcome === 'refused' || outcome === 'lost') && body.to === tip) {
      parts.push(cross(tip.x, tip.y, 5, outcome, 'x calm'));
    }
  }
  if (arrivals.length === 0 && fate !== 'waits') {
    // In flight when the run ends.
    parts.push(stroke(`m held ${name}`, start, { x: start.x + (endX - start.x) * 0.35, y: start.y + 5 }));
  }
  return parts;
}

/** Where a message begins, and the column in which it ends: the stripe of its unit. */
function endsOf(scene: Scene, message: Message): { readonly start: Point; readonly endX: number } {
  const [from, to] = [scene.lanes.lane(message.from), scene.lanes.lane(message.to)];
  const x1 = from === undefined ? 0 : scene.lanes.xOf(from, message.fromUnit);
  const x2 = to === undefined ? 0 : scene.lanes.xOf(to, message.unit);
  const side = x2 < x1 ? -1 : 1;
  return { start: { x: x1 + side * 5, y: scene.y(message.sentAt) }, endX: x2 - side * 5 };
}

/** The part of a line inside the window, at constant speed. */
function cut(scene: Scene, from: Point, to: Point, fromAt: number, toAt: number): { from: Point; to: Point } {
  const { window } = scene;
  const xAt = (at: number): number => from.x + ((at - fromAt) / Math.max(1, toAt - fromAt)) * (to.x - from.x);
  return {
    from: fromAt < window.from ? { x: xAt(window.from), y: scene.y(window.from) } : from,
    to: toAt > window.to ? { x: xAt(window.to), y: scene.y(window.to) } : to,
  };
}

/** A line, and a wide invisible one under it as the target of the pointer. */
function stroke(name: string, from: Point, to: Point): string {
  const d = `M${pixels(from.x)} ${pixels(from.y)}L${pixels(to.x)} ${pixels(to.y)}`;
  return element('path', { class: 'hit', d }) + element('path', { class: name, d });
}

/** Two short bars: the pause sign. */
function bars({ x, y }: Point): string {
  const d = `M${pixels(x - 2)} ${pixels(y - 4)}V${pixels(y + 4)}M${pixels(x + 2)} ${pixels(y - 4)}V${pixels(y + 4)}`;
  return element('path', { class: 'x', d });
}

/** A label beside the sender or the receiver: the whole message if it is short, or else its kind. */
function drawLabel(scene: Scene, message: Message): string {
  const { start, endX } = endsOf(scene, message);
  const at = message.arrivals[0]?.at;
  const name = classOf(message.kind);
  if (message.sentAt < scene.window.from) return '';
  if (message.fate === 'waits' || at === undefined || at > scene.window.to) {
    const side = endX < start.x ? -1 : 1;
    const x = start.x + side * (widthOf(message.kind, SIZE) / 2 + 10);
    return labelAt(scene, { x, y: start.y - 1 }, 0, message.kind, name);
  }
  const [dx, dy] = [endX - start.x, scene.y(at) - start.y];
  const gap = scene.lanes.spacing - 34;
  const texts = [message.text, shortOf(message), message.kind].filter((text) => widthOf(text, SIZE) <= gap);
  const half = Math.min(scene.lanes.spacing / 2, Math.abs(dx) / 2) / Math.max(1, Math.abs(dx));
  for (const share of [half, 1 - half]) {
    const point = { x: start.x + dx * share, y: start.y + dy * share };
    for (const text of texts) {
      const label = labelAt(scene, point, dx === 0 ? 0 : dy / dx, text, name);
      if (label !== '') return label;
    }
  }
  return '';
}

const SIZE = 10;

/** Text along its line, if there is room. */
function labelAt(scene: Scene, point: Point, slope: number, text: string, name: string): string {
  const width = widthOf(text, SIZE);
  const length = Math.sqrt(1 + slope * slope);
  const [cos, sin] = [1 / length, slope / length];
  // The boxes of a slanted text: a row of small ones along its line.
  const parts = Math.max(1, Math.ceil(width / 14));
  const boxes = Array.from({ length: parts }, (_, place) => {
    const along = ((place + 0.5) / parts - 0.5) * width;
    const side = width / parts;
    return { x: point.x + along * cos - side / 2, y: point.y + along * sin - 10, width: side, height: 9.5 };
  });
  if (text === '' || !scene.room.take(...boxes)) return '';
  const matrix = [cos, sin, -sin, cos].map((value) => String(Math.round(value * 1_000) / 1_000)).join(' ');
  const transform = `matrix(${matrix} ${pixels(point.x)} ${pixels(point.y)})`;
  return element('text', { class: `tiny mid over ${name}`, transform, y: -2.5 }, escapeXml(text));
}
