import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** A shorter secret could be found by trying. In bytes. */
const SECRET_AT_LEAST = 16;

/** A longer file is not a secret but some other file. In bytes. */
const SECRET_AT_MOST = 4_096;

/** How one makes a secret, for messages that ask for one. */
export const MAKE_A_SECRET = 'make one with `(umask 077; head -c 32 /dev/urandom | base64 > understudy.secret)`';

/** What all processes and operators of one cluster know and nobody else. Its bytes cannot be got out of it, nor printed. */
export interface Secret {
  /**
   * HMAC-SHA256 over `purpose` and `parts`, in hexadecimal digits. Each purpose is a world of its own: what proves the
   * secret in one is worth nothing in another.
   */
  prove(purpose: string, parts: readonly (string | number)[]): string;
}

/** Throws where there are fewer bytes than `SECRET_AT_LEAST`. */
export function secretOf(bytes: Uint8Array): Secret {
  if (bytes.length < SECRET_AT_LEAST)
    throw new Error(`a secret has at least ${SECRET_AT_LEAST} bytes, not ${bytes.length}: ${MAKE_A_SECRET}`);
  const key = Buffer.from(bytes);
  return {
    // As JSON, so that no other parts make the same text.
    prove: (purpose, parts) =>
      createHmac('sha256', key)
        .update(JSON.stringify([purpose, ...parts]))
        .digest('hex'),
  };
}

/** The secret in a file: all its bytes but white space at the end, which editors add. Rejects with a message that names the file. */
export async function readSecret(file: string): Promise<Secret> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`the secret in ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
  if (bytes.length > SECRET_AT_MOST) throw new Error(`${file} is no secret: it has more than ${SECRET_AT_MOST} bytes`);
  let length = bytes.length;
  while (length > 0 && isWhiteSpace(bytes[length - 1])) length -= 1;
  try {
    return secretOf(bytes.subarray(0, length));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Whether `claimed` is what `secret` proves of `parts`. Takes as long for a proof that is nearly right as for any other. */
export function isProven(
  secret: Secret,
  purpose: string,
  parts: readonly (string | number)[],
  claimed: string,
): boolean {
  const proof = Buffer.from(secret.prove(purpose, parts));
  const given = Buffer.from(claimed);
  return given.length === proof.length && timingSafeEqual(given, proof);
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
