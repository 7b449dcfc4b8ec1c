import { isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import { type Choice, fieldsAt, type Path, valuesAt } from '../model/schema-walk.ts';

/** What may stand at a place of a plan's text. */
export interface Completion {
  /** Where the word under way begins. */
  readonly from: number;
  readonly isField: boolean;
  readonly choices: readonly Choice[];
}

/** Stands for the word that is being typed. */
const HERE = 'typed-here';

/** The names of a cluster, for fields that name nodes. */
export interface Places {
  readonly nodes: readonly string[];
  readonly groups: readonly string[];
}

/** Completion at an offset of a plan's text, by the plan's JSON Schema; undefined where nothing is known. */
export function completionAt(schema: object, text: string, offset: number, places: Places): Completion | undefined {
  const before = text.slice(0, offset);
  const word = /[\w -]*$/.exec(before)?.[0].trimStart() ?? '';
  const typed = word.startsWith('- ') ? word.slice(2) : word;
  const from = offset - typed.length;
  const rest = text.slice(offset).replace(/^[\w-]*:?/, '');
  const isAfterColon = /:[ \t]+$/.test(text.slice(0, from));
  const isValue = isAfterColon || /[[,]\s*$/.test(text.slice(0, from));
  if (!isAfterColon) {
    const found = find(`${text.slice(0, from)}${HERE}: 0${rest}`);
    const fields = found?.field === HERE ? fieldsAt(schema, found.path, without(found.has)) : [];
    if (fields.length > 0) return answer(from, true, fields);
  }
  if (!isValue) return undefined;
  const found = find(`${text.slice(0, from)}${HERE}${rest.replace(/^[^\n,}\]]*/, '')}`);
  if (found === undefined) return undefined;
  const { choices, pattern } = valuesAt(schema, found.path, found.field, without(found.has));
  return answer(from, false, pattern === undefined ? choices : [...choices, ...placesOf(pattern, places)]);
}

function answer(from: number, isField: boolean, choices: readonly Choice[]): Completion | undefined {
  return choices.length === 0 ? undefined : { from, isField, choices };
}

function without(has: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(has).filter(([name, value]) => name !== HERE && value !== HERE));
}

const KINDS_OF_NODES = ['servers', 'front ends', 'clients', 'up', 'down', 'paused', 'lost', 'last server', 'others'];

/** Ways to name nodes that the pattern takes. */
function placesOf(pattern: string, { nodes, groups }: Places): readonly Choice[] {
  const ways = [
    ...nodes,
    ...groups.flatMap((group) => [`primary of ${group}`, `secondaries of ${group}`, `highest of ${group}`]),
    ...KINDS_OF_NODES,
  ];
  const known = new RegExp(pattern);
  return ways.filter((way) => known.test(way)).map((label) => ({ label, detail: 'node', isRequired: false }));
}

interface Found {
  /** Of the map or list that has the word. */
  readonly path: Path;
  readonly field: string | number;
  readonly has: Readonly<Record<string, unknown>>;
}

/** Where the placeholder is in a text. */
function find(text: string): Found | undefined {
  return search(parseDocument(text, { uniqueKeys: false }).contents, []);
}

function search(node: unknown, path: Path): Found | undefined {
  if (isMap(node)) {
    const has = Object.fromEntries(
      node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), isScalar(value) ? value.value : {}]),
    );
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
      if (name === HERE || (isScalar(pair.value) && pair.value.value === HERE)) return { path, field: name, has };
      const found = search(pair.value, [...path, name]);
      if (found !== undefined) return found;
    }
  }
  if (isSeq(node)) {
    for (const [place, item] of node.items.entries()) {
      if (isScalar(item) && item.value === HERE) return { path, field: place, has: {} };
      const found = isNode(item) ? search(item, [...path, place]) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
