/** How fast-check says what broke a property, and where that ends. */
const BEGINS = /^.*?Counterexample: \[/m;
const ENDS = /^Shrunk \d+ time\(s\)/m;
// eslint-disable-next-line no-control-regex -- terminals colour what test runners print
const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * The text of the plan in what a test printed: that of fast-check's first counterexample, as `plans()` prints it or as JSON.
 * Undefined where the text has none.
 */
export function counterexampleIn(text: string): string | undefined {
  const plain = text.replaceAll(COLOURS, '').replaceAll('\r\n', '\n');
  const begin = BEGINS.exec(plain);
  if (begin === null) return undefined;
  const rest = plain.slice(begin.index + begin[0].length);
  const told = rest.slice(0, ENDS.exec(rest)?.index ?? rest.length).trimEnd();
  // A plan is printed on lines of its own, between those of the property's other values.
  const lines = told.split('\n');
  const first = lines.findIndex((line) => /^\w+:/.test(line));
  if (first < 0) return flowPlan(told);
  const last = lines.findIndex((line, place) => place > first && /^[\],]/.test(line));
  return `${lines.slice(first, last < 0 ? undefined : last).join('\n')}\n`;
}

/** The first object of a list of JSON values. */
function flowPlan(told: string): string | undefined {
  try {
    const values: unknown = JSON.parse(`[${told.replace(/\]$/, '')}]`);
    const plan: unknown = Array.isArray(values)
      ? values.find((value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value))
      : undefined;
    return plan === undefined ? undefined : JSON.stringify(plan);
  } catch {
    return undefined;
  }
}
