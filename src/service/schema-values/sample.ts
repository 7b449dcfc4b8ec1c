import * as z from 'zod';
import type { Json } from '../../protocol/model/json.ts';
import { fieldsOf, isOptional, type Schema } from './draw.ts';

// Sample requests of a path, from the values of its schemas.

/** A zod schema as JSON Schema. */
export function describedBy(schema: z.ZodType): Schema {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // The result has getters and methods; only its JSON is kept.
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(described)));
}

/** A value for each field of `schema`; optional ones are left out where `leavesOut` says so. */
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

/** `path` (`/seats/:seatid`) with its parameters filled in; the others as a query string. */
export function pathWith(path: string, parameters: Readonly<Record<string, Json>>): string {
  const left = { ...parameters };
  const target = path.replaceAll(/:([^/]+)/g, (_, name: string) => {
    const value = left[name] ?? 'a';
    delete left[name];
    return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));
  });
  return `${target}${queryString(left)}`;
}

/** Fields as a query string: texts as they are, other values in JSON; empty without fields. */
export function queryString(fields: Readonly<Record<string, Json>>): string {
  const said = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
  });
  return said.length === 0 ? '' : `?${said.join('&')}`;
}
