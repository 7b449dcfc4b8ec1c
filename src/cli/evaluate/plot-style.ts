/*
 * Colours of plots, for light ground and for dark. Lines have those of Okabe and Ito (2008), which people with any kind
 * of colour vision can distinguish. They differ in their marks and dashes too, so nothing depends on colour alone.
 */

/** The use of a line or a mark: `a` and `b` are compared, `c` stands alone. */
export type Ink = 'a' | 'b' | 'c';

const LIGHT = {
  paper: '#ffffff',
  ink: '#1c2530',
  soft: '#5c6773',
  faint: '#dfe4e9',
  a: '#0072b2',
  b: '#d55e00',
  c: '#009e73',
  alarm: '#c1121f',
};

const DARK: typeof LIGHT = {
  paper: '#12181f',
  ink: '#e8edf2',
  soft: '#9aa7b4',
  faint: '#2b343e',
  a: '#56b4e9',
  b: '#e69f00',
  c: '#2fd0a0',
  alarm: '#ff6b6b',
};

/** The style sheet of a plot. */
export function plotStyle(): string {
  return [
    'text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;font-size:11px}',
    '.h1{font-size:19px;font-weight:650}.h2{font-size:12px}.name{font-size:13px;font-weight:650}',
    '.mid{text-anchor:middle}.right{text-anchor:end}.tick{font-variant-numeric:tabular-nums}',
    '.grid{fill:none;stroke-width:1}.line{fill:none;stroke-width:2;stroke-linejoin:round}.dash{stroke-dasharray:5 4}',
    '.thin{stroke-width:1.2}.dot{stroke-width:1.5}.bar{stroke:none}.event{fill:none;stroke-width:1.2;stroke-dasharray:3 3}',
    colours(LIGHT),
    `@media (prefers-color-scheme: dark){${colours(DARK)}}`,
  ].join('\n');
}

function colours(set: typeof LIGHT): string {
  const inks = (['a', 'b', 'c'] as const).map(
    (ink) =>
      `.line.${ink}{stroke:${set[ink]}}.dot.${ink}{stroke:${set[ink]};fill:${set[ink]}}.dot.open.${ink}{fill:${set.paper}}.bar.${ink}{fill:${set[ink]}}`,
  );
  return [
    `.paper{fill:${set.paper}}text{fill:${set.ink}}.soft{fill:${set.soft}}.grid{stroke:${set.faint}}.axis{stroke:${set.soft}}`,
    `.event{stroke:${set.alarm}}text.alarm{fill:${set.alarm}}`,
    ...inks,
  ].join('');
}
