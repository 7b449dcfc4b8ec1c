import { type Layer, LAYERS } from './table.ts';

const BEGIN = '<!-- layers:begin -->';
const END = '<!-- layers:end -->';

/** The layers as Markdown: a drawing of the floors, the highest first, and a table of their contents and imports. */
function picture(): string {
  const rows = LAYERS.toReversed().map((layer) => `| \`${layer.name}\` | ${layer.holds} | ${importsOf(layer)} |`);
  const table = ['| layer | what it holds | imports |', '| --- | --- | --- |', ...rows];
  return [BEGIN, '', '```', ...drawing(), '```', '', ...table, '', END].join('\n');
}

/** `text`, with the present picture between its two marks. */
export function withPicture(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new RangeError(`a page needs the marks ${BEGIN} and ${END}`);
  return text.slice(0, begin) + picture() + text.slice(end + END.length);
}

/** A line for each floor. A layer stands one floor above the highest that it imports; `*` marks the pure ones. */
function drawing(): readonly string[] {
  const floors: string[][] = [];
  const floorOf = new Map<string, number>();
  for (const { name, imports, types = [], isPure } of LAYERS) {
    const floor = Math.max(-1, ...[...imports, ...types].map((below) => floorOf.get(below) ?? -1)) + 1;
    floorOf.set(name, floor);
    (floors[floor] ??= []).push(isPure === true ? `${name}*` : name);
  }
  const lines = floors.map((names) => `  ${names.join('   ')}`).toReversed();
  return [...lines, '', '* pure: the same code in the simulator and in live processes'];
}

function importsOf({ name, imports, types = [] }: Layer): string {
  if (imports.length + types.length === LAYERS.length - 1) return 'all others';
  const all = [...imports, ...types.map((layer) => `${layer} (types)`)];
  return all.length === 0 ? `no other layer` : all.filter((layer) => layer !== name).join(', ');
}
