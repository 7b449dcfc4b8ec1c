import { NESTING_AT_MOST } from './json.ts';

const PARTS_AT_MOST = 2_000_000;

/**
 * Why a value that a file or a link made is no tree that can be walked, such as `.faults[0]: refers back to a part that it
 * is in`: aliases of YAML may lead back or unfold without end, and JSON may be nested beyond any stack. Undefined of a tree.
 */
export function whyNoTree(value: unknown): string | undefined {
  const path: (string | number)[] = [];
  const above = new Set<object>();
  let parts = 0;
  const search = (part: unknown): string | undefined => {
    if (typeof part !== 'object' || part === null) return undefined;
    if (above.has(part)) return `${shown(path)}: refers back to a part that it is in`;
    if (path.length >= NESTING_AT_MOST)
      return `${shown(path.slice(0, 3))}: is nested more than ${NESTING_AT_MOST} deep`;
    above.add(part);
    const isList = Array.isArray(part);
    for (const [key, inner] of Object.entries(part)) {
      parts += 1;
      if (parts > PARTS_AT_MOST) return `: has more than ${PARTS_AT_MOST} parts`;
      path.push(isList ? Number(key) : key);
      const why = search(inner);
      if (why !== undefined) return why;
      path.pop();
    }
    above.delete(part);
    return undefined;
  };
  return search(value);
}

/** Whether a parser's message says that a recursion was too deep, in the words of an engine. */
export function saysTooDeep(message: string): boolean {
  return /^(Maximum call stack|too much recursion)/.test(message);
}

function shown(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}
