import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Shortest secret in bytes: a shorter one could be found by trying. */
const SECRET_AT_LEAST = 16;

/** Longest secret in bytes: a longer file is some other file. */
const SECRET_AT_MOST = 4_096;

/** How to make a secret, for messages that ask for one. */
export const MAKE_A_SECRET = 'make one with `(umask 077; head -c 32 /dev/urandom | base64 > understudy.secret)`';

/** What a key proves: a data server, a front end, or an operator. */
export type KeyRole = 'server' | 'frontend' | 'operator';

export const KEY_ROLES: readonly KeyRole[] = ['server', 'frontend', 'operator'];

/** A key of one role. Its bytes can neither be read from it nor printed. */
export interface Key {
  /** HMAC-SHA256 over `purpose` and `parts`, in hexadecimal digits. The proof of one purpose is no proof of another. */
  prove(purpose: string, parts: readonly (string | number)[]): string;
}

/**
 * What a secret's file gives: the cluster's secret itself has the keys of all roles, which are derived from it
 * (HKDF-SHA256, RFC 5869); a file for front ends or operators has the key of that role alone.
 */
export interface Secret {
  /** The key by which this process proves the role; undefined where its file has none. */
  key(role: KeyRole): Key | undefined;
  /** The keys of the role that are accepted: that one, and while the secret is changed another. */
  keys(role: KeyRole): readonly Key[];
}

/** A secret whose file was read again. */
export interface ChangingSecret extends Secret {
  replace(by: Secret): void;
}

/** The text of a file for front ends or for operators: `understudy-operator-key 6f1c…`. */
const ROLE_FILE = /^understudy-(frontend|operator)-key ([0-9a-f]{64})$/;

/**
 * Makes a secret of bytes: the cluster's own, or the text of a file for one role. Throws where there are fewer than
 * `SECRET_AT_LEAST`.
 */
export function secretOf(bytes: Uint8Array): Secret {
  const [, only, digits] = ROLE_FILE.exec(Buffer.from(bytes).toString('latin1')) ?? [];
  if (digits !== undefined) return ofKeys(new Map([[only, keyOf(Buffer.from(digits, 'hex'))]]));
  return ofKeys(new Map(KEY_ROLES.map((role) => [role, keyOf(derived(bytes, role))])));
}

/** The text of a file that has the key of `role` alone, made of the cluster's secret. Throws as `secretOf` does. */
export function roleFileOf(bytes: Uint8Array, role: Exclude<KeyRole, 'server'>): string {
  if (ROLE_FILE.test(Buffer.from(bytes).toString('latin1')))
    throw new Error("this is the key of one role: keys are made of the cluster's secret");
  return `understudy-${role}-key ${derived(bytes, role).toString('hex')}\n`;
}

/** `secret` that accepts the keys of `other` as well. */
export function acceptingToo(secret: Secret, other: Secret): Secret {
  return { key: (role) => secret.key(role), keys: (role) => [...secret.keys(role), ...other.keys(role)] };
}

/** A secret that can be replaced while it is in use. */
export function changing(first: Secret): ChangingSecret {
  let secret = first;
  return {
    key: (role) => secret.key(role),
    keys: (role) => secret.keys(role),
    replace: (by) => (secret = by),
  };
}

function ofKeys(keys: ReadonlyMap<string | undefined, Key>): Secret {
  return {
    key: (role) => keys.get(role),
    keys: (role) => [keys.get(role)].filter((key) => key !== undefined),
  };
}

function derived(bytes: Uint8Array, role: KeyRole): Buffer {
  if (bytes.length < SECRET_AT_LEAST)
    throw new Error(`a secret has at least ${SECRET_AT_LEAST} bytes, not ${bytes.length}: ${MAKE_A_SECRET}`);
  return Buffer.from(hkdfSync('sha256', bytes, '', `understudy ${role}`, 32));
}

/** A key of bytes. */
export function keyOf(bytes: Uint8Array): Key {
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
  const bytes = await readSecretBytes(file);
  try {
    return secretOf(bytes);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The bytes of a secret's file without white space at the end. Rejects with a message that names the file. */
export async function readSecretBytes(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`the secret in ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
  if (bytes.length > SECRET_AT_MOST) throw new Error(`${file} is no secret: it has more than ${SECRET_AT_MOST} bytes`);
  let length = bytes.length;
  while (length > 0 && isWhiteSpace(bytes[length - 1])) length -= 1;
  return bytes.subarray(0, length);
}

/** Whether `claimed` is the proof of `parts` by `key`, in constant time. */
export function isProven(key: Key, purpose: string, parts: readonly (string | number)[], claimed: string): boolean {
  const proof = Buffer.from(key.prove(purpose, parts));
  const given = Buffer.from(claimed);
  return given.length === proof.length && timingSafeEqual(given, proof);
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
