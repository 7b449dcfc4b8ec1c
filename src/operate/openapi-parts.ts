import type { Part } from './json-schema.ts';

/** The body of every status but 200 (`src/frontend/respond.ts`). */
export const ERROR: Part = {
  type: 'object',
  properties: {
    error: { type: 'string', minLength: 1, description: 'Why not, in a sentence' },
    uuid: { type: 'string', format: 'uuid', description: 'Of a write whose outcome is unknown' },
  },
  required: ['error'],
  additionalProperties: false,
};

/** The schema of a refusal: that of all processes, or that of the service. */
export type RefusalBody = 'Error' | 'Refusal';

/** A refusal with its reason. */
export function refusal(description: string, headers: readonly string[] = [], body: RefusalBody = 'Error'): Part {
  const names = ['X-Request-Id', ...headers];
  return {
    description,
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } },
  };
}

const UNPROVED = "The call proves no knowledge of the cluster's secret";

/** The answer to an unsigned call of a signed path. */
export const UNSIGNED: Part = { '401': refusal(UNPROVED) };

/** The refusals of a front end, whatever the route. */
export function refusals(method: 'GET' | 'POST', isSigned: boolean, body: RefusalBody): Part {
  const waited = 'No answer in time, or too many requests wait; a write may have taken effect: send it again';
  return {
    '400': refusal('Malformed, or refused by the service; nothing has changed', [], body),
    '409': refusal("The client's token is of a history that is over", [], body),
    '503': refusal(waited, ['Retry-After'], body),
    ...(method === 'GET'
      ? {}
      : {
          '410': refusal(
            'The uuid is older than results are kept: whether it took effect is no longer known',
            [],
            body,
          ),
          '422': refusal('The uuid was used for another request', [], body),
        }),
    ...(isSigned ? { '401': refusal(UNPROVED, [], body) } : {}),
  };
}

/** The operation id of a route: `postSeatsSeatidHoldUserid`. */
export function operationId(method: string, path: string): string {
  const words = path.split(/[^a-z0-9]+/i).filter((word) => word !== '');
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

export function headersOfAnswers(): Part {
  return {
    'Understudy-Token': header('The state that the client has seen: to be sent with its next request', {
      type: 'string',
    }),
    'Understudy-Cache': header('Whether a cacheable answer came from the cache: `hit` or `miss`', {
      type: 'string',
      enum: ['hit', 'miss'],
    }),
    'Understudy-Uuid': header('The uuid of the write', { type: 'string', format: 'uuid' }),
    'X-Request-Id': header("The request id in the logs: the client's, or a new one", {
      type: 'string',
    }),
    'Retry-After': header('Seconds', { type: 'string', pattern: '^[0-9]+$' }),
  };
}

export function headersOfRequests(): Part {
  const parameters = [
    parameter('Understudy-Token', 'Nothing older than this is read', { type: 'string' }),
    parameter(
      'Understudy-Read',
      '`session`: a state at least as new as the token. `linearizable`: the newest state, past any cache. Without it, a cache may answer',
      { type: 'string', enum: ['linearizable', 'session'] },
    ),
    parameter('X-Request-Id', 'A request id for the logs; ignored if malformed', {
      type: 'string',
      pattern: '^[\\w.:/@=+-]{1,128}$',
    }),
    parameter('Idempotency-Key', 'A uuid: the same one again gets the first outcome, once', {
      type: 'string',
      format: 'uuid',
    }),
  ];
  return Object.fromEntries(parameters);
}

function header(description: string, schema: Part): Part {
  return { description, schema };
}

function parameter(name: string, description: string, schema: Part): readonly [string, Part] {
  return [name, { name, in: 'header', required: false, description, schema }];
}
