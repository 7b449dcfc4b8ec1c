import { z } from 'zod';
import type { Json } from '../protocol/model/json.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';
import { jsonSchemaOf, type Part } from './json-schema.ts';
import { operationId, refusal, UNSIGNED } from './openapi-parts.ts';
import { indexSchema } from './index-page.ts';
import { statusSchema } from './status-schema.ts';

/** The body of `/healthz` and `/readyz`. */
const healthSchema = z.object({ status: z.enum(['ok', 'not ready']), reasons: z.array(z.string()) });

const servicesSchema = z.array(z.object({ service: z.string(), address: z.string(), primary: z.boolean() }));

interface Known {
  readonly summary: string;
  readonly responses: () => Part;
}

/** Operator paths with a description of their own; the document only lists the others. */
const KNOWN: Readonly<Record<string, Known | undefined>> = {
  '/': {
    summary: 'What this process is, and its paths',
    responses: () => ({ '200': json('The index', jsonSchemaOf(indexSchema, 'output')) }),
  },
  '/status': {
    summary: 'The status of this process and its groups, without a request to other nodes',
    responses: () => ({ '200': json('The status', jsonSchemaOf(statusSchema, 'output')) }),
  },
  '/healthz': {
    summary: 'Whether the process lives',
    responses: () => ({ '200': json('It does', jsonSchemaOf(healthSchema, 'output')) }),
  },
  '/readyz': {
    summary: 'Whether it may be sent requests and, for a data server, whether the next one may be stopped',
    responses: () => ({
      '200': json('It is ready', jsonSchemaOf(healthSchema, 'output')),
      '503': json('It is not, and why', jsonSchemaOf(healthSchema, 'output')),
    }),
  },
  '/metrics': {
    summary: 'Metrics for Prometheus',
    responses: () => ({
      '200': { description: 'The figures', content: { 'text/plain': { schema: { type: 'string' } } } },
    }),
  },
  '/openapi.json': {
    summary: 'This document',
    responses: () => ({ '200': json('The document', { type: 'object', required: ['openapi', 'info', 'paths'] }) }),
  },
};

/** The same by the first segment of the path. */
const FAMILIES: Readonly<Record<string, Known | undefined>> = {
  greet: {
    summary: 'The services there are, once one is known at the port of the body',
    responses: () => ({ '200': json('The services', jsonSchemaOf(servicesSchema, 'output')), ...REFUSED }),
  },
  election: {
    summary: 'Whether this server stands for election, or lead passes to the server at the port of the body',
    responses: () => ({ '200': { description: 'Yes; the body is empty' }, ...REFUSED }),
  },
};

const REFUSED: Part = { '400': refusal('No, and why') };

/** The operation of one operator path. */
export function operatorOperation({ method, path, signed }: Omit<OperatorPath, 'answer'>): Part {
  const [, first = ''] = path.split('/');
  const known = KNOWN[path] ?? FAMILIES[first];
  return {
    tags: ['operator'],
    operationId: operationId(method, path),
    ...(known === undefined ? {} : { summary: known.summary }),
    ...(signed ? { security: [{ secret: [] }] } : {}),
    responses: {
      ...(known?.responses() ?? { '200': json('Done', {}), default: refusal('Refused, with the reason') }),
      ...(signed ? UNSIGNED : {}),
    },
  };
}

function json(description: string, schema: Json): Part {
  return { description, content: { 'application/json': { schema } } };
}
