import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatNodeFolder, openNodeFolder } from '../../src/storage/node-folder.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { nodeRecord } from '../support/storage/node-record.ts';
import { append, entriesAfter, FINE_SLICES, GENESIS, newFolder, snapshotAt } from '../support/storage/stores.ts';

/** The folder of s1 after a life in which it wrote a log and a snapshot. */
async function usedFolder(): Promise<string> {
  const folder = join(await newFolder(), 's1');
  await formatNodeFolder(folder, nodeRecord());
  const node = await openNodeFolder(folder);
  const store = await node.openStore('events', FINE_SLICES);
  const entries = entriesAfter(GENESIS, 9);
  for (const entry of entries) await store.write([append([entry])]);
  await store.save(snapshotAt(entries[4] ?? GENESIS));
  await store.write([{ type: 'compact', through: 3 }]);
  for (const entry of entriesAfter(entries[8] ?? GENESIS, 3)) await store.write([append([entry])]);
  await store.close();
  await node.close();
  return folder;
}

async function openAll(folder: string): Promise<string | undefined> {
  const node = await openNodeFolder(folder, { clusterId: 'c', nodeId: 's1', kind: 'server' });
  const { damage } = node.services;
  try {
    for (const unit of node.node.topology.groups) await (await node.openStore(unit, FINE_SLICES)).close();
  } finally {
    await node.close();
  }
  return damage;
}

const LOG = 'events/log';
const SNAPSHOT = 'events/snapshot-0000000000000005';

async function change(path: string, how: (contents: string) => string): Promise<void> {
  // Byte for byte, whatever they mean.
  await writeFile(path, Buffer.from(how(await readFile(path, 'latin1')), 'latin1'));
}

function flipped(contents: string, at: number): string {
  return contents.slice(0, at) + String.fromCharCode(contents.charCodeAt(at) ^ 1) + contents.slice(at + 1);
}

/** What is wrong with a folder, how it came to be so, and what the message says: the words of the page in docs/operating/disks.md. */
const cases: readonly (readonly [string, (folder: string) => Promise<unknown>, string])[] = [
  ['no folder', (folder) => rm(folder, { recursive: true }), 'holds no data folder of node s1'],
  [
    'an empty folder',
    (folder) => rm(folder, { recursive: true }).then(() => mkdir(folder)),
    'holds no data folder of node s1',
  ],
  ['no node.json', (folder) => rm(join(folder, 'node.json')), 'has been used and has lost node.json'],
  ['a damaged node.json', (folder) => change(join(folder, 'node.json'), () => '{'), 'node.json is missing or damaged'],
  [
    "another node's folder",
    (folder) => change(join(folder, 'node.json'), (text) => text.replace('"nodeId": "s1"', '"nodeId": "s2"')),
    'belongs to node s2, not to s1',
  ],
  [
    "another cluster's folder",
    (folder) => change(join(folder, 'node.json'), (text) => text.replace('"clusterId": "c"', '"clusterId": "d"')),
    'belongs to cluster d, not to c',
  ],
  [
    'an older format',
    (folder) => change(join(folder, 'node.json'), (text) => text.replace('"format": 2', '"format": 1')),
    'has format 1, and this version knows format 3: version 0.1 wrote it',
  ],
  [
    'a newer format',
    (folder) => change(join(folder, 'node.json'), (text) => text.replace('"format": 2', '"format": 4')),
    'has format 4, and this version knows format 3: start the version that wrote it',
  ],
  ['no incarnation.json', (folder) => rm(join(folder, 'incarnation.json')), 'incarnation.json is missing or damaged'],
  [
    'an incarnation.json of a newer format that differs in all else',
    (folder) => change(join(folder, 'incarnation.json'), () => '{"format":2,"starts":[1,2]}'),
    'incarnation.json has format 2, and this version knows format 1',
  ],
  [
    'an incarnation.json of a newer format',
    (folder) => change(join(folder, 'incarnation.json'), (text) => text.replace('"format":1', '"format":2')),
    'incarnation.json has format 2, and this version knows format 1',
  ],
  [
    'a replica without its folder',
    (folder) => rm(join(folder, 'users'), { recursive: true }),
    'is missing, although the data folder around it is there',
  ],
  [
    'a replica without its log',
    (folder) => rm(join(folder, LOG)),
    'is missing, although the data folder around it is there',
  ],
  [
    'a log damaged in the middle',
    (folder) => change(join(folder, LOG), (text) => flipped(text, Math.floor(text.length / 2))),
    'is bad, and a good one follows at byte',
  ],
  [
    'a log damaged at its beginning',
    (folder) => change(join(folder, LOG), (text) => flipped(text, 3)),
    'does not begin as a log does',
  ],
  [
    'a log of a newer format',
    (folder) => change(join(folder, LOG), (text) => text.replace('understudy log 1', 'understudy log 2')),
    'log has format 2, and this version knows format 1',
  ],
  [
    'a damaged snapshot',
    (folder) => change(join(folder, SNAPSHOT), (text) => flipped(text, Math.floor(text.length / 2))),
    'is damaged: the record at byte',
  ],
  [
    'a snapshot cut short',
    (folder) => change(join(folder, SNAPSHOT), (text) => text.slice(0, -1)),
    'is damaged: the record at byte',
  ],
  [
    'a snapshot of a newer format',
    (folder) =>
      change(join(folder, SNAPSHOT), (text) => text.replace('understudy snapshot 1', 'understudy snapshot 2')),
    'has format 2, and this version knows format 1',
  ],
  ['no snapshot in front of its log', (folder) => rm(join(folder, SNAPSHOT)), 'entries are missing'],
  [
    "another replica's log",
    (folder) => rename(join(folder, 'users/log'), join(folder, LOG)),
    'is missing, although the data folder around it is there',
  ],
];

describe('a data folder with', () => {
  test.each(cases)('%s is refused, and what is there stays as it is', async (_, harm, message) => {
    const folder = await usedFolder();
    await harm(folder);
    const before = await readFile(join(folder, LOG)).catch(() => undefined);
    const error: unknown = await openAll(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StorageError);
    expect(String(error)).toContain(message);
    expect(await readFile(join(folder, LOG)).catch(() => undefined)).toEqual(before);
  });

  test('nothing wrong is opened', async () => {
    expect(await openAll(await usedFolder())).toBe(undefined);
  });

  test('a torn last write is opened without it', async () => {
    const folder = await usedFolder();
    await change(join(folder, LOG), (text) => text.slice(0, -5));
    expect(await openAll(folder)).toBe(undefined);
  });

  test.each([
    ['damaged', '{"format":1', /services\.json is damaged/],
    ['of a newer format', '{"format":2,"services":[]}', /services\.json has format 2/],
    ['of a newer format that differs in all else', '{"format":2,"nodes":{}}', /services\.json has format 2/],
  ])('a services.json that is %s is opened, and says so', async (_, contents, said) => {
    const folder = await usedFolder();
    await writeFile(join(folder, 'services.json'), contents);
    expect(await openAll(folder)).toMatch(said);
  });
});

test('the page on disks has all these messages', async () => {
  const page = (await readFile(new URL('../../docs/operating/disks.md', import.meta.url), 'utf8')).replaceAll('`', '');
  const missing = cases.filter(([, , message]) => !page.includes(message));
  expect(missing.map(([, , message]) => message)).toEqual([]);
});
