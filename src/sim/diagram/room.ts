/** A rectangle, in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The occupied boxes of a drawing: labels do not overlap. */
export interface Room {
  /** Occupies all boxes if every one of them is free; returns whether it did. */
  take(...boxes: readonly Box[]): boolean;
}

/** Height of a band, in pixels. Boxes are kept by the bands that they touch, so that only neighbours are compared. */
const BAND = 64;

export function createRoom(): Room {
  const bands = new Map<number, Box[]>();
  const bandsOf = ({ y, height }: Box): readonly number[] => {
    const first = Math.floor(y / BAND);
    return Array.from({ length: Math.floor((y + height) / BAND) - first + 1 }, (_, place) => first + place);
  };
  const isFree = (box: Box): boolean =>
    bandsOf(box).every((band) => !(bands.get(band) ?? []).some((other) => overlap(box, other)));
  return {
    take(...boxes) {
      if (!boxes.every(isFree)) return false;
      for (const box of boxes) {
        for (const band of bandsOf(box)) {
          const known = bands.get(band);
          if (known === undefined) bands.set(band, [box]);
          else known.push(box);
        }
      }
      return true;
    },
  };
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
