import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Shortest secret in bytes: a shorter one could be found by trying. */
const SECRET_AT_LEAST = 16;

/** Longest secret in bytes: a longer file is some other file. */
const SECRET_AT_MOST = 4_096;

/** How to make a secret, for messages that ask for one. */
export const MAKE_A_SECRET = 'make one with `(umask 077; head -c 32 /dev/urandom | base64 > understudy.secret)`';

/**
 * The secret shared by all processes and operators of one cluster. Its bytes can neither be read from it nor printed.
 */
export interface Secret {
  /** HMAC-SHA256 over `purpose` and `parts`, in hexadecimal digits. The proof of one purpose is no proof of another. */
  prove(purpose: string, parts: readonly (string | number)[]): string;
}

/** Makes a secret of bytes. Throws where there are fewer than `SECRET_AT_LEAST`. */
export function secretOf(bytes: Uint8Array): Secret {
  if (bytes.length < SECRET_AT_LEAST)
    throw new Error(`a secret has at least ${SECRET_AT_LEAST} bytes, not ${bytes.length}: ${MAKE_A_SECRET}`);
  const key = Buffer.from(bytes);
  return {
    // JSON: no other parts make the same text.
    prove: (purpose, parts) =>
      createHmac('sha256', key)
        .update(JSON.stringify([purpose, ...parts]))
        .digest('hex'),
  };
}

/**
 * Reads a secret from a file: all its bytes without white space at the end, which editors add. Rejects with a message
 * that names the file.
 */
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

/** Whether `claimed` is the proof of `parts` by `secret`, in constant time. */
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
