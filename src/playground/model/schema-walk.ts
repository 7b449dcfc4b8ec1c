/** A JSON Schema, as far as completion reads it. */
interface Schema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Something that may stand at a place of a plan. */
export interface Choice {
  readonly label: string;
  /** Its kind, its bounds and its default: `number 1 … 7, default 3`. */
  readonly detail: string;
  readonly isRequired: boolean;
}

export type Path = readonly (string | number)[];

/** The fields that the map at `path` may have, without those it has. */
export function fieldsAt(schema: object, path: Path, has: Readonly<Record<string, unknown>>): readonly Choice[] {
  const fields = new Map<string, Choice>();
  for (const { properties = {}, required = [] } of mapsAt(schema, path, has)) {
    for (const [label, field] of Object.entries(properties)) {
      if (!Object.hasOwn(has, label) && !fields.has(label))
        fields.set(label, { label, detail: describe(field), isRequired: required.includes(label) });
    }
  }
  return [...fields.values()];
}

/** The values of a field of the map at `path` that the schema lists. */
export function valuesAt(
  schema: object,
  path: Path,
  field: string | number,
  has: Readonly<Record<string, unknown>>,
): { readonly choices: readonly Choice[]; readonly pattern: string | undefined } {
  const others = Object.fromEntries(Object.entries(has).filter(([name]) => name !== String(field)));
  const found = alternatives(mapsAt(schema, path, others).flatMap((map) => step(map, field)));
  const labels = new Map<string, string>();
  for (const one of found) {
    for (const value of listed(one))
      labels.set(String(value), value === one.default ? 'default' : typeof value === 'boolean' ? 'yes or no' : '');
  }
  const choices = [...labels].map(([label, detail]) => ({ label, detail, isRequired: false }));
  return { choices, pattern: found.find(({ pattern }) => pattern !== undefined)?.pattern };
}

function listed({ const: only, enum: some, type, default: usual }: Schema): readonly unknown[] {
  if (only !== undefined) return [only];
  if (some !== undefined) return some;
  if (type === 'boolean') return [true, false];
  return typeof usual === 'string' || typeof usual === 'number' ? [usual] : [];
}

/** The schemas of what is at `path`; of alternatives only those whose constants fit the fields that are there. */
function mapsAt(schema: object, path: Path, has: Readonly<Record<string, unknown>>): readonly Schema[] {
  let at: readonly Schema[] = alternatives([schema]);
  for (const key of path) at = alternatives(at.flatMap((one) => step(one, key)));
  const fitting = at.filter(({ properties = {} }) =>
    Object.entries(has).every(([name, value]) => {
      const only = properties[name]?.const;
      return only === undefined || only === value;
    }),
  );
  return fitting.length > 0 ? fitting : at;
}

function step({ properties, items, additionalProperties }: Schema, key: string | number): readonly Schema[] {
  if (typeof key === 'number') return items === undefined ? [] : [items];
  const field = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (field !== undefined) return [field];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

function alternatives(schemas: readonly Schema[]): readonly Schema[] {
  return schemas.flatMap((one) => {
    const inner = one.oneOf ?? one.anyOf;
    return inner === undefined ? [one] : alternatives(inner);
  });
}

function describe(field: Schema): string {
  const [first = field] = alternatives([field]);
  const kind = first.type === 'integer' ? 'number' : typeof first.type === 'string' ? first.type : '';
  const { minimum, maximum, default: usual } = { ...first, ...field };
  const bounds = minimum === undefined || maximum === undefined || maximum > 1e9 ? '' : ` ${minimum} … ${maximum}`;
  const given = typeof usual === 'string' || typeof usual === 'number' ? `, default ${usual}` : '';
  return `${kind}${bounds}${given}`;
}
