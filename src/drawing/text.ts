import { element, escapeXml } from './xml.ts';

/** A line of plain text. `name`: its classes. */
export function line(x: number, y: number, text: string, name: string): string {
  return element('text', { class: name, x, y }, escapeXml(text));
}

/** The approximate width of a text in a sans-serif face of that size. */
export function widthOf(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += NARROW.test(letter) ? 0.32 : WIDE.test(letter) ? 0.78 : 0.58;
  return width * size;
}

const NARROW = /[iljtfr.,:;|!'"()[\]{} /]/;
const WIDE = /[A-Zmw…—→]/;

/** `text`, or its beginning with an ellipsis, within `width` pixels. */
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
  let current = '';
  for (const word of text.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && widthOf(longer, size) > width) {
      lines.push(current);
      current = word;
    } else current = longer;
  }
  return current === '' ? lines : [...lines, current];
}
