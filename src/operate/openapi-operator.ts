import * as z from 'zod';
import { JOIN_PATH, joinAnswer, joinRefusal, joinRequest } from '../live/admin/admission.ts';
import { ported } from '../live/admin/greet-routes.ts';
import { ORDER_PATH, orderAnswer, orderRefusal, orderRequest } from '../live/admin/orders.ts';
import { STATE_PATH, stateAnswer } from '../live/admin/state-path.ts';
import { directoryAnswer, SERVICES_PATH } from '../live/peers/directory.ts';
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
  /** The schema of the body of a POST. */
  readonly body?: z.ZodType;
  readonly responses: () => Part;
}

/** Operator paths with a description of their own; the document only lists others. */
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
  [JOIN_PATH]: {
    summary: 'Lets a node join the cluster: its name, its disk and all that it must know',
    body: joinRequest,
    responses: () => ({
      '200': json('It may join', jsonSchemaOf(joinAnswer, 'output')),
      ...answersOf(joinRefusal, {
        400: 'Malformed',
        403: 'The key joins no such node, or the node is the only data server with a vote in a group',
        409: 'The name is taken, its former disk is being dropped, or the directory is full',
        503: 'A group has no primary that is heard',
      }),
    }),
  },
  [ORDER_PATH]: {
    summary: "Carries out an operator's order: a transfer of leadership, a removal, the end of this node's membership",
    body: orderRequest,
    responses: () => ({
      '200': json('It is carried out', jsonSchemaOf(orderAnswer, 'output')),
      ...answersOf(orderRefusal, {
        400: 'Malformed',
        404: 'There is no such group or node',
        409: 'It cannot be carried out, or not by this node',
        503: 'It has not been carried out yet, or nothing is changed: the reason says which',
      }),
    }),
  },
  [SERVICES_PATH]: {
    summary: 'The directory: the nodes that are known, and what is known of each group',
    responses: () => ({ '200': json('The directory', jsonSchemaOf(directoryAnswer, 'output')) }),
  },
  [STATE_PATH]: {
    summary: "Hashes of each group's state, which are equal where the same entries are applied. It blocks the process",
    responses: () => ({ '200': json('The hashes', jsonSchemaOf(stateAnswer, 'output')) }),
  },
};

/** Refusals that have the body `schema`, by status. */
function answersOf(schema: z.ZodType, why: Readonly<Record<number, string>>): Part {
  const body = jsonSchemaOf(schema, 'output');
  return Object.fromEntries(Object.entries(why).map(([status, description]) => [status, json(description, body)]));
}

/** The same by the first segment of the path. */
const FAMILIES: Readonly<Record<string, Known | undefined>> = {
  greet: {
    summary: 'The services there are, once one is known at the port of the body',
    body: ported,
    responses: () => ({ '200': json('The services', jsonSchemaOf(servicesSchema, 'output')), ...REFUSED }),
  },
  election: {
    summary: 'Whether this server stands for election, or lead passes to the server at the port of the body',
    body: ported,
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
    ...(method === 'POST' && known?.body !== undefined
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchemaOf(known.body, 'input') } },
          },
        }
      : {}),
    responses: {
      ...(known?.responses() ?? { '200': json('Done', {}), default: refusal('Refused, with the reason') }),
      ...(signed ? UNSIGNED : {}),
    },
  };
}

function json(description: string, schema: Json): Part {
  return { description, content: { 'application/json': { schema } } };
}
