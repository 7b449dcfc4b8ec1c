/*
 * Colours for light and dark ground. Epochs have those of Okabe and Ito (2008), which are safe for all kinds of colour
 * vision. Roles differ in width and pattern and outcomes in their sign, so colour alone carries no meaning.
 */

/** A colour on light ground and on dark ground. */
type Pair = readonly [light: string, dark: string];

/** In the order in which the epochs of a group begin, repeated after the last. */
const EPOCHS: readonly Pair[] = [
  ['#0072b2', '#56b4e9'],
  ['#d55e00', '#e69f00'],
  ['#009e73', '#2fd0a0'],
  ['#b0568f', '#dd94bf'],
  ['#8a7a00', '#f0e442'],
  ['#2c9cc9', '#8fd3ff'],
];

const INK: Pair = ['#1c2530', '#e8edf2'];
const SOFT: Pair = ['#5c6773', '#9aa7b4'];
const FAINT: Pair = ['#d5dbe1', '#323c47'];
const PAPER: Pair = ['#ffffff', '#12181f'];
const ALARM: Pair = ['#c1121f', '#ff6b6b'];
const GOOD: Pair = ['#0b6e4f', '#4fd1a1'];
const WARN: Pair = ['#9a5b00', '#f2b04c'];
const ELECTION: Pair = ['#86247a', '#e58fdc'];
const LOG: Pair = ['#3c5a85', '#93b5e1'];

/**
 * The colour class of each epoch of a group, such as `e0`; `e` before the first election. Groups start at different
 * colours, so that two of them differ at first.
 */
export function epochClasses(epochs: readonly string[], group: number, groups: number): ReadonlyMap<string, string> {
  const named = [...new Set(epochs)].filter((epoch) => epoch !== 'none');
  const classOf = (place: number): string => `e${(group + place * groups) % EPOCHS.length}`;
  return new Map([['none', 'e'], ...named.map((epoch, place): [string, string] => [epoch, classOf(place)])]);
}

/** Rules without colour. */
const SHAPES = [
  'text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;font-size:10px}',
  '.h1{font-size:19px;font-weight:650}.h2{font-size:11.5px}.name{font-size:13px;font-weight:650;text-anchor:middle}',
  '.unit{font-size:8.5px;text-anchor:middle}.tick{font-size:9.5px;text-anchor:end;font-variant-numeric:tabular-nums}',
  '.idle{font-size:9.5px;text-anchor:middle;font-style:italic}.tiny{font-size:8.5px}.mid{text-anchor:middle}.strong{font-weight:650}',
  '.over{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}',
  '.r{fill:none}.primary{stroke-width:9}.candidate{stroke-width:7;stroke-dasharray:2 2}.secondary{stroke-width:4}.witness{stroke-width:1.8}.learner{stroke-width:4;stroke-dasharray:1 3}',
  '.m{fill:none;stroke-width:1.15}.m.routine{stroke-width:.7}.m.lost{stroke-dasharray:4 2.5}.m.held{stroke-dasharray:1 2.5}.m.copy{stroke-width:2.4}',
  '.hit{fill:none;stroke:#000;stroke-opacity:0;stroke-width:8}g:hover .m{stroke-width:2.6}.r:hover{stroke-opacity:.7}',
  '.head{stroke-width:1.1;stroke-linejoin:round}.x{fill:none;stroke-width:1.9;stroke-linecap:round}',
  '.alive{fill:none;stroke-width:1}.fe{fill:none;stroke-width:2.5}.down{fill:none;stroke-width:1.2;stroke-dasharray:1 5;stroke-linecap:round}',
  '.grid{fill:none;stroke-width:.6}.write{fill:none;stroke-width:2}.commit{stroke-width:1}',
  '.op{stroke-width:1.3}.op.unknown,.op.way{stroke-dasharray:3 2.5}.bar{fill:none;stroke-width:3}.lead{fill:none;stroke-width:.8}',
  '.end{fill:none;stroke-width:2}.box{stroke-width:1}',
];

/** The style sheet: for light ground, and under `prefers-color-scheme: dark` for dark ground. */
export function styleSheet(): string {
  return [...SHAPES, ...tints(0), '@media (prefers-color-scheme: dark){', ...tints(1), '}'].join('\n');
}

function tints(ground: 0 | 1): readonly string[] {
  const ink = (pair: Pair): string => pair[ground];
  const fillAndLine = (name: string, pair: Pair): string =>
    `.${name}{stroke:${ink(pair)}}text.${name},.head.${name}{fill:${ink(pair)};stroke:${ink(pair)}}`;
  return [
    `.paper{fill:${ink(PAPER)}}text{fill:${ink(INK)}}.soft{fill:${ink(SOFT)}}.alarm{fill:${ink(ALARM)}}.good{fill:${ink(GOOD)}}.warn{fill:${ink(WARN)}}`,
    fillAndLine('election', ELECTION),
    fillAndLine('log', LOG),
    fillAndLine('service', GOOD),
    fillAndLine('client', INK),
    fillAndLine('routine', SOFT),
    `.head.open{fill:${ink(PAPER)}}text.over{stroke:${ink(PAPER)}}`,
    `.x,.end,.bar,.lead{stroke:${ink(ALARM)}}.x.calm,.lead{stroke:${ink(SOFT)}}.write.lost{stroke:${ink(ALARM)}}`,
    `.e{stroke:${ink(SOFT)}}${EPOCHS.map((pair, place) => `.e${place}{stroke:${ink(pair)}}text.t${place}{fill:${ink(pair)}}`).join('')}`,
    `.alive,.grid{stroke:${ink(FAINT)}}.fe{stroke:${ink(SOFT)};stroke-opacity:.55}.again{fill-opacity:.55}.down{stroke:${ink(SOFT)}}.write{stroke:${ink(SOFT)}}.commit{fill:${ink(PAPER)};stroke:${ink(INK)}}`,
    `.break{fill:${ink(FAINT)};fill-opacity:.35}.tint{fill:${ink(ALARM)};fill-opacity:.07}.pause{fill:${ink(SOFT)};fill-opacity:.28}`,
    `.op{fill:${ink(PAPER)}}.op.ok{stroke:${ink(GOOD)};fill:${ink(GOOD)};fill-opacity:.18}.op.refused{stroke:${ink(WARN)};fill:${ink(WARN)};fill-opacity:.22}`,
    `.op.unknown{stroke:${ink(ALARM)}}.op.way{stroke:${ink(SOFT)}}.start{fill:${ink(PAPER)};stroke:${ink(INK)};stroke-width:1.5}`,
    `.box{fill:${ink(ALARM)};fill-opacity:.08;stroke:${ink(ALARM)}}.rest{fill:none;stroke:${ink(GOOD)};stroke-width:1.5;stroke-dasharray:6 3}`,
  ];
}
