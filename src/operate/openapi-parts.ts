import type { Part } from './json-schema.ts';

/** The body of every status but 200 (`src/frontend/respond.ts`). */
export const ERROR: Part = {
  type: 'object',
  properties: {
    error: { type: 'string', minLength: 1, description: 'Why not, in a sentence' },
    uuid: {
      type: 'string',
      format: 'uuid',
      description: 'As the key of the same request it asks for the outcome of its write, which is unknown',
    },
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
  const seen = headersSeen(method);
  return {
    '400': refusal('Malformed, or refused by the service; nothing has changed', seen, body),
    '409': refusal("The client's token is of a history that is over", seen, body),
    '503': refusal(waited, ['Retry-After', ...seen], body),
    ...(method === 'GET'
      ? {}
      : {
          '410': refusal(
            'The uuid is older than results are kept: whether it took effect is no longer known',
            seen,
            body,
          ),
          '422': refusal('The uuid was used for another request', seen, body),
        }),
    ...(isSigned ? { '401': refusal(UNPROVED, [], body) } : {}),
    default: refusal(
      'Refused by the HTTP server: too long, too slow, encoded, by a foreign page, no HTTP',
      ['Retry-After'],
      body,
    ),
  };
}

/** The headers of every answer of a front end, whatever its status, where they are known. */
export function headersSeen(method: 'GET' | 'POST'): readonly string[] {
  return ['Understudy-Token', method === 'POST' ? 'Understudy-Uuid' : 'Understudy-Cache'];
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

/** `events=HISTORY:12,users=HISTORY:30` */
const TOKEN = '^[^=,:]+=[^=,:]+:[0-9]{1,16}(,[^=,:]+=[^=,:]+:[0-9]{1,16})*$';

/** A uuid, in quotes or without. */
const KEY = '^("?)[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\1$';

export function headersOfRequests(): Part {
  const parameters = [
    parameter('Understudy-Token', 'Nothing older than this is read', { type: 'string', pattern: TOKEN }),
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
      pattern: KEY,
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
