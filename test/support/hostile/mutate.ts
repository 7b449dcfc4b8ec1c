import type { Random } from './random.ts';

/** What stands where something else should, as text of JSON: what JSON.stringify would never write is among it. */
const WRONG = [
  'null',
  'true',
  '-1',
  '0.5',
  '1e999',
  '-0',
  '9007199254740993',
  '123456789012345678901234567890',
  '""',
  '"0"',
  '"__proto__"',
  '"\\ud800"',
  '"\\u0000"',
  `"${'x'.repeat(5_000)}"`,
  '[]',
  '{}',
  '[[]]',
  '{"__proto__":{"isAdmin":true}}',
  '{"$list":[1]}',
  '{"$map":[[1,2]]}',
  '{"type":"noop"}',
  `${'['.repeat(300)}${']'.repeat(300)}`,
];

/** The JSON of `value` with one thing in it that should not be: anywhere, on any level. */
export function mutated(value: unknown, random: Random): string {
  const count = countOf(value);
  const target = random.whole(count);
  let place = -1;
  return write(value);

  function write(part: unknown): string {
    place += 1;
    if (place === target) return wrong(part, random);
    if (Array.isArray(part)) return `[${part.map(write).join()}]`;
    if (!isObject(part)) return JSON.stringify(part) ?? 'null';
    return `{${fieldsOf(part)
      .map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`)
      .join()}}`;
  }
}

/** Text that is nearly JSON: cut off, with bytes changed, or not JSON at all. */
export function malformed(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  switch (random.whole(4)) {
    case 0:
      return bytes.subarray(0, random.whole(bytes.length + 1));
    case 1: {
      const changed = Buffer.from(bytes);
      for (let times = 0; times <= random.whole(4) && changed.length > 0; times += 1) {
        changed[random.whole(changed.length)] = random.whole(256);
      }
      return changed;
    }
    case 2:
      return Buffer.concat([bytes, Buffer.from(random.pick([',', '}', '\0', '[]', '\uFEFF', '//']))]);
    default:
      return Buffer.from(Array.from({ length: random.whole(200) }, () => random.whole(256)));
  }
}

function wrong(part: unknown, random: Random): string {
  if (isObject(part) && random.once(2)) {
    const fields = fieldsOf(part);
    const kept = random.once(2) ? fields.slice(1) : fields;
    const more = kept.length === fields.length ? [['more', 1] as const] : [];
    return JSON.stringify(Object.fromEntries([...kept, ...more]));
  }
  if (Array.isArray(part) && random.once(2))
    return `[${[...part.map((item) => JSON.stringify(item) ?? 'null'), 'null'].join()}]`;
  return random.pick(WRONG);
}

function countOf(value: unknown): number {
  if (Array.isArray(value)) return 1 + value.reduce((sum: number, item: unknown) => sum + countOf(item), 0);
  if (!isObject(value)) return 1;
  return 1 + fieldsOf(value).reduce((sum, [, member]) => sum + countOf(member), 0);
}

/** What JSON.stringify would write of it. */
function fieldsOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
