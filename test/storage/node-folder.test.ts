import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openNodeFolder } from '../../src/storage/node-folder.ts';
import { append, entriesAfter, GENESIS, newFolder } from './fixtures.ts';

const IDENTITY = { clusterId: 'c', nodeId: 's1', diskId: 'd' };
const NEW = { format: true, units: ['events', 'users'] };
const KNOWN = { format: false, units: [] };

const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

describe('a data folder', () => {
  test('raises its incarnation each time it is opened, and its replicas are told', async () => {
    const folder = join(await newFolder(), 'deeper', 's1');
    for (const [incarnation, options] of [
      [1, NEW],
      [2, KNOWN],
      [3, NEW],
    ] as const) {
      const opened = await openNodeFolder(folder, IDENTITY, options);
      const store = await opened.openStore('users');
      expect([opened.incarnation, store.stored.incarnation]).toEqual([incarnation, incarnation]);
      expect(JSON.parse(await readFile(join(folder, 'incarnation.json'), 'utf8'))).toEqual({ incarnation });
      await store.close();
      await opened.close();
    }
  });

  test('that is absent is not made unless it is to be formatted', async () => {
    const parent = await newFolder();
    const folder = join(parent, 's1');
    const message = /holds no data folder of node s1.*If its disk was lost, it must not come back as if it were new/;
    await expect(openNodeFolder(folder, IDENTITY, KNOWN)).rejects.toThrow(message);
    expect(await readdir(parent)).toEqual([]);
    await mkdir(folder);
    await expect(openNodeFolder(folder, IDENTITY, KNOWN)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['cluster other, not to c', { ...IDENTITY, clusterId: 'other' }],
    ['node s2, not to s1', { ...IDENTITY, nodeId: 's2' }],
    ['disk e, not to d', { ...IDENTITY, diskId: 'e' }],
  ])('that belongs to %s is refused', async (which, identity) => {
    const folder = await newFolder();
    await openNodeFolder(folder, identity, NEW).then((opened) => opened.close());
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow(`belongs to ${which}`);
    expect(JSON.parse(await readFile(join(folder, 'incarnation.json'), 'utf8'))).toEqual({ incarnation: 1 });
  });

  test('of another format is refused, whatever else its identity says', async () => {
    const folder = await newFolder();
    await openNodeFolder(folder, IDENTITY, NEW).then((opened) => opened.close());
    await writeFile(join(folder, 'node.json'), '{"format":2,"who":"s1"}');
    await expect(openNodeFolder(folder, IDENTITY, KNOWN)).rejects.toThrow(
      'has format 2, and this version knows format 1',
    );
  });

  test.each(['node.json', 'incarnation.json'])('with a damaged %s is refused', async (name) => {
    const folder = await newFolder();
    await openNodeFolder(folder, IDENTITY, NEW).then((opened) => opened.close());
    await writeFile(join(folder, name), '{"incarnation":-1}');
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow(`${name} is missing or damaged`);
  });

  test('that lost its identity after it was used is neither opened nor formatted', async () => {
    const folder = await newFolder();
    await openNodeFolder(folder, IDENTITY, NEW).then((opened) => opened.close());
    await rm(join(folder, 'node.json'));
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow('has been used and has lost node.json');
  });

  test('whose formatting was interrupted is formatted again', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'events'));
    await writeFile(join(folder, 'events', 'log.tmp'), 'underst');
    await writeFile(join(folder, 'incarnation.json'), '{"incarnation":0}');
    const opened = await openNodeFolder(folder, IDENTITY, NEW);
    const stores = await Promise.all(NEW.units.map((unit) => opened.openStore(unit)));
    expect(stores.map((store) => store.stored.entries)).toEqual([[], []]);
    await Promise.all(stores.map((store) => store.close()));
    await opened.close();
  });

  test('never gives an empty store for one that was lost, or was never there', async () => {
    const folder = await newFolder();
    const opened = await openNodeFolder(folder, IDENTITY, NEW);
    await rm(join(folder, 'events'), { recursive: true });
    await expect(opened.openStore('events')).rejects.toThrow('what this replica held is lost');
    await expect(opened.openStore('orders')).rejects.toThrow('what this replica held is lost');
    await opened.close();
  });

  test('keeps what its replicas wrote', async () => {
    const folder = await newFolder();
    const first = await openNodeFolder(folder, IDENTITY, NEW);
    const written = await first.openStore('events');
    await written.write([append(entriesAfter(GENESIS, 2))]);
    await written.close();
    await first.close();
    const second = await openNodeFolder(folder, IDENTITY, KNOWN);
    const [events, users] = await Promise.all([second.openStore('events'), second.openStore('users')]);
    expect([events.stored.entries, users.stored.entries]).toEqual([entriesAfter(GENESIS, 2), []]);
    await Promise.all([events.close(), users.close()]);
    await second.close();
  });
});

describe('the lock of a data folder', () => {
  test('refuses a second opening in the same process, until the first is closed', async () => {
    const folder = await newFolder();
    const opened = await openNodeFolder(folder, IDENTITY, NEW);
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow(`is in use by process ${process.pid}`);
    await opened.close();
    await openNodeFolder(folder, IDENTITY, NEW).then((again) => again.close());
  });

  test('refuses another process and names the one that has it, stopped or not; after kill -9 it is free', async () => {
    const folder = await newFolder();
    const holder = await hold(folder);
    expect(holder.says).toBe('holds 1');
    const refusal = `${folder} is in use by process ${holder.child.pid}: no two processes can open one data folder`;
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow(refusal);
    expect((await hold(folder)).says).toContain(refusal);
    holder.child.kill('SIGSTOP');
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow(refusal);
    const gone = once(holder.child, 'exit');
    holder.child.kill('SIGKILL');
    await gone;
    const opened = await openNodeFolder(folder, IDENTITY, KNOWN);
    expect(opened.incarnation).toBe(2);
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toHaveLength(1);
    await opened.close();
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toEqual([]);
  });

  test('is never won by two of many that start at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const folder = await newFolder();
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => openNodeFolder(folder, IDENTITY, NEW)));
      const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(winners.length).toBeLessThanOrEqual(1);
      await Promise.all(winners.map((winner) => winner.close()));
      await openNodeFolder(folder, IDENTITY, NEW).then((opened) => opened.close());
    }
  });

  test('works in a folder whose path is longer than the name of a socket may be', async () => {
    const folder = join(await newFolder(), 'a-rather-long-name'.repeat(9), 's1');
    const opened = await openNodeFolder(folder, IDENTITY, NEW);
    await expect(openNodeFolder(folder, IDENTITY, NEW)).rejects.toThrow('is in use by process');
    await opened.close();
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toEqual([]);
  });
});

async function hold(folder: string): Promise<{ readonly child: ChildProcess; readonly says: string }> {
  const script = fileURLToPath(new URL('./hold-folder.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const said: unknown[] = await once(child.stdout, 'data');
  return { child, says: String(said[0]).trim() };
}
