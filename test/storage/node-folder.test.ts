import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { ServiceEntry } from '../../src/protocol/model/directory.ts';
import { formatNodeFolder, type NodeFolder, openNodeFolder } from '../../src/storage/node-folder.ts';
import { nodeRecord } from '../support/storage/node-record.ts';
import { append, entriesAfter, GENESIS, newFolder } from '../support/storage/stores.ts';

const NODE = nodeRecord();

const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

async function newNode(): Promise<string> {
  const folder = await newFolder();
  await formatNodeFolder(folder, NODE);
  return folder;
}

async function openAndClose(folder: string): Promise<NodeFolder> {
  const opened = await openNodeFolder(folder);
  await opened.close();
  return opened;
}

async function startsAsCopy(path: string): Promise<boolean> {
  const opened = await openNodeFolder(path);
  await opened.close();
  return opened.isCopy;
}

describe('a data folder', () => {
  test('knows its node and raises its incarnation each time it is opened, and its replicas are told', async () => {
    const folder = join(await newFolder(), 'deeper', 's1');
    await formatNodeFolder(folder, NODE);
    for (const incarnation of [1, 2, 3]) {
      const opened = await openNodeFolder(folder);
      const store = await opened.openStore('users');
      expect(opened.node).toEqual(NODE);
      expect([opened.incarnation, store.stored.incarnation]).toEqual([incarnation, incarnation]);
      expect(JSON.parse(await readFile(join(folder, 'incarnation.json'), 'utf8'))).toMatchObject({
        format: 1,
        incarnation,
      });
      await store.close();
      await opened.close();
    }
  });

  test('says at its next start that it is a copy, once; its original and one that was moved are none', async () => {
    const parent = await newFolder();
    const [folder, copy, moved] = ['s1', 'copy', 'moved'].map((name) => join(parent, name));
    if (folder === undefined || copy === undefined || moved === undefined) throw new Error('three folders');
    await formatNodeFolder(folder, NODE);
    expect(await startsAsCopy(folder)).toBe(false);
    await cp(folder, copy, { recursive: true });
    expect(await startsAsCopy(copy)).toBe(true);
    expect(await startsAsCopy(copy)).toBe(false);
    await rename(folder, moved);
    expect(await startsAsCopy(moved)).toBe(false);
  });

  test('and all that is in it is readable by its user alone', async () => {
    const folder = join(await newFolder(), 's1');
    await formatNodeFolder(folder, NODE);
    const opened = await openNodeFolder(folder);
    const store = await opened.openStore('users');
    await store.write([append(entriesAfter(GENESIS, 2))]);
    opened.remember([]);
    await store.close();
    await opened.close();
    const names = await readdir(folder, { recursive: true });
    expect(names.length).toBeGreaterThan(3);
    for (const name of ['.', ...names])
      expect([name, (await stat(join(folder, name))).mode & 0o077]).toEqual([name, 0]);
  });

  test('that is absent or empty is not opened, and not made by that', async () => {
    const parent = await newFolder();
    const folder = join(parent, 's1');
    const message = /holds no data folder of node s1.*Let the node join anew with an empty folder/;
    await expect(openNodeFolder(folder, { nodeId: 's1' })).rejects.toThrow(message);
    expect(await readdir(parent)).toEqual([]);
    await mkdir(folder);
    await expect(openNodeFolder(folder, { nodeId: 's1' })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['cluster c, not to other', { clusterId: 'other' }],
    ['node s1, not to s2', { nodeId: 's2' }],
    ['a node of kind server, not to frontend', { kind: 'frontend' as const }],
  ])('that belongs to %s is refused', async (which, expected) => {
    const folder = await newNode();
    await expect(openNodeFolder(folder, expected)).rejects.toThrow(`belongs to ${which}`);
    expect(JSON.parse(await readFile(join(folder, 'incarnation.json'), 'utf8'))).toEqual({ format: 1, incarnation: 0 });
  });

  test('is formatted once', async () => {
    const folder = await newNode();
    await expect(formatNodeFolder(folder, NODE)).rejects.toThrow('is the data folder of s1 already');
  });

  test.each([
    ['{"format":4,"who":"s1"}', 'has format 4, and this version knows format 3: start the version that wrote it'],
    ['{"format":1,"clusterId":"c"}', 'has format 1, and this version knows format 3: version 0.1 wrote it'],
  ])('of another format is refused, whatever else its identity says: %s', async (contents, message) => {
    const folder = await newNode();
    await writeFile(join(folder, 'node.json'), contents);
    await expect(openNodeFolder(folder)).rejects.toThrow(message);
  });

  test.each(['node.json', 'incarnation.json'])('with a damaged %s is refused', async (name) => {
    const folder = await newNode();
    await openAndClose(folder);
    await writeFile(join(folder, name), '{"incarnation":-1}');
    await expect(openNodeFolder(folder)).rejects.toThrow(`${name} is missing or damaged`);
  });

  test('that lost its identity after it was used is neither opened nor formatted', async () => {
    const folder = await newNode();
    await openAndClose(folder);
    await rm(join(folder, 'node.json'));
    await expect(openNodeFolder(folder)).rejects.toThrow('has been used and has lost node.json');
    await expect(formatNodeFolder(folder, NODE)).rejects.toThrow('has been used and has lost node.json');
  });

  test.each([
    ['left', 's1 has left its cluster'],
    ['forcing', 'a force was cut short here'],
  ] as const)('whose node is %s is not opened', async (state, message) => {
    const folder = await newNode();
    const opened = await openNodeFolder(folder);
    await opened.rewrite({ ...NODE, state });
    await opened.close();
    await expect(openNodeFolder(folder)).rejects.toThrow(message);
  });

  test('whose formatting was interrupted is formatted again', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'events'));
    await writeFile(join(folder, 'events', 'log.tmp'), 'underst');
    await writeFile(join(folder, 'incarnation.json'), '{"format":1,"incarnation":0}');
    await formatNodeFolder(folder, NODE);
    const opened = await openNodeFolder(folder);
    const stores = await Promise.all(NODE.topology.groups.map((unit) => opened.openStore(unit)));
    expect(stores.map((store) => store.stored.entries)).toEqual([[], []]);
    await Promise.all(stores.map((store) => store.close()));
    await opened.close();
  });

  test('never gives an empty store for one that was lost, or was never there', async () => {
    const folder = await newNode();
    const opened = await openNodeFolder(folder);
    await rm(join(folder, 'events'), { recursive: true });
    await expect(opened.openStore('events')).rejects.toThrow('what this replica held is lost');
    await expect(opened.openStore('orders')).rejects.toThrow('what this replica held is lost');
    await opened.close();
  });

  test('keeps what its replicas wrote', async () => {
    const folder = await newNode();
    const first = await openNodeFolder(folder);
    const written = await first.openStore('events');
    await written.write([append(entriesAfter(GENESIS, 2))]);
    await written.close();
    await first.close();
    const second = await openNodeFolder(folder);
    const [events, users] = await Promise.all([second.openStore('events'), second.openStore('users')]);
    expect([events.stored.entries, users.stored.entries]).toEqual([entriesAfter(GENESIS, 2), []]);
    await Promise.all([events.close(), users.close()]);
    await second.close();
  });
});

describe('the directory in a data folder', () => {
  test('is the one that was remembered last', async () => {
    const folder = await newNode();
    const opened = await openNodeFolder(folder);
    expect(opened.services).toEqual({ services: [], damage: undefined });
    for (const nodeId of ['s2', 's3', 's4']) opened.remember([entry(nodeId)]);
    await opened.close();
    expect((await openAndClose(folder)).services).toEqual({ services: [entry('s4')], damage: undefined });
  });

  test.each(['', '{"format":1,"services":[{"nodeId":"s2"}]}', '{"format":9,"services":[]}'])(
    'is empty where its file is damaged, and says so: %j',
    async (contents) => {
      const folder = await newNode();
      await writeFile(join(folder, 'services.json'), contents);
      const { services } = await openAndClose(folder);
      expect(services.services).toEqual([]);
      expect(services.damage).toContain('services.json');
    },
  );
});

describe('the lock of a data folder', () => {
  test('refuses a second opening in the same process, until the first is closed', async () => {
    const folder = await newNode();
    const opened = await openNodeFolder(folder);
    await expect(openNodeFolder(folder)).rejects.toThrow(`is in use by process ${process.pid}`);
    await opened.close();
    await openAndClose(folder);
  });

  test('refuses another process and names the one that has it, stopped or not; after kill -9 it is free', async () => {
    const folder = await newFolder();
    const holder = await hold(folder);
    expect(holder.says).toBe('holds 1');
    const refusal = `${folder} is in use by process ${holder.child.pid}: no two processes can open one data folder`;
    await expect(openNodeFolder(folder)).rejects.toThrow(refusal);
    expect((await hold(folder)).says).toContain(refusal);
    holder.child.kill('SIGSTOP');
    await expect(openNodeFolder(folder)).rejects.toThrow(refusal);
    const gone = once(holder.child, 'exit');
    holder.child.kill('SIGKILL');
    await gone;
    const opened = await openNodeFolder(folder);
    expect(opened.incarnation).toBe(2);
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toHaveLength(1);
    await opened.close();
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toEqual([]);
  });

  test('is never won by two of many that start at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const folder = await newNode();
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => openNodeFolder(folder)));
      const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(winners.length).toBeLessThanOrEqual(1);
      await Promise.all(winners.map((winner) => winner.close()));
      await openAndClose(folder);
    }
  });

  test('works in a folder whose path is longer than the name of a socket may be', async () => {
    const folder = join(await newFolder(), 'a-rather-long-name'.repeat(9), 's1');
    await formatNodeFolder(folder, NODE);
    const opened = await openNodeFolder(folder);
    await expect(openNodeFolder(folder)).rejects.toThrow('is in use by process');
    await opened.close();
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toEqual([]);
  });
});

async function hold(folder: string): Promise<{ readonly child: ChildProcess; readonly says: string }> {
  const script = fileURLToPath(new URL('../support/storage/hold-folder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const said: unknown[] = await once(child.stdout, 'data');
  return { child, says: String(said[0]).trim() };
}

function entry(nodeId: string): ServiceEntry {
  return {
    nodeId,
    kind: 'server',
    address: '127.0.0.1:4601',
    diskId: `c/${nodeId}/1`,
    generation: 1,
    incarnation: 2,
    standing: 'member',
    beat: 7,
  };
}
