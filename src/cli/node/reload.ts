import type { LogLevel } from '../../operate/log-levels.ts';
import { LOG_LEVELS } from '../../operate/log-levels.ts';
import type { NodeLog } from '../../operate/logger.ts';
import type { ChangingSecret } from '../../security/secret.ts';
import { replaceTls, type Tls } from '../../security/tls.ts';
import { type CredentialFlags, secretFrom, serverTls } from '../shared/credentials.ts';
import { readYaml } from '../shared/yaml-file.ts';

/** What a running node reads again at SIGHUP. */
export interface Reloadable {
  readonly flags: CredentialFlags & { readonly config?: string };
  readonly secret: ChangingSecret;
  readonly tls: Tls | undefined;
  readonly log: NodeLog;
  /** The certificate has been replaced. */
  readonly useCertificate: () => void;
}

/**
 * Reads secrets, certificates and the log level of the configuration file again, each by itself: what cannot be read
 * leaves what was in use. Resolves to a sentence for each. Never rejects.
 */
export async function reload({ flags, secret, tls, log, useCertificate }: Reloadable): Promise<readonly string[]> {
  return [
    await attempt('the secret', flags.secretFile !== undefined, async () => {
      const fresh = await secretFrom(flags);
      if (fresh !== undefined) secret.replace(fresh);
    }),
    await attempt('the certificates', tls !== undefined, async () => {
      const fresh = await serverTls(flags);
      if (fresh === undefined || tls === undefined) return;
      replaceTls(tls, fresh);
      useCertificate();
    }),
    await attempt('the log level', flags.config !== undefined, async () => {
      const level = levelIn((await readYaml(flags.config ?? '')).value);
      if (level !== undefined) log.setLevel(level);
    }),
  ].filter((line) => line !== undefined);
}

async function attempt(what: string, isGiven: boolean, how: () => Promise<void>): Promise<string | undefined> {
  if (!isGiven) return undefined;
  try {
    await how();
    return `has reloaded ${what}`;
  } catch (error) {
    return `keeps ${what}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function levelIn(value: unknown): LogLevel | undefined {
  const given: unknown =
    typeof value === 'object' && value !== null && 'log-level' in value ? value['log-level'] : undefined;
  if (given === undefined) return undefined;
  const level = LOG_LEVELS.find((known) => known === given);
  if (level === undefined) throw new Error(`log-level: ${LOG_LEVELS.join(', ')} were expected`);
  return level;
}
