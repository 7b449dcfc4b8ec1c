import { classOf, shortOf } from '../../sim/diagram/messages.ts';
import { type Box, clearPlace } from './clear-place.ts';
import { type Flight, flightAt } from './flight.ts';
import type { InkName } from './ink.ts';
import type { Scene } from './scene.ts';
import { drawBars, drawCross, drawSign, FONT, haloText, line, type Point } from './shapes.ts';
import { borderPoint, type Card, type StageLayout } from './stage-layout.ts';

/** Inks of the classes of messages. */
export const CLASS_INKS = {
  election: 'election',
  log: 'log',
  service: 'ink',
  client: 'ink',
  routine: 'soft',
} as const satisfies Readonly<Record<string, InkName>>;

interface Placed {
  readonly flight: Flight;
  readonly at: Point;
  readonly start: Point;
  readonly end: Point;
  readonly isMain: boolean;
}

/** Messages on their way: on a phone only the one in question has a label. */
export function drawFlights(context: CanvasRenderingContext2D, scene: Scene, layout: StageLayout): void {
  const placed = placedFlights(scene, layout);
  for (const one of placed) drawFlight(context, scene, one);
  const taken: Box[] = [...layout.cards, ...layout.cards.flatMap(belowClient)];
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { flight, start, end, isMain } of placed.toSorted((a, b) => Number(b.isMain) - Number(a.isMain))) {
    const kind = classOf(flight.message.kind);
    if ((kind === 'routine' && !isMain) || (layout.isSmall && !isMain)) continue;
    context.font = `${isMain ? 700 : 500} 11.5px ${FONT}`;
    const text = shortOf(flight.message);
    const size = { width: context.measureText(text).width + 4, height: 13 };
    // Above the message or below it, or somewhere else along its way: clear of cards and of other labels.
    const places = [flight.share, 0.5, 0.35, 0.65, 0.2, 0.8].flatMap((share) => {
      const [x, y] = [start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share];
      return [
        { x, y: y - 15 },
        { x, y: y + 16 },
      ];
    });
    const spot =
      clearPlace(size, places, taken) ?? (isMain ? { ...size, x: places[0]?.x ?? 0, y: places[0]?.y ?? 0 } : undefined);
    if (spot === undefined) continue;
    taken.push(spot);
    haloText(context, text, spot, scene.ink(CLASS_INKS[kind]), scene.ink('paper'));
  }
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
}

/** Where a client's card has what it asks for. */
function belowClient({ kind, x, y, width, height }: Card): readonly Box[] {
  const room = { width: 130, height: 14 };
  return kind === 'client' ? [{ x: x + (room.width - width) / 2, y: y + height / 2 + 11, ...room }] : [];
}

/** Where every message on its way is. Several that are held on one link are one. */
export function placedFlights(scene: Scene, layout: StageLayout): readonly Placed[] {
  const { run, at, message, isCalm } = scene;
  const held = new Set<string>();
  return run.flights.between(at, at).flatMap((candidate) =>
    flightAt(candidate, at, isCalm).flatMap((flight): readonly Placed[] => {
      const [from, to] = [layout.card(candidate.from), layout.card(candidate.to)];
      if (from === undefined || to === undefined) return [];
      const isMain = candidate.id === message?.id;
      if (flight.fate === 'held') {
        const key = `${candidate.from} ${candidate.to}`;
        if (held.has(key) && !isMain) return [];
        held.add(key);
      }
      const [start, end] = [borderPoint(from, to), borderPoint(to, from)];
      const point = {
        x: start.x + (end.x - start.x) * flight.share,
        y: start.y + (end.y - start.y) * flight.share,
      };
      return [{ flight, at: point, start, end, isMain }];
    }),
  );
}

function drawFlight(context: CanvasRenderingContext2D, scene: Scene, { flight, at, start, end, isMain }: Placed): void {
  const { ink } = scene;
  const kind = classOf(flight.message.kind);
  const colour = ink(CLASS_INKS[kind]);
  if (isMain) {
    context.beginPath();
    context.arc(at.x, at.y, 15, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.globalAlpha = 0.16;
    context.fill();
    context.globalAlpha = 1;
  }
  const isLost = flight.fate === 'lost';
  context.globalAlpha = kind === 'routine' && !isMain && !isLost ? 0.45 : 1;
  if (kind !== 'routine' || isMain || isLost) {
    context.strokeStyle = colour;
    context.lineWidth = isMain ? 2.4 : 1.6;
    context.setLineDash(isLost ? [4, 3] : flight.fate === 'held' ? [2, 3] : []);
    line(context, start, at);
    context.setLineDash([]);
  }
  const angle = Math.atan2(end.y - start.y, end.x - start.x);
  drawSign(context, kind, at, angle, {
    colour,
    paper: ink('paper'),
    size: kind === 'routine' ? (isMain ? 8 : 6) : isMain ? 9 : 7,
    isHollow: isLost || flight.fate === 'not taken',
  });
  if (isLost) drawCross(context, { x: at.x + 11, y: at.y - 8 }, 4, ink('alarm'));
  if (flight.fate === 'held') drawBars(context, { x: at.x + 12, y: at.y }, 4.5, ink('alarm'));
  context.globalAlpha = 1;
}
