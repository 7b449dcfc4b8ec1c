import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { acceptingToo, readSecret, type Secret, secretOf } from '../../security/secret.ts';
import {
  CLIENT_CERTS,
  type ClientCerts,
  readTls,
  readTlsCaller,
  type Tls,
  type TlsCaller,
} from '../../security/tls.ts';
import { UsageError } from './errors.ts';

/** Options for the secret and certificates. */
export interface CredentialFlags {
  readonly secretFile?: string;
  /** Accepted besides, while the secret is changed. */
  readonly acceptSecretFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly clientCerts?: ClientCerts;
}

/** Whether an option or a variable says what the secret is. */
export function isSecretGiven({ secretFile }: CredentialFlags): boolean {
  return secretFile !== undefined || (process.env['UNDERSTUDY_SECRET'] ?? '') !== '';
}

/** Adds the options of every command that calls a cluster. */
export function takesCredentials(command: Command): Command {
  return command
    .addOption(
      new Option('--secret-file <file>', "the cluster's secret; or the secret itself in UNDERSTUDY_SECRET").env(
        'UNDERSTUDY_SECRET_FILE',
      ),
    )
    .addOption(new Option('--tls-cert <file>', 'speak TLS and show this certificate (PEM)').env('UNDERSTUDY_TLS_CERT'))
    .addOption(new Option('--tls-key <file>', 'its key').env('UNDERSTUDY_TLS_KEY'))
    .addOption(new Option('--tls-ca <file>', 'who signs the certificates of the cluster').env('UNDERSTUDY_TLS_CA'));
}

/** Adds the options of a command that is called by others. */
export function takesServerCredentials(command: Command): Command {
  return takesCredentials(command)
    .addOption(
      new Option('--accept-secret-file <file>', 'another secret to accept while it is changed').env(
        'UNDERSTUDY_ACCEPT_SECRET_FILE',
      ),
    )
    .addOption(
      new Option('--client-certs <who>', 'who must show a certificate')
        .choices(CLIENT_CERTS)
        .env('UNDERSTUDY_CLIENT_CERTS'),
    );
}

/**
 * The secret, from the file or the environment. Rejects with a UsageError; warns where other users can read the file.
 */
export async function secretFrom({ secretFile, acceptSecretFile }: CredentialFlags): Promise<Secret | undefined> {
  const { UNDERSTUDY_SECRET: text } = process.env;
  try {
    if (secretFile !== undefined) {
      const secret = await readSecret(secretFile);
      await warnOfReaders(secretFile);
      if (acceptSecretFile === undefined) return secret;
      await warnOfReaders(acceptSecretFile);
      return acceptingToo(secret, await readSecret(acceptSecretFile));
    }
    return text === undefined || text === '' ? undefined : secretOf(Buffer.from(text));
  } catch (error) {
    throw usage(error);
  }
}

/** The certificate of a caller, and the authority it trusts. */
export async function callerFrom(
  flags: CredentialFlags,
): Promise<{ readonly secret: Secret | undefined; readonly tls: TlsCaller | undefined }> {
  return { secret: await secretFrom(flags), tls: await callerTls(flags) };
}

/** The certificates of a process that is called; undefined without TLS. */
export async function serverTls({ tlsCert, tlsKey, tlsCa, clientCerts }: CredentialFlags): Promise<Tls | undefined> {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined && clientCerts === undefined) {
    return undefined;
  }
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('a node that speaks TLS needs --tls-cert and --tls-key');
  }
  const ca = tlsCa === undefined ? {} : { ca: tlsCa };
  const who = clientCerts === undefined ? {} : { clientCerts };
  return readTls({ cert: tlsCert, key: tlsKey, ...ca, ...who }).catch(refuse);
}

async function callerTls({ tlsCert, tlsKey, tlsCa }: CredentialFlags): Promise<TlsCaller | undefined> {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  return readTlsCaller({
    ...(tlsCert === undefined ? {} : { cert: tlsCert }),
    ...(tlsKey === undefined ? {} : { key: tlsKey }),
    ...(tlsCa === undefined ? {} : { ca: tlsCa }),
  }).catch(refuse);
}

async function warnOfReaders(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  process.stderr.write(`understudy: others on this machine can read ${file}; mend it with: chmod 600 ${file}\n`);
}

function refuse(error: unknown): never {
  throw usage(error);
}

function usage(error: unknown): UsageError {
  return new UsageError(error instanceof Error ? error.message : String(error));
}
