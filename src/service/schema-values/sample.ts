import * as z from 'zod';
import type { Json } from '../../protocol/model/json.ts';
import { fieldsOf, isOptional, type Schema } from './draw.ts';

// What a path is asked, put together from values for what its schemas describe.

/** What a schema asks for, as JSON Schema. */
export function describedBy(schema: z.ZodType): Schema {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // It comes with getters and methods of its own; here it is JSON and nothing else.
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(described)));
}

/** A value for each field that `schema` has; one that may be left out is, where `leavesOut` says so. */
export function fieldsFor(
  schema: Schema,
  valueFor: (name: string, of: Schema) => Json,
  leavesOut: () => boolean,
): Readonly<Record<string, Json>> {
  const values: Record<string, Json> = {};
  for (const [name, of] of Object.entries(fieldsOf(schema, schema))) {
    if (isOptional(schema, name) && leavesOut()) continue;
    values[name] = valueFor(name, of);
  }
  return values;
}

/** `path` (`/seats/:seatid`) with parameters where they belong: in it, or else behind it. */
export function pathWith(path: string, parameters: Readonly<Record<string, Json>>): string {
  const left = { ...parameters };
  const target = path.replaceAll(/:([^/]+)/g, (_, name: string) => {
    const value = left[name] ?? 'a';
    delete left[name];
    return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));
  });
  return `${target}${queryString(left)}`;
}

/** Fields as a query string: texts as they are, anything else in JSON; empty where there is none. */
export function queryString(fields: Readonly<Record<string, Json>>): string {
  const said = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
  });
  return said.length === 0 ? '' : `?${said.join('&')}`;
}
