/** A rectangle on paper, in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Which places are taken: labels may not lie on each other. */
export interface Room {
  /** Takes all boxes if every one of them is free; says whether it did. */
  take(...boxes: readonly Box[]): boolean;
}

/** Boxes are kept by the bands of this height that they touch, so that only neighbours are compared. */
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

/** About how wide a text is in a sans-serif face of that size. */
export function widthOf(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += NARROW.test(letter) ? 0.32 : WIDE.test(letter) ? 0.78 : 0.58;
  return width * size;
}

const NARROW = /[iljtfr.,:;|!'"()[\]{} /]/;
const WIDE = /[A-Zmw…—→]/;

/** `text`, or as much of it as fits, with an ellipsis. */
export function fit(text: string, size: number, width: number): string {
  if (widthOf(text, size) <= width) return text;
  let kept = '';
  for (const letter of text) {
    if (widthOf(`${kept}${letter}…`, size) > width) break;
    kept += letter;
  }
  return kept === '' ? '' : `${kept.trimEnd()}…`;
}

/** `text` in lines of at most `width` pixels, broken between words. */
export function wrap(text: string, size: number, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}
