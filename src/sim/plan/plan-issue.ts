import type { z } from 'zod';
import { unreachable } from '../../protocol/model/assert.ts';

/** An error in a plan, in words: `plan.servers: must be at most 7, and is 9`. */
export function issueInWords(issue: z.core.$ZodIssue, plan: unknown, names: readonly string[]): string {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `plan${path}: ${complaint(issue, valueAt(plan, issue.path), names)}`;
}

function complaint(issue: z.core.$ZodIssue, value: unknown, names: readonly string[]): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? 'is missing' : `must be ${kindOf(issue.expected)}, and is ${shown(value)}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${measureOf(issue.origin)}, and is ${shown(value)}`;
    case 'too_small':
      // For lists and texts, the only forbidden size is zero.
      if (issue.origin === 'array' || issue.origin === 'string') return 'must not be empty';
      return `must be at least ${String(issue.minimum)}, and is ${shown(value)}`;
    case 'unrecognized_keys':
      return issue.keys.map((key) => `nothing here is called ${key}${suggestion(key, names)}`).join(', and ');
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}, and is ${shown(value)}`;
    case 'invalid_union':
      return value === undefined ? 'is missing' : `may not be ${shown(value)}${optionsIn(issue.message)}`;
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'custom':
      return value === undefined ? issue.message : `${issue.message}: ${shown(value)}`;
    default:
      return unreachable(issue);
  }
}

const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of names and values',
  record: 'a map of names and values',
};

function kindOf(expected: string): string {
  return KINDS[expected] ?? expected;
}

function measureOf(origin: string): string {
  if (origin === 'array') return ' entries long';
  return origin === 'string' ? ' characters long' : '';
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `one of ${values.join(', ')}`;
}

/** The options of a tagged union, which Zod names in its message only. */
function optionsIn(message: string): string {
  const options = [...message.matchAll(/'([^']+)'/g)].map(([, option]) => option ?? '');
  return options.length === 0 ? '' : ` (${oneOf(options)})`;
}

/** A value, shortened to what helps to find it. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** The name that was probably meant. */
function suggestion(key: string, names: readonly string[]): string {
  const close = names
    .map((name) => ({ name, distance: distanceOf(key, name) }))
    .filter(({ distance }) => distance <= 2);
  const [best] = close.sort((a, b) => a.distance - b.distance);
  return best === undefined ? '' : ` (${best.name}?)`;
}

/** The edit distance of two words (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (let down = 0; down < one.length; down += 1) {
    const next = [down + 1];
    for (let across = 1; across <= other.length; across += 1) {
      const changed = (row[across - 1] ?? 0) + (one[down] === other[across - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[across] ?? 0) + 1, (next[across - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function valueAt(plan: unknown, path: readonly PropertyKey[]): unknown {
  let value = plan;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === String(key))?.[1];
  }
  return value;
}
