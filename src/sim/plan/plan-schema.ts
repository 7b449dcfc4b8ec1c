import * as z from 'zod';
import { planSchema } from './plan.ts';

/** The schema of a plan file as JSON Schema 2020-12, for editors. */
export function planSchemaAsJson(): object {
  return { title: 'Understudy plan', ...z.toJSONSchema(planSchema.partial({ service: true }), { io: 'input' }) };
}
