import { z } from 'zod';
import type { Json } from '../protocol/model/json.ts';

/** A JSON object, as it stands in a document. */
export type Part = { readonly [name: string]: Json };

/** A schema as JSON Schema 2020-12. `input`: what may be sent; `output`: what is answered, with no fields besides. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Part {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  // It comes with getters and methods of its own; what goes out is JSON and nothing else.
  return asPart(JSON.parse(JSON.stringify(rest)));
}

function asPart(value: unknown): Part {
  return z.record(z.string(), z.json()).parse(value);
}
