import Table from 'cli-table3';
import { CATALOGUE } from '../../protocol/model/mutants.ts';
import type { MutantReport } from '../../sim/mutants/mutant-report.ts';

/** The output of `sim mutants` in 80 columns: the result for each bug, and which judge found which. */
export function showMutants(reports: readonly MutantReport[], notBuilt: readonly string[]): string {
  return [table(reports), '', ...matrix(reports), ...showSums(reports, notBuilt)].join('\n');
}

/** Seeds whose plans break a rule without any bug: the judges are wrong there, or the code is. */
export function falseAlarmsOf(reports: readonly MutantReport[]): readonly string[] {
  return reports.flatMap(({ id, falseAlarms }) => falseAlarms.map((seed) => `${id} at seed ${seed}`));
}

function table(reports: readonly MutantReport[]): string {
  const shown = new Table({
    head: ['id', 'what it does', 'found', 'seeds', ''],
    colWidths: [5, 43, 7, 7, 12],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { id, name, title, fate, starts, found, medianSeeds } of reports) {
    shown.push([
      id,
      `${name}\n${title}`,
      `${found}/${starts}`,
      medianSeeds === undefined ? '–' : String(medianSeeds),
      fate,
    ]);
  }
  return shown.toString();
}

/** Of fewer bugs a line each says it. */
const FROM_BUGS = 5;

function judgesOf({ id, judges }: MutantReport): string {
  return `${id}  found by ${judges.map(({ judge, times }) => `${judge} (${times})`).join(', ')}`;
}

/** How often each judge was the first to find each bug. Judges are letters, so that the matrix fits. */
function matrix(reports: readonly MutantReport[]): readonly string[] {
  const found = reports.filter(({ judges }) => judges.length > 0);
  const names = [...new Set(found.flatMap(({ judges }) => judges.map(({ judge }) => judge)))].sort();
  if (names.length === 0) return [];
  if (found.length < FROM_BUGS) return [...found.map(judgesOf), ''];
  return [
    row(
      '   ',
      names.map((_, place) => letterOf(place)),
    ),
    ...found.map(({ id, judges }) =>
      row(
        id,
        names.map((name) => String(judges.find(({ judge }) => judge === name)?.times ?? '·')),
      ),
    ),
    '',
    ...inColumns(names.map((name, place) => `${letterOf(place)}  ${name}`)),
    '',
  ];
}

function row(id: string, cells: readonly string[]): string {
  return `${id}  ${cells.map((cell) => cell.padStart(3)).join('')}`.trimEnd();
}

function letterOf(place: number): string {
  return String.fromCodePoint(97 + place);
}

function inColumns(items: readonly string[]): readonly string[] {
  const rows = Math.ceil(items.length / 3);
  return Array.from({ length: rows }, (_, place) =>
    [0, 1, 2]
      .map((column) => (items[column * rows + place] ?? '').padEnd(26))
      .join('')
      .trimEnd(),
  );
}

function showSums(reports: readonly MutantReport[], notBuilt: readonly string[]): readonly string[] {
  const sum = (what: MutantReport['fate'], label: string): string => {
    const ids = reports.filter(({ fate }) => fate === what).map(({ id }) => id);
    return `${label} ${ids.length}${ids.length === 0 || what === 'killed' || what === 'left alone' ? '' : `: ${ids.join(', ')}`}`;
  };
  const alarms = falseAlarmsOf(reports);
  return [
    sum('killed', 'killed'),
    sum('survived', 'survived'),
    `not built yet ${notBuilt.length}${notBuilt.length === 0 ? '' : `: ${notBuilt.map(titled).join('; ')}`}`,
    sum('left alone', 'harmless and left alone'),
    sum('reported', 'harmless and reported'),
    `false alarms ${alarms.length}${alarms.length === 0 ? '' : `: ${alarms.join(', ')}`}`,
  ];
}

function titled(name: string): string {
  const known = Object.entries(CATALOGUE).find(([other]) => other === name)?.[1];
  return known === undefined ? name : `${known.alias} ${known.title}`;
}
