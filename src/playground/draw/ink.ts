import { EPOCH_COLOURS, PALETTE, type Pair } from '../../drawing/palette.ts';

/** The colours of one scheme, by name: those of the palette, and `e0` to `e5` of epochs. */
export interface Ink {
  readonly isDark: boolean;
  (name: InkName): string;
}

export type InkName = keyof typeof PALETTE | 'e' | `e${number}`;

const NAMED: Readonly<Record<string, Pair>> = {
  ...PALETTE,
  e: PALETTE.soft,
  ...Object.fromEntries(EPOCH_COLOURS.map((pair, place) => [`e${place}`, pair])),
};

/** With forced colours shapes carry everything, and these four the rest. */
const FORCED: Readonly<Record<string, string>> = {
  paper: 'Canvas',
  panel: 'Canvas',
  faint: 'GrayText',
  focus: 'Highlight',
};

export function inkOf(isDark: boolean, isForced: boolean): Ink {
  const colour = (name: InkName): string => {
    if (isForced) return FORCED[name] ?? 'CanvasText';
    return NAMED[name]?.[isDark ? 1 : 0] ?? PALETTE.ink[isDark ? 1 : 0];
  };
  return Object.assign(colour, { isDark });
}

/** The palette as custom properties of the page, so that style sheet and canvas have one table. */
export function asProperties(isDark: boolean): string {
  return Object.entries(NAMED)
    .map(([name, pair]) => `--${name}:${pair[isDark ? 1 : 0]};`)
    .join('');
}
