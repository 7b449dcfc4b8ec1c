import { printable, printableLines } from '../protocol/model/printable.ts';

/** A line of the JSON log. */
interface Line {
  readonly [field: string]: unknown;
}

/** Fields with a place of their own, or of no use on a screen. `note` is the old name of `event`. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'node', 'unit', 'note', 'msg', 'err', 'isAloud']);

/**
 * A JSON line of the log as a line for people, its fields before its sentence: `13:50:53.123 s2 shop event=truncates
 * from=21: drops its log from 21 on`. A field that is an object, such as a proposed configuration, is in the JSON log
 * only. Text that is no JSON is returned unchanged.
 */
export function pretty(text: string): string {
  const line = parse(text);
  if (line === undefined) return text;
  const { level, time, node, unit, msg, err, thrown } = line;
  const head = [
    String(time).slice(11, 23),
    show(node),
    ...(level === 'warn' || level === 'error' ? [`${level}:`] : []),
  ];
  const about = [...(unit === undefined ? [] : [show(unit)]), ...fieldsOf(line)];
  const said = about.length === 0 ? show(msg) : `${about.join(' ')}: ${show(msg)}`;
  return `${head.join(' ')} ${said}\n${stackOf(err ?? thrown)}`;
}

function parse(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(line: Line): readonly string[] {
  return Object.entries(line).flatMap(([name, value]) =>
    LEFT_OUT.has(name) || typeof value === 'object' ? [] : [`${name}=${quoted(show(value))}`],
  );
}

/** Quotes a value with a space in it: a field ends at the next space. */
function quoted(value: string): string {
  return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

function stackOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'stack' in error
    ? `${printableLines(String(error.stack))}\n`
    : '';
}

/** A text may be a stranger's: its node id, its address, its reason. */
function show(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
