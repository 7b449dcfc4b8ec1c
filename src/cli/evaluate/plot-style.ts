import { EPOCH_COLOURS, PALETTE } from '../../drawing/palette.ts';

/*
 * Plots have the colours of all drawings. Lines differ in their marks and dashes too, so nothing depends on colour alone.
 */

/** The use of a line or a mark: `a` and `b` are compared, `c` stands alone. */
export type Ink = 'a' | 'b' | 'c';

/** The colours on light ground, or on dark ground. */
function coloursOn(ground: 0 | 1): Readonly<Record<Ink | 'paper' | 'ink' | 'soft' | 'faint' | 'alarm', string>> {
  const { paper, ink, soft, faint, alarm } = PALETTE;
  const [a, b, c] = EPOCH_COLOURS.map((pair) => pair[ground]);
  return {
    paper: paper[ground],
    ink: ink[ground],
    soft: soft[ground],
    faint: faint[ground],
    alarm: alarm[ground],
    a: a ?? ink[ground],
    b: b ?? ink[ground],
    c: c ?? ink[ground],
  };
}

/** The style sheet of a plot. */
export function plotStyle(): string {
  return [
    'text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;font-size:11px}',
    '.h1{font-size:19px;font-weight:650}.h2{font-size:12px}.name{font-size:13px;font-weight:650}',
    '.mid{text-anchor:middle}.right{text-anchor:end}.tick{font-variant-numeric:tabular-nums}',
    '.grid{fill:none;stroke-width:1}.line{fill:none;stroke-width:2;stroke-linejoin:round}.dash{stroke-dasharray:5 4}',
    '.thin{stroke-width:1.2}.dot{stroke-width:1.5}.bar{stroke:none}.event{fill:none;stroke-width:1.2;stroke-dasharray:3 3}',
    colours(coloursOn(0)),
    `@media (prefers-color-scheme: dark){${colours(coloursOn(1))}}`,
  ].join('\n');
}

function colours(set: ReturnType<typeof coloursOn>): string {
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
