import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { errorCode } from '../../protocol/model/error-code.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { wholeNumber } from '../shared/numbers.ts';
import { print } from '../sim/output.ts';
import { hashOf } from './run-link.ts';
import { serveSite } from './serve-site.ts';
import { writeSite } from './write-site.ts';

const PORT = 4680;

/** Adds `playground`: the simulator as a page, served on this machine or written into a folder. */
export function registerPlayground(program: Command): void {
  program
    .command('playground')
    .description('watch runs, break them and step back, in a browser')
    .argument('[run]', 'what to open: a plan, or a folder of capsules/ (default: the first lesson)')
    .option('--port <number>', 'the port on 127.0.0.1; 0: any free one (default: 4680)', wholeNumber(0, 65_535))
    .option('--out <folder>', 'write the page there instead: static files, for any web server')
    .action(async (run: string | undefined, flags: { readonly port?: number; readonly out?: string }) => {
      const { port: given, out } = flags;
      if (out !== undefined && run !== undefined)
        throw new UsageError('--out writes the page alone: open a run by the page that is served');
      if (out !== undefined && given !== undefined)
        throw new UsageError('--out writes files and --port serves them: leave one of them out');
      const port = given ?? PORT;
      const hash = run === undefined ? '' : await hashOf(run);
      const site = siteFolder();
      if (out !== undefined) {
        await writeSite(site, out);
        print(`The playground is in ${out}. Serve it by any web server: pages from file:// may not start workers.`);
        return;
      }
      const { address } = await serveSite(site, port).catch((error: unknown) => {
        if (errorCode(error) !== 'EADDRINUSE') throw error;
        throw new UserError(`port ${port} of 127.0.0.1 is in use: choose another with --port`);
      });
      print(`The playground: ${address}${hash}   (Ctrl-C ends it)`);
    });
}

/** The built page: beside this file in a package, in `dist` of a checkout. */
function siteFolder(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const folder = fileURLToPath(new URL(isSource ? '../../../dist/playground/' : '../../playground/', import.meta.url));
  if (!existsSync(join(folder, 'index.html')))
    throw new UserError('the playground is not built: run `npm run build` in the checkout first');
  return folder;
}
