import * as z from 'zod';
import type { App, Decoded } from '../protocol/model/app.ts';

/** The schemas of an app's commands and queries (`defineApp`). */
export interface AppSchemas {
  readonly commands: z.ZodType;
  readonly queries: z.ZodType;
  /** Types of commands that only other groups call. */
  readonly internal: readonly string[];
}

/** One kind of command or query. */
export interface Kind {
  readonly type: string;
  /** Its fields besides `type`. */
  readonly fields: z.ZodObject;
  /** Its description, if the schema has one (`.describe(…)`). */
  readonly summary: string | undefined;
}

/** The schemas of an app that `defineApp` made, or one derived from such; undefined for any other. */
export function schemasOf(app: App): AppSchemas | undefined {
  return 'schemas' in app && isSchemas(app.schemas) ? app.schemas : undefined;
}

/** The kinds of a schema whose members have a literal `type`; other members are left out (`untypedIn`). */
export function kindsIn(schema: z.ZodType): readonly Kind[] {
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodUnion)
    return insideOf(schema).filter(isType).flatMap(kindsIn);
  if (!(schema instanceof z.ZodObject)) return [];
  const { type, ...fields } = schema.shape;
  return namesIn(type).map((name) => ({ type: name, fields: z.object(fields), summary: schema.description }));
}

/** What a schema is made of. */
function insideOf(schema: z.ZodReadonly | z.ZodUnion): readonly z.core.$ZodType[] {
  return schema instanceof z.ZodUnion ? schema.options : [schema.unwrap()];
}

/** Why a member of a schema has no kind, in a few words; undefined if every member has one. */
export function untypedIn(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodNever) return undefined;
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodUnion) {
    return insideOf(schema)
      .map((inner) => (isType(inner) ? untypedIn(inner) : 'is no object'))
      .find((reason) => reason !== undefined);
  }
  if (schema instanceof z.ZodPipe) return 'is transformed (`.transform()`, `.pipe()`)';
  if (!(schema instanceof z.ZodObject)) return `is no object (${schema.type})`;
  if (namesIn(schema.shape['type']).length > 0) return undefined;
  return `has no literal \`type\` (fields: ${Object.keys(schema.shape).join(', ') || 'none'})`;
}

/** An untrusted value by its schema. Never throws, not even where a `refine` of the schema does. */
export function decodeWith<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Decoded<Value> {
  try {
    const decoded = schema.safeParse(value);
    if (decoded.success) return { type: 'decoded', value: decoded.data };
    return { type: 'rejected', reason: firstReason(decoded.error, what) };
  } catch (error) {
    return { type: 'rejected', reason: `${what}: its schema threw ${String(error)}` };
  }
}

/** The first fault of a refused value, for people: `seats: expected number, received string`. */
export function firstReason(error: z.ZodError, what: string): string {
  const issue = error.issues[0];
  if (issue === undefined) return `${what}: malformed`;
  const place = issue.path.length === 0 ? what : issue.path.map(String).join('.');
  const message = issue.message.replace(/^Invalid input: /, '').replace(', received undefined', ', and there is none');
  return `${place}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function namesIn(type: unknown): readonly string[] {
  const names: readonly unknown[] =
    type instanceof z.ZodLiteral ? [...type.values] : type instanceof z.ZodEnum ? type.options : [];
  return names.filter((name) => typeof name === 'string');
}

function isType(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType;
}

function isSchemas(value: unknown): value is AppSchemas {
  return (
    typeof value === 'object' && value !== null && 'commands' in value && 'queries' in value && 'internal' in value
  );
}
