import type { Json } from '../protocol/model/json.ts';

/** The text of an answer with one list in it: `head`, rows with commas between them, `tail`. */
export interface ListText {
  readonly head: string;
  /** Empty for no rows. */
  readonly rows: string;
  readonly tail: string;
}

/**
 * Takes the body of an answer apart around its list: an array, or the one array in an object. Undefined for any other
 * body.
 */
export function listText(body: Json | undefined): ListText | undefined {
  if (body === undefined || body === null || typeof body !== 'object') return undefined;
  if (isList(body)) return { head: '[', rows: rowsOf(body), tail: ']' };
  const members = Object.entries(body);
  const lists = members.filter(([, member]) => isList(member));
  const [list] = lists;
  const rows = list?.[1];
  if (lists.length !== 1 || list === undefined || !isList(rows)) return undefined;
  const place = members.indexOf(list);
  const before = members.slice(0, place).map((member) => `${textOf(member)},`);
  const after = members.slice(place + 1).map((member) => `,${textOf(member)}`);
  return {
    head: `{${before.join('')}${JSON.stringify(list[0])}:[`,
    rows: rowsOf(rows),
    tail: `]${after.join('')}}`,
  };
}

function textOf([key, value]: readonly [string, Json]): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function rowsOf(rows: readonly Json[]): string {
  return JSON.stringify(rows).slice(1, -1);
}

/** `Array.isArray` that narrows a readonly array. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
