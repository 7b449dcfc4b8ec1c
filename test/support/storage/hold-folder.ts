import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatNodeFolder, openNodeFolder } from '../../../src/storage/node-folder.ts';
import { nodeRecord } from './node-record.ts';

/** Opens the data folder named by the first argument and holds it until it is killed. */
const [, , folder = ''] = process.argv;
const opened = await open().catch((error: Error) => error);
process.stdout.write(opened instanceof Error ? `refused: ${opened.message}\n` : `holds ${opened.incarnation}\n`);
if (opened instanceof Error) process.exit(0);
setInterval(() => undefined, 1_000);

async function open() {
  if (!existsSync(join(folder, 'node.json'))) await formatNodeFolder(folder, nodeRecord());
  return openNodeFolder(folder);
}
