/** What every line has; what else it has depends on the line. */
interface Line {
  readonly [field: string]: unknown;
}

/** Shown in words already, or of no use to somebody who watches. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'node', 'unit', 'msg', 'err']);

/**
 * A JSON line of the log for somebody who watches: `13:50:53.123 s2 events: is primary of epoch 3.s2`. A note says all it
 * has to say in its words; the fields of other lines stand behind them, as `name=value`.
 */
export function pretty(text: string): string {
  const line = parse(text);
  if (line === undefined) return text;
  const { level, time, node, unit, msg, err } = line;
  const head = [
    String(time).slice(11, 23),
    show(node),
    ...(level === 'warn' || level === 'error' ? [`${level}:`] : []),
  ];
  const said = unit === undefined ? show(msg) : `${show(unit)}: ${show(msg)}`;
  return `${[...head, said, ...('note' in line ? [] : fieldsOf(line))].join(' ')}\n${stackOf(err)}`;
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
  return Object.entries(line).flatMap(([name, value]) => (LEFT_OUT.has(name) ? [] : [`${name}=${show(value)}`]));
}

function stackOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'stack' in error ? `${show(error.stack)}\n` : '';
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
