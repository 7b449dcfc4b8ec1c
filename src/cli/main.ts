import { Command, CommanderError } from 'commander';
import { registerCheck } from './check.ts';
import { registerNodes } from './node-commands.ts';
import { registerReplayLive } from './replay-live.ts';
import { registerSim } from './sim.ts';
import { registerStatus } from './status.ts';
import { registerUp } from './up.ts';
import { UsageError, UserError } from './user-error.ts';
import { versionOfPackage } from './version.ts';

const program = new Command('understudy')
  .description('Replicated services that are also simulated: the same reducers live and under a seed.')
  .version(versionOfPackage())
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'understudy: ')) })
  .exitOverride();

registerUp(program);
registerNodes(program);
registerStatus(program);
registerSim(program);
registerReplayLive(program);
registerCheck(program);

// Whoever reads along (`| head`) may have enough: that ends the command, and is no failure of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UserError || isOfTheSystem(error)) {
    console.error(`understudy: ${error.message}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  } else throw error;
}

/** A file or a port that is not as the command needs it: its message says which, and a stack says no more. */
function isOfTheSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
