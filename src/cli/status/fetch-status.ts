import type { z } from 'zod';
import { statusSchema } from '../../operate/status-schema.ts';
import { type Credentials, statusAt } from '../../security/call-process.ts';
import { printableIn } from '../../protocol/model/printable.ts';
import { UserError } from '../shared/errors.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

/** The answer of `GET /status`. */
export type NodeStatus = z.infer<typeof statusSchema>;

/** Timeout of a status, in milliseconds: a healthy process answers at once. */
const ANSWER_WITHIN = 2_000;

/** Plain HTTP without a signature: the status is not signed. */
const PLAIN: Credentials = { secret: undefined, tls: undefined };

/**
 * Asks the process at `address` (`host:port`, or a URL) for its status. Throws a `UserError` without an answer `within` so
 * many milliseconds.
 */
export async function fetchStatus(
  address: string,
  credentials: Credentials = PLAIN,
  within = ANSWER_WITHIN,
): Promise<NodeStatus> {
  const said = await statusAt(address, credentials, within).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw new UserError(`${address} does not answer: ${reasonOf(error, credentials)}`);
  });
  // A stranger may answer, and what it says reaches a terminal.
  const parsed = statusSchema.safeParse(printableIn(said));
  if (parsed.success) return parsed.data;
  throw new UserError(`${address} answers, but not as a process of understudy does`);
}

/** Why there is no answer, with the likely mistake where plain HTTP and TLS meet. */
function reasonOf(error: unknown, { tls }: Credentials): string {
  const reason = error instanceof Error ? error.message : String(error);
  const code = errorCode(error) ?? '';
  if (tls === undefined && (code === 'ECONNRESET' || code.startsWith('HPE_')))
    return `it hangs up on plain HTTP (${reason}); a port with TLS needs --tls-ca FILE`;
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return `it does not speak TLS (${reason}): leave out the --tls options`;
  return reason;
}
