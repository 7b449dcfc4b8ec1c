import { kindOf } from '../../protocol/model/contain.ts';
import type { GroupChecked } from './check-group.ts';
import type { Compared } from './lines.ts';

/** A checked group in lines for people. */
export function showGroup(checked: GroupChecked): readonly string[] {
  const { group, version, entries, needs, lacks, unreadable, migration, raised, same, problems } = checked;
  const isRaised = version.newest > version.active;
  const log =
    entries.to < entries.from ? `no entries behind ${entries.to}` : `entries ${entries.from} to ${entries.to}`;
  return [
    `${group}: ${log}, version ${version.active}; the new file has version ${version.newest}`,
    row(
      'needs',
      `version${needs.length === 1 ? '' : 's'} ${needs.join(', ')}${lacks.length === 0 ? '' : ` (lacks ${lacks.join(', ')})`}`,
    ),
    ...(migration === undefined ? [] : [row('migration', migrationSaid(migration.type, entries.to))]),
    ...(raised === undefined ? [] : showCompared(`version ${version.newest}`, raised, unreadable?.count ?? 0)),
    ...(same === undefined ? [] : showCompared('same version', same, 0)),
    ...(unreadable === undefined
      ? []
      : [
          row(
            'unreadable',
            `${unreadable.count} of the log’s commands, the first at entry ${unreadable.index}: ${unreadable.type}: ${unreadable.reason}`,
          ),
        ]),
    ...(same === undefined && !isRaised && lacks.length === 0
      ? [row('not compared', 'the version is not raised; name the file that runs now by --with')]
      : []),
    ...problems.map((problem) => row('PROBLEM', problem)),
  ];
}

function migrationSaid(type: NonNullable<GroupChecked['migration']>['type'], entry: number): string {
  if (type === 'none') return 'none: the state stays as it is';
  return type === 'works' ? `works on the state behind entry ${entry}` : 'fails';
}

/** `leftOut`: commands that the new code cannot read, of which nothing was compared. */
function showCompared(name: string, { parting, applied, states }: Compared, leftOut: number): readonly string[] {
  if (parting === undefined) {
    const checked = states === applied ? '' : ` (${states} states compared)`;
    if (leftOut > 0)
      return [row(name, `the same in ${applied} entries${checked}, without ${leftOut} that it cannot read`)];
    return [row(name, `the same outcomes and states in ${applied} entries${checked}`)];
  }
  const { index, time, command, in: where, path, old, new: now, why } = parting;
  const place = path === '' ? where : `${where}.${path}`;
  return [
    row(name, `parts at entry ${index}, ${kindOf(command)}, of ${time}`),
    row('', `command  ${cut(JSON.stringify(command))}`),
    row('', `${place}  was ${old}, becomes ${now}${why === undefined ? '' : `: ${cut(why)}`}`),
  ];
}

const NAME_WIDTH = 13;
const SHOWN = 120;

function row(name: string, text: string): string {
  return `  ${name.padEnd(NAME_WIDTH)} ${text}`;
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
