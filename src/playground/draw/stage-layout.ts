import type { RunModel } from '../model/run-model.ts';
import type { Point } from './shapes.ts';

/** A node on the stage; `x` and `y` are its middle. */
export interface Card extends Point {
  readonly name: string;
  readonly kind: 'client' | 'front end' | 'server';
  readonly width: number;
  readonly height: number;
}

export interface StageLayout {
  readonly cards: readonly Card[];
  card(name: string): Card | undefined;
  readonly isSmall: boolean;
}

/** Clients on the left, then front ends, then servers: three as a triangle, more on an ellipse. */
export function layStage(model: RunModel, width: number, height: number): StageLayout {
  const { servers, frontEnds, groups } = model.recording;
  // Two cards are above each other.
  const isSmall = width < 560 || height < 2 * (28 + 28 * groups.length) + 24;
  const cards: Card[] = [];
  const clients = model.clients.slice(0, 6);
  for (const [place, name] of clients.entries()) {
    const y = (height * (place + 1)) / (clients.length + 1);
    cards.push({ name, kind: 'client', x: width * 0.07 + (isSmall ? 4 : 10), y, width: isSmall ? 32 : 44, height: 26 });
  }
  for (const [place, name] of frontEnds.entries()) {
    const y = (height * (place + 1)) / (frontEnds.length + 1);
    cards.push({
      name,
      kind: 'front end',
      x: width * 0.27,
      y,
      width: isSmall ? 54 : 78,
      height: isSmall ? Math.min(38, height / (frontEnds.length + 1)) : 46,
    });
  }
  const many = servers.length > 3;
  const size = isSmall
    ? { width: many ? 84 : 104, height: 22 + 18 * groups.length }
    : { width: many ? 150 : 190, height: 28 + 28 * groups.length };
  for (const [place, name] of servers.entries()) {
    const at = serverAt(place, servers.length);
    const reach = { x: width * (isSmall ? 0.36 : 0.34), y: height - size.height - 12 };
    const x = width * (isSmall ? 0.49 : 0.5) + at.x * reach.x + (isSmall ? size.width * 0.12 : 0);
    const y = size.height / 2 + 6 + at.y * reach.y;
    cards.push({ name, kind: 'server', x: Math.min(x, width - size.width / 2 - 6), y, ...size });
  }
  const byName = new Map(cards.map((card) => [card.name, card]));
  return { cards, card: (name) => byName.get(name), isSmall };
}

/** Within the unit square of the servers. */
function serverAt(place: number, count: number): Point {
  if (count === 1) return { x: 0.6, y: 0.5 };
  if (count === 2) return { x: 0.6, y: place };
  if (count === 3)
    return (
      [
        { x: 0.12, y: 0.5 },
        { x: 1, y: 0 },
        { x: 1, y: 1 },
      ][place] ?? { x: 0.5, y: 0.5 }
    );
  const angle = Math.PI + (2 * Math.PI * place) / count;
  return { x: 0.6 + 0.45 * Math.cos(angle), y: 0.5 + 0.5 * Math.sin(angle) };
}

/** Where the line from the middle of `card` to `to` leaves it. */
export function borderPoint(card: Card, to: Point): Point {
  const [dx, dy] = [to.x - card.x, to.y - card.y];
  const reach = Math.min(
    card.width / 2 / Math.max(1e-6, Math.abs(dx)),
    card.height / 2 / Math.max(1e-6, Math.abs(dy)),
    1,
  );
  return { x: card.x + dx * reach, y: card.y + dy * reach };
}

/** The node at that point; the nearest within a few pixels of its border. */
export function cardAt({ cards }: StageLayout, { x, y }: Point): Card | undefined {
  return cards.find(
    (card) => Math.abs(x - card.x) <= card.width / 2 + 6 && Math.abs(y - card.y) <= card.height / 2 + 6,
  );
}
