import { EPOCH_COLOURS, type Pair, PALETTE } from '../../drawing/palette.ts';
import type { Recording } from '../recording/recording.ts';

/**
 * The colour class of each epoch, by group. Epochs have colours by the order of their first promise in the whole run, so
 * that no window changes them.
 */
export function coloursOf(recording: Recording): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const roles = recording.events.filter((event) => event.type === 'role');
  return new Map(
    recording.groups.map((group, place) => {
      const reigns = roles.filter((role) => role.group === group && role.role === 'primary');
      return [
        group,
        epochClasses(
          reigns.map(({ epoch }) => epoch),
          place,
          recording.groups.length,
        ),
      ];
    }),
  );
}

/**
 * The colour class of each epoch of a group, such as `e0`; `e` before the first election. Groups start at different
 * colours, so that two of them differ at first.
 */
export function epochClasses(epochs: readonly string[], group: number, groups: number): ReadonlyMap<string, string> {
  const named = [...new Set(epochs)].filter((epoch) => epoch !== 'none');
  const classOf = (place: number): string => `e${(group + place * groups) % EPOCH_COLOURS.length}`;
  return new Map([['none', 'e'], ...named.map((epoch, place): [string, string] => [epoch, classOf(place)])]);
}

/** Rules without colour. */
const SHAPES = [
  'text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;font-size:10px}',
  '.h1{font-size:19px;font-weight:650}.h2{font-size:11.5px}.name{font-size:13px;font-weight:650;text-anchor:middle}',
  '.unit{font-size:10px;text-anchor:middle}.tick{font-size:10px;text-anchor:end;font-variant-numeric:tabular-nums}',
  '.idle{font-size:10px;text-anchor:middle;font-style:italic}.tiny{font-size:10px}.mid{text-anchor:middle}.strong{font-weight:650}',
  '.over{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}',
  '.r{fill:none}.primary{stroke-width:9}.candidate{stroke-width:7;stroke-dasharray:2 2}.secondary{stroke-width:4}.witness{stroke-width:1.8}.learner{stroke-width:4;stroke-dasharray:1 3}',
  '.m{fill:none;stroke-width:1.15}.m.routine{stroke-width:.7}.m.lost{stroke-dasharray:4 2.5}.m.held{stroke-dasharray:1 2.5}.m.copy{stroke-width:2.4}',
  '.hit{fill:none;stroke:#000;stroke-opacity:0;stroke-width:8}g:hover .m{stroke-width:2.6}.r:hover{stroke-opacity:.7}',
  '.head{stroke-width:1.1;stroke-linejoin:round}.x{fill:none;stroke-width:1.9;stroke-linecap:round}',
  '.alive{fill:none;stroke-width:1}.fe{fill:none;stroke-width:2.5}.down{fill:none;stroke-width:1.2;stroke-dasharray:1 5;stroke-linecap:round}',
  '.grid{fill:none;stroke-width:.6}.write{fill:none;stroke-width:2}.commit{stroke-width:1}',
  '.op{stroke-width:1.3}.bar{fill:none;stroke-width:3}.lead{fill:none;stroke-width:.8}',
  '.end{fill:none;stroke-width:2}.box{stroke-width:1}',
  '.density{fill:none;stroke-width:2}.struck{fill:none;stroke-width:2}.frame{fill:none;stroke-width:1.5}',
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
    `.paper{fill:${ink(PALETTE.paper)}}text{fill:${ink(PALETTE.ink)}}.soft{fill:${ink(PALETTE.soft)}}.alarm{fill:${ink(PALETTE.alarm)}}.good{fill:${ink(PALETTE.good)}}.warn{fill:${ink(PALETTE.warn)}}`,
    fillAndLine('election', PALETTE.election),
    fillAndLine('log', PALETTE.log),
    fillAndLine('service', PALETTE.ink),
    fillAndLine('client', PALETTE.ink),
    fillAndLine('routine', PALETTE.soft),
    `.head.open{fill:${ink(PALETTE.paper)}}text.over{stroke:${ink(PALETTE.paper)}}`,
    `.density{stroke:${ink(PALETTE.soft)}}.struck{stroke:${ink(PALETTE.alarm)}}.frame{stroke:${ink(PALETTE.ink)}}`,
    `.x,.end,.bar,.lead{stroke:${ink(PALETTE.alarm)}}.x.calm,.lead{stroke:${ink(PALETTE.soft)}}.write.lost{stroke:${ink(PALETTE.alarm)}}`,
    `.e{stroke:${ink(PALETTE.soft)}}${EPOCH_COLOURS.map((pair, place) => `.e${place}{stroke:${ink(pair)}}text.t${place}{fill:${ink(pair)}}`).join('')}`,
    `.alive,.grid{stroke:${ink(PALETTE.faint)}}.fe{stroke:${ink(PALETTE.soft)};stroke-opacity:.55}.again{fill-opacity:.55}.down{stroke:${ink(PALETTE.soft)}}.write{stroke:${ink(PALETTE.soft)}}.commit{fill:${ink(PALETTE.paper)};stroke:${ink(PALETTE.ink)}}`,
    `.break{fill:${ink(PALETTE.faint)};fill-opacity:.35}.tint{fill:${ink(PALETTE.alarm)};fill-opacity:.07}.pause{fill:${ink(PALETTE.soft)};fill-opacity:.28}`,
    `.op{fill:${ink(PALETTE.paper)}}.op.ok{stroke:${ink(PALETTE.good)};fill:${ink(PALETTE.good)};fill-opacity:.18}.op.refused{stroke:${ink(PALETTE.warn)};fill:${ink(PALETTE.warn)};fill-opacity:.22}`,
    `.op.unknown{stroke:${ink(PALETTE.alarm)}}.op.way{stroke:${ink(PALETTE.soft)}}.start{fill:${ink(PALETTE.paper)};stroke:${ink(PALETTE.ink)};stroke-width:1.5}`,
    `.box{fill:${ink(PALETTE.alarm)};fill-opacity:.08;stroke:${ink(PALETTE.alarm)}}.rest{fill:none;stroke:${ink(PALETTE.good)};stroke-width:1.5;stroke-dasharray:6 3}`,
  ];
}
