import * as z from 'zod';
import type { Json } from '../protocol/model/json.ts';
import type { Route } from '../service/service.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';
import { jsonSchemaOf, type Part } from './json-schema.ts';
import { operatorOperation } from './openapi-operator.ts';
import {
  ERROR,
  headersOfAnswers,
  headersOfRequests,
  headersSeen,
  operationId,
  refusal,
  type RefusalBody,
  refusals,
} from './openapi-parts.ts';

export interface OpenApiOptions {
  /** The name of the described service, and its version. */
  readonly title: string;
  readonly version: string;
  readonly routes: readonly Route[];
  /** The schema of refusals, where the service has its own. */
  readonly refusalBody?: z.ZodType | undefined;
  readonly operatorPaths: readonly Omit<OperatorPath, 'answer'>[];
}

/**
 * The OpenAPI 3.1 description of one process, generated from the schemas that decode requests. A front end has the
 * paths of its service, a data server its own; both have the operator paths.
 */
export function openApiOf({ title, version, routes, refusalBody, operatorPaths }: OpenApiOptions): Part {
  const own = refusalBody === undefined ? {} : { Refusal: jsonSchemaOf(refusalBody, 'output') };
  const paths: Record<string, Record<string, Part>> = {};
  const add = (path: string, method: string, operation: Part): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  };
  for (const route of routes) {
    add(templateOf(route.path), route.method, operationOf(route, 'Refusal' in own ? 'Refusal' : 'Error'));
  }
  for (const path of operatorPaths) add(path.path, path.method, operatorOperation(path));
  return {
    openapi: '3.1.1',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title, version },
    // The process that the document comes from.
    servers: [{ url: '/' }],
    tags: [
      { name: 'service', description: 'What the service is for' },
      { name: 'operator', description: 'Status of a process, and orders of an operator' },
    ],
    paths,
    components: {
      schemas: { Error: ERROR, ...own },
      headers: headersOfAnswers(),
      parameters: headersOfRequests(),
      securitySchemes: {
        secret: {
          type: 'apiKey',
          in: 'header',
          name: 'understudy-signature',
          description: "A proof of the cluster's secret.",
        },
      },
    },
  };
}

/** A path as OpenAPI writes it: `/seats/:seatid` becomes `/seats/{seatid}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:([^/]+)/g, '{$1}');
}

function operationOf({ method, path, signed, summary, schemas, errors = {} }: Route, body: RefusalBody): Part {
  const others = Object.entries(errors).map(
    ([status, why]) => [status, refusal(why, headersSeen(method), body)] as const,
  );
  return {
    tags: [signed === true ? 'operator' : 'service'],
    operationId: operationId(method, path),
    ...(summary === undefined ? {} : { summary }),
    ...(signed === true ? { security: [{ secret: [] }] } : {}),
    parameters: [...parametersOf(path, schemas?.parameters), ...headerParameters(method)],
    ...(method === 'POST' ? requestBody(schemas?.body) : {}),
    responses: {
      '200': success(schemas?.answer, method),
      ...refusals(method, signed === true, body),
      ...Object.fromEntries(others),
    },
  };
}

/** Parameters of the path, then those in the query string: what the schema has besides. */
function parametersOf(path: string, schema: z.ZodType | undefined): readonly Part[] {
  const { properties, required } = schema === undefined ? {} : jsonSchemaOf(schema, 'input');
  const inPath = [...path.matchAll(/:([^/]+)/g)].map(([, name = '']) => name);
  const inQuery = isPart(properties) ? Object.keys(properties).filter((name) => !inPath.includes(name)) : [];
  const needed: readonly Json[] = Array.isArray(required) ? required : [];
  const describe = (name: string, place: string, isRequired: boolean): Part => ({
    name,
    in: place,
    required: isRequired,
    schema: partIn(properties, name) ?? { type: 'string' },
  });
  return [
    ...inPath.map((name) => describe(name, 'path', true)),
    ...inQuery.map((name) => describe(name, 'query', needed.includes(name))),
  ];
}

function headerParameters(method: string): readonly Part[] {
  const names = [
    'Understudy-Token',
    'Understudy-Read',
    'X-Request-Id',
    ...(method === 'POST' ? ['Idempotency-Key'] : []),
  ];
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

/** The request body; none where the route reads no body. */
function requestBody(schema: z.ZodType | undefined): Part {
  if (schema === undefined || schema instanceof z.ZodUnknown) return {};
  return {
    requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(schema, 'input') } } },
  };
}

function success(schema: z.ZodType | undefined, method: Route['method']): Part {
  const names = ['X-Request-Id', ...headersSeen(method)];
  const headers = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
  if (schema instanceof z.ZodUndefined) return { description: 'Done; the body is empty', headers };
  const content = schema === undefined ? {} : jsonSchemaOf(schema, 'output');
  return { description: 'Done', headers, content: { 'application/json': { schema: content } } };
}

function partIn(value: Json | undefined, name: string): Part | undefined {
  return isPart(value) && isPart(value[name]) ? value[name] : undefined;
}

function isPart(value: Json | undefined): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
