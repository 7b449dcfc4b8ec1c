import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogBase } from '../../../src/protocol/model/entry.ts';
import { formatNodeFolder, openNodeFolder } from '../../../src/storage/node-folder.ts';
import { nodeRecord } from './node-record.ts';
import { append, entriesAfter, GENESIS, snapshotAt } from './samples.ts';

/*
 * Writes to the data folder named by the first argument until the disk takes no more, and prints what came of it as JSON.
 * With `save` as the second argument it is a snapshot that is one too many. With a third, that many bytes lie in the way until
 * then, and the folder is opened again, before and after they are gone.
 */
const [, , folder = '', what = '', inTheWay = ''] = process.argv;
const ballast = join(folder, '..', 'ballast');
if (!existsSync(folder)) await formatNodeFolder(folder, nodeRecord());
if (inTheWay !== '') await writeFile(ballast, Buffer.alloc(Number(inTheWay)));
process.stdout.write(`${JSON.stringify({ ...(await fill()), ...(inTheWay === '' ? {} : await again()) })}\n`);
process.exit(0);

async function fill(): Promise<{ readonly last: number; readonly error: string }> {
  const node = await openNodeFolder(folder);
  const store = await node.openStore('events');
  let last: LogBase = GENESIS;
  try {
    for (;;) {
      const entries = entriesAfter(last, 40);
      await store.write([append(entries)]);
      last = entries.at(-1) ?? last;
      if (what === 'save') await store.save(snapshotAt(last));
    }
  } catch (error) {
    return { last: last.index, error: messageOf(error) };
  } finally {
    await node.close();
  }
}

/** While the disk is full, and when it is not any more. */
async function again(): Promise<object> {
  // Not even the next incarnation has room.
  await writeFile(`${ballast}-2`, Buffer.alloc(1_000_000)).catch(() => undefined);
  const whileFull = await open().catch(messageOf);
  await rm(ballast);
  await rm(`${ballast}-2`);
  return { whileFull, afterwards: await open().catch(messageOf) };
}

/** The last entry, after one more was written. */
async function open(): Promise<number> {
  const node = await openNodeFolder(folder);
  const store = await node.openStore('events');
  const last = store.stored.entries.at(-1) ?? store.stored.snapshot?.base ?? GENESIS;
  await store.write([append(entriesAfter(last, 1))]);
  await store.close();
  await node.close();
  return last.index;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
