import { Command, CommanderError } from 'commander';
import { printableLines } from '../protocol/model/printable.ts';
import { StorageError } from '../storage/storage-error.ts';
import { UsageError, UserError } from './shared/errors.ts';
import { shortened } from './shared/shortened.ts';
import { versionOfPackage } from '../transport-http/handshake/build.ts';

interface CommandFile {
  readonly names: readonly string[];
  readonly register: (program: Command) => Promise<void>;
}

const COMMANDS: readonly CommandFile[] = [
  { names: ['up'], register: async (to) => (await import('./up/up.ts')).registerUp(to) },
  {
    names: ['server', 'frontend', 'init'],
    register: async (to) => (await import('./node/commands.ts')).registerNodes(to),
  },
  {
    names: ['leave', 'transfer', 'remove'],
    register: async (to) => (await import('./admin/orders.ts')).registerOrders(to),
  },
  { names: ['secret'], register: async (to) => (await import('./admin/secret.ts')).registerSecret(to) },
  { names: ['force'], register: async (to) => (await import('./node/force.ts')).registerForce(to) },
  { names: ['status'], register: async (to) => (await import('./status/status.ts')).registerStatus(to) },
  { names: ['client'], register: async (to) => (await import('./client/index.ts')).registerClient(to) },
  { names: ['evaluate'], register: async (to) => (await import('./evaluate/index.ts')).registerEvaluate(to) },
  { names: ['sim'], register: async (to) => (await import('./sim/index.ts')).registerSim(to) },
  { names: ['chaos'], register: async (to) => (await import('./chaos/chaos.ts')).registerChaos(to) },
  { names: ['replay-live'], register: async (to) => (await import('./node/replay.ts')).registerReplayLive(to) },
  { names: ['upgrade'], register: async (to) => (await import('./upgrade/upgrade.ts')).registerUpgrade(to) },
  {
    names: ['playground'],
    register: async (to) => (await import('./playground/playground.ts')).registerPlayground(to),
  },
  { names: ['schema'], register: async (to) => (await import('./schema/schema.ts')).registerSchema(to) },
  { names: ['check'], register: async (to) => (await import('./check/check.ts')).registerCheck(to) },
];

const program = new Command('understudy')
  .description('Replicated services that are also simulated: the same reducers live and under a seed.')
  .version(versionOfPackage())
  .configureOutput({ outputError: (text, write) => write(shortened(text.replace(/^error: /, 'understudy: '))) })
  .exitOverride();

// Only the files of the given command are loaded: a starting server does not wait for the simulator.
const [asked = ''] = process.argv.slice(2);
const wanted = COMMANDS.filter(({ names }) => names.includes(asked));
for (const { register } of wanted.length > 0 ? wanted : COMMANDS) await register(program);

// A reader such as `| head` may close the pipe: that ends the command without an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') console.error(`understudy: its output cannot be written: ${error.message}`);
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
// What cannot be said cannot be said anywhere else either.
process.stderr.on('error', () => process.exit(1));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UserError || error instanceof StorageError || isOfTheSystem(error)) {
    console.error(`understudy: ${printableLines(shortened(error.message))}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  } else throw error;
}

/** A file or a port that is not as the command needs it: the message names it, and a stack would add nothing. */
function isOfTheSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
