import { openNodeFolder } from '../../src/storage/node-folder.ts';

/** Opens the data folder named by the first argument and holds it until it is killed. */
const [, , folder = ''] = process.argv;
const identity = { clusterId: 'c', nodeId: 's1', diskId: 'd' };
const opened = await openNodeFolder(folder, identity, { format: true, units: ['events'] }).catch(
  (error: Error) => error,
);
process.stdout.write(opened instanceof Error ? `refused: ${opened.message}\n` : `holds ${opened.incarnation}\n`);
if (opened instanceof Error) process.exit(0);
setInterval(() => undefined, 1_000);
