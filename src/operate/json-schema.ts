import * as z from 'zod';
import type { Json } from '../protocol/model/json.ts';

/** A JSON object of an OpenAPI document. */
export type Part = { readonly [name: string]: Json };

/**
 * A schema as JSON Schema 2020-12. `input`: what may be sent. `output`: what is answered, without additional fields.
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Part {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  // The schema has getters and methods of its own; the document is plain JSON.
  return asPart(JSON.parse(JSON.stringify(rest)));
}

function asPart(value: unknown): Part {
  return z.record(z.string(), z.json()).parse(value);
}
