import type { Json } from '../../protocol/model/json.ts';
import { type Draws, drawValue } from '../../service/schema-values/draw.ts';
import { describedBy, fieldsFor, pathWith } from '../../service/schema-values/sample.ts';
import type { Route, Service } from '../../service/service.ts';

/** Paths shown at most. */
const LINES_AT_MOST = 6;

/** Draws without chance: always the first choice. */
const FIRST: Draws = { below: () => 0, between: (low) => low, chance: () => false, pick: (first) => first };

/** For each path of a service with schemas, a curl line that asks a front end. */
export function askingOf(service: Service): (frontEnd: string) => readonly string[] {
  const lines = service.routes.filter(({ signed }) => signed !== true).flatMap((route) => lineOf(route) ?? []);
  return (frontEnd) => lines.slice(0, LINES_AT_MOST).map((line) => line(frontEnd));
}

function lineOf({ method, path, schemas }: Route): ((frontEnd: string) => string) | undefined {
  if (schemas === undefined) return undefined;
  const target = pathWith(path, sampleOf(describedBy(schemas.parameters)));
  if (method === 'GET') return (frontEnd) => `curl '${frontEnd}${target}'`;
  const body = JSON.stringify(sampleOf(describedBy(schemas.body)));
  return (frontEnd) => `curl ${frontEnd}${target} -d '${body}'`;
}

function sampleOf(schema: Parameters<typeof fieldsFor>[0]): Readonly<Record<string, Json>> {
  return fieldsFor(
    schema,
    (_, of) => drawValue(of, schema, FIRST),
    () => false,
  );
}
