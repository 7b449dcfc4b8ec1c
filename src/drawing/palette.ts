/*
 * The colours of all drawings, for light and for dark ground. The hues of epochs are those of Okabe and Ito (2008), safe
 * for all kinds of colour vision, and dark enough on light ground to be text: every colour but `faint` has a contrast of
 * at least 4.5 (WCAG 2) with the paper and with the panel. No drawing tells anything by colour alone.
 */

/** A colour on light ground and on dark ground. */
export type Pair = readonly [light: string, dark: string];

export const PALETTE = {
  paper: ['#ffffff', '#12181f'],
  panel: ['#f5f7f9', '#1a222b'],
  ink: ['#1c2530', '#e8edf2'],
  soft: ['#56616d', '#a3afbb'],
  /** Of rules and grounds; never of text. */
  faint: ['#d5dbe1', '#36424e'],
  alarm: ['#c1121f', '#ff7b7b'],
  good: ['#0b6e4f', '#4fd1a1'],
  warn: ['#8f5400', '#f2b04c'],
  election: ['#86247a', '#e58fdc'],
  log: ['#3c5a85', '#93b5e1'],
  focus: ['#0b57d0', '#8ab4ff'],
} as const satisfies Readonly<Record<string, Pair>>;

/** Of the epochs of a group, in the order in which they begin; repeated after the last. */
export const EPOCH_COLOURS: readonly Pair[] = [
  ['#0072b2', '#56b4e9'],
  ['#b84a00', '#e69f00'],
  ['#00795a', '#2fd0a0'],
  ['#a0457e', '#dd94bf'],
  ['#6f6200', '#f0e442'],
  ['#1b7596', '#8fd3ff'],
];
