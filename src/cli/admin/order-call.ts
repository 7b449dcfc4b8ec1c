import { bodyOf } from '../../live/admin/answer-body.ts';
import { ORDER_PATH, type OrderRequest } from '../../live/admin/orders.ts';
import { callSigned, type ProcessAnswer } from '../../security/call-process.ts';
import { callerFrom, type CredentialFlags } from '../shared/credentials.ts';
import { UsageError, UserError } from '../shared/errors.ts';

/** Timeout of an order in milliseconds; longer than any process takes to answer one. */
const ANSWER_WITHIN = 40_000;

/**
 * Gives an order to the process at `address`, which must be the node `to` if that is given. Resolves to its answer,
 * accepted or refused. Rejects with a `UserError`, or a `UsageError` where the
 * secret is not given.
 */
export async function giveOrder(
  address: string,
  order: OrderRequest,
  flags: CredentialFlags,
  to?: string,
): Promise<{ readonly answer: ProcessAnswer; readonly body: Readonly<Record<string, unknown>> }> {
  const credentials = await callerFrom(flags);
  if (credentials.secret === undefined)
    throw new UsageError("an order needs the cluster's secret, or its key for operators: --secret-file FILE");
  const call = { method: 'POST', path: ORDER_PATH, body: order, within: ANSWER_WITHIN, to } as const;
  const answer = await callSigned(address, call, credentials).catch((error: unknown) => {
    throw new UserError(
      `the order was not given at ${address}: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  return { answer, body: bodyOf(answer) };
}

/** `host:port`; a port alone is on this machine. */
export function addressOf(text: string): string {
  return /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
}
