import { type Command, Option } from 'commander';
import { readSecretBytes, roleFileOf } from '../../security/secret.ts';
import { UsageError } from '../shared/errors.ts';

interface SecretFlags {
  readonly secretFile: string;
  readonly for: 'frontend' | 'operator';
}

/** Adds `understudy secret`: the key of one role, made of the cluster's secret. */
export function registerSecret(program: Command): void {
  program
    .command('secret')
    .description("print the secret's key for front ends or for operators, for a file of theirs")
    .addOption(new Option('--for <role>', 'whose key').choices(['frontend', 'operator']).makeOptionMandatory())
    .addOption(
      new Option('--secret-file <file>', "the cluster's secret").env('UNDERSTUDY_SECRET_FILE').makeOptionMandatory(),
    )
    .action(async ({ secretFile, for: role }: SecretFlags) => {
      try {
        process.stdout.write(roleFileOf(await readSecretBytes(secretFile), role));
      } catch (error) {
        throw new UsageError(error instanceof Error ? error.message : String(error));
      }
    });
}
