import { line, widthOf } from '../../drawing/text.ts';
import { element, pixels } from '../../drawing/xml.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { MessageClass } from './messages.ts';
import type { Scene } from './scene.ts';
import { boxOf, drawHead } from './signs.ts';

interface Entry {
  readonly width: number;
  draw(x: number, y: number): string;
}

const SIZE = 10;
const ROW = 19;

/** The four signs that matter most, above the drawing. */
export function drawKey(x: number, y: number): string {
  const entries = [
    swatch('primary e', 'thick: leads'),
    sign(18, 'green bar: answered', (left, top) =>
      element('rect', { ...boxOf('ok'), x: left, y: top - 9, width: 11, height: 11 }),
    ),
    sign(16, 'crashed', (left, top) =>
      element('path', { class: 'x', d: `M${pixels(left)} ${pixels(top - 8)}l8 8m0 -8l-8 8` }),
    ),
    arrow('log lost', 'dashes: lost'),
    words('(all signs: at the end)'),
  ];
  let left = x;
  return entries
    .map((entry) => {
      const drawn = entry.draw(left, y);
      left += entry.width + 22;
      return drawn;
    })
    .join('');
}

/** The legend, in rows of at most `width` pixels from (`x`, `y`) on. */
export function drawLegend(scene: Scene, x: number, y: number, width: number): { markup: string; height: number } {
  const parts: string[] = [];
  let [left, row] = [x, y];
  const newRow = (): void => {
    [left, row] = [x, row + ROW];
  };
  for (const entries of [roleEntries(scene), messageEntries(), outcomeEntries()]) {
    if (left > x) newRow();
    for (const entry of entries) {
      if (left > x && left + entry.width > x + width) newRow();
      parts.push(entry.draw(left, row));
      left += entry.width + 16;
    }
  }
  return { markup: parts.join(''), height: row + ROW - y };
}

function roleEntries(scene: Scene): readonly Entry[] {
  const roles = ['primary', 'candidate', 'secondary', 'witness', 'learner'];
  const epochs = scene.groups.flatMap((group) => {
    const shown = new Set(scene.roles.filter((role) => role.group === group).map((role) => role.epoch));
    return [...(scene.colours.get(group) ?? [])]
      .filter(([epoch]) => shown.has(epoch) && epoch !== 'none')
      .map(([epoch, colour]) => swatch(`primary ${colour}`, `${group} ${epoch}`));
  });
  const stripes = scene.lanes.lanes.some((lane) => lane.units.length > 1)
    ? [words(`stripes of a lane: as named above it, from the left; fe: ${FRONT_END}`)]
    : [];
  return [...roles.map((role) => swatch(`${role} e`, role)), ...epochs, ...stripes];
}

function messageEntries(): readonly Entry[] {
  return [
    headed('client', 'client'),
    headed('service', 'requests, replies'),
    headed('log', 'log'),
    headed('election', 'election'),
    headed('routine', 'routine, where it changes'),
    arrow('log lost', 'lost'),
    arrow('log held', 'held'),
    words('hollow head: refused, or paused'),
  ];
}

function outcomeEntries(): readonly Entry[] {
  const outcomes = [
    ['ok', 'answered'],
    ['refused', 'refused'],
    ['unknown', 'no answer: outcome unknown'],
  ] as const;
  return [
    ...outcomes.map(([name, text]) =>
      sign(18, text, (x, y) => element('rect', { ...boxOf(name), x, y: y - 9, width: 11, height: 11 })),
    ),
    sign(16, 'committed', (x, y) => element('circle', { class: 'commit', cx: x + 5, cy: y - 3.5, r: 2.4 })),
    sign(14, 'write to disk', (x, y) =>
      element('path', { class: 'write', d: `M${pixels(x + 4)} ${pixels(y - 9)}v11` }),
    ),
    sign(24, 'paused', (x, y) => element('rect', { class: 'pause', x, y: y - 9, width: 18, height: 11, rx: 3 })),
    sign(24, 'idle, pressed together', (x, y) =>
      element('rect', { class: 'break', x, y: y - 9, width: 18, height: 11 }),
    ),
  ];
}

function sign(space: number, text: string, draw: (x: number, y: number) => string): Entry {
  return {
    width: space + widthOf(text, SIZE),
    draw: (x, y) => draw(x, y) + line(x + space, y, text, 'soft'),
  };
}

function swatch(name: string, text: string): Entry {
  return sign(16, text, (x, y) => element('path', { class: `r ${name}`, d: `M${pixels(x + 6)} ${pixels(y - 9)}v11` }));
}

function arrow(name: string, text: string): Entry {
  return sign(32, text, (x, y) => element('path', { class: `m ${name}`, d: `M${pixels(x)} ${pixels(y - 3.5)}h26` }));
}

function headed(kind: MessageClass, text: string): Entry {
  const plain = arrow(kind, text);
  return {
    width: plain.width,
    draw: (x, y) => plain.draw(x, y) + drawHead(kind, { x, y: y - 3.5 }, { x: x + 26, y: y - 3.5 }, false),
  };
}

function words(text: string): Entry {
  return { width: widthOf(text, SIZE), draw: (x, y) => line(x, y, text, 'soft') };
}
