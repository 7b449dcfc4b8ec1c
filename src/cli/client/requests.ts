import * as z from 'zod';
import { eventRow } from '../../apps/tickets/events.ts';
import { baseAddress } from '../../client/address.ts';
import type { Client, ClientOutcome, RequestOptions } from '../../client/client.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { UsageError, UserError } from '../shared/errors.ts';

/** An event in the answers of front ends and data servers. */
export type Event = z.output<typeof eventRow>;

export const eventSchema = eventRow;
export const eventsSchema = z.array(eventRow);
/**
 * A user in the answers of front ends and data servers: a row for each ticket, of which only the event's id is used.
 */
export const userSchema = z.object({
  userid: z.int(),
  username: z.string(),
  tickets: z.array(z.object({ eventid: z.int() })),
});

/**
 * The base URL of a process at `host:port`, at a URL, or at a port of this machine. Throws a `UsageError` for any other
 * text.
 */
export function baseOf(address: string): string {
  const local = /^\d+$/.test(address) ? `127.0.0.1:${address}` : address;
  try {
    return baseAddress(local.includes('://') ? local : `http://${local}`);
  } catch {
    throw new UsageError(`${JSON.stringify(address)} is no address of a process, such as 127.0.0.1:4560`);
  }
}

export async function createUser(client: Client, username: string): Promise<number> {
  const made = await expectDone(client, 'POST', '/users/create', z.object({ userid: z.int() }), { username });
  return made.userid;
}

export async function createEvent(
  client: Client,
  body: { readonly userid: number; readonly eventname: string; readonly numtickets: number },
): Promise<number> {
  return (await expectDone(client, 'POST', '/events/create', z.object({ eventid: z.int() }), body)).eventid;
}

/** The accepted answer of a request. Throws a `UserError` with any other outcome. */
export async function expectDone<Answer>(
  client: Client,
  method: 'GET' | 'POST',
  path: string,
  schema: z.ZodType<Answer>,
  body?: Json,
  options?: RequestOptions,
): Promise<Answer> {
  const outcome = await client.request(method, path, body, options);
  if (outcome.type !== 'answered') throw new UserError(`${method} ${path}: ${showOutcome(outcome)}`);
  const parsed = schema.safeParse(outcome.body);
  if (parsed.success) return parsed.data;
  throw new UserError(`${method} ${path} answers something else than it should: ${JSON.stringify(outcome.body)}`);
}

export function showOutcome(outcome: ClientOutcome): string {
  switch (outcome.type) {
    case 'answered':
      return `answered ${outcome.status}`;
    case 'refused':
      return `refused with ${outcome.status}: ${outcome.reason}`;
    case 'expired':
      return 'the uuid has expired';
    case 'unknown':
      return `no answer in time${outcome.last === '' ? '' : ` (${outcome.last})`}`;
    default:
      return unreachable(outcome);
  }
}
