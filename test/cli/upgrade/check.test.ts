import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkFolder } from '../../../src/cli/upgrade/upgrade.ts';
import type { Body } from '../../../src/protocol/model/entry.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import { genesis } from '../../../src/protocol/model/log.ts';
import { initialMachine } from '../../../src/protocol/model/machine.ts';
import { firstConfiguration } from '../../../src/protocol/model/topology.ts';
import { formatNodeFolder, openNodeFolder } from '../../../src/storage/node-folder.ts';
import { epoch, WALL, written } from '../../support/protocol/replica-script.ts';
import { nodeRecord } from '../../support/storage/node-record.ts';
import { newFolder } from '../../support/storage/stores.ts';

const FIRST = 'examples/seats/change/seats.v1.ts';
const SECOND = 'examples/seats/change/seats.ts';

const NODE = nodeRecord({
  service: 'seats',
  topology: { clusterId: 'c', servers: ['s1'], frontEnds: [], groups: ['hall'] },
});

const HOLD = { type: 'hold', seat: 'A1', name: 'ada' };
const BUY = { type: 'buy', seat: 'A1', token: 1 };
/** The entry that activates version 2. */
const ACTIVATED = 'activated';

/** A data folder of the first version whose log has these commands, and what else is an entry. */
function folderOf(...bodies: readonly Json[]): Promise<string> {
  return folderWith(bodies.map(bodyOf));
}

/** `snapshotAt`: with a snapshot of a free hall at that index, and the entries in front of it still in the log. */
async function folderWith(bodies: readonly Body[], snapshotAt?: number): Promise<string> {
  const folder = join(await newFolder(), 's1');
  await formatNodeFolder(folder, NODE);
  const opened = await openNodeFolder(folder);
  const store = await opened.openStore('hall');
  const { base } = genesis('c', 'hall', firstConfiguration(NODE.topology, 'hall'), NODE.window);
  const entries = written(base, epoch('1.s1'), { type: 'noop' }, ...bodies);
  await store.write([{ type: 'append', entries, wall: WALL }]);
  const at = entries.find(({ index }) => index === snapshotAt);
  if (at !== undefined) {
    const { index, epoch: by, hash, lamport, wall } = at;
    const end = { index, epoch: by, hash, lamport, wall };
    const machine = initialMachine(end, { seats: {}, tokens: 0, sales: 0 }, NODE.window);
    await store.save({ base: end, configuration: firstConfiguration(NODE.topology, 'hall'), machine });
  }
  await store.close();
  await opened.close();
  return folder;
}

function bodyOf(given: Json, place: number): Body {
  if (given === ACTIVATED) return { type: 'activate', version: 2 };
  return { type: 'write', uuid: `u${place}`, issuedAt: WALL, command: given };
}

/** A service of one group in a file, changed in these words. */
async function changed(file: string, ...words: readonly (readonly [string, string])[]): Promise<string> {
  let source = readFileSync(file, 'utf8').replace("'./seats.v1.ts'", `'${join(process.cwd(), FIRST)}'`);
  for (const [from, to] of words) {
    expect(source).toContain(from);
    source = source.replace(from, to);
  }
  const path = join(await newFolder(), 'seats.ts');
  writeFileSync(path, source);
  return path;
}

async function checked(folder: string, service: string, now?: string) {
  const { groups } = await checkFolder(folder, { service, ...(now === undefined ? {} : { with: now }) });
  return groups[0];
}

function digestOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map(({ parentPath, name }) => join(parentPath, name)).toSorted();
  return createHash('sha256')
    .update(files.map((file) => `${file} ${readFileSync(file, 'hex')}`).join('\n'))
    .digest('hex');
}

/** A data folder of the first version whose log has these commands, sent without a key. */
function numberedFolder(...bodies: readonly Json[]): Promise<string> {
  // The session is entry 2, so that is its id.
  const numbered = bodies.map((command, place): Body => {
    return { type: 'write', uuid: `w${place}`, slot: { session: 2, number: place + 1, done: 0 }, command };
  });
  return folderWith([{ type: 'open', name: 'f1' }, ...numbered]);
}

describe('understudy upgrade check', { timeout: 60_000 }, () => {
  test('A raised version may part: it names the first entry, what differs, and what cannot be read.', async () => {
    const group = await checked(await folderOf(HOLD, BUY), SECOND);
    expect(group).toMatchObject({
      version: { from: 1, active: 1, newest: 2 },
      entries: { from: 1, to: 3 },
      needs: [1],
      lacks: [],
      migration: { type: 'works' },
      unreadable: { index: 2, type: 'hold', count: 1 },
      problems: [],
    });
    expect(group?.raised?.parting).toMatchObject({
      index: 3,
      command: BUY,
      in: 'outcome',
      path: 'value',
      old: 'null',
      new: '{"price":40}',
    });
  });

  test('A migrated state that breaks an invariant of the new version is a problem.', async () => {
    const folder = await folderOf(HOLD, BUY);
    const hall = await checked(folder, await changed(SECOND, ['...counts,', '...counts, sales: 0,']));
    expect(hall?.migration?.type).toBe('fails');
    expect(hall?.problems).toEqual([
      expect.stringMatching(/^the migrated state breaks the invariant .+ of version 2: /),
    ]);
  });

  test('It changes nothing in the folder.', async () => {
    const folder = await folderOf(HOLD, BUY);
    const before = digestOf(folder);
    await checked(folder, SECOND);
    expect(digestOf(folder)).toBe(before);
  });

  test('A version that is not raised may not part, in outcomes or in states.', async () => {
    const folder = await folderOf(HOLD, BUY);
    expect(await checked(folder, FIRST, FIRST)).toMatchObject({ problems: [], same: { applied: 3, states: 3 } });
    const loud = await changed(FIRST, [
      'else [taken.sold, now.sales] = [true, now.sales + 1];',
      'else taken.sold = true;',
    ]);
    const group = await checked(folder, loud, FIRST);
    expect(group?.problems).toEqual(['it parts from what runs, under the same version 1: raise the version']);
    expect(group?.same?.parting).toMatchObject({ index: 3, in: 'state', path: 'sales', old: '1', new: '0' });
  });

  test('It begins at the snapshot, also where the log keeps entries in front of it.', async () => {
    const hold = { type: 'write', uuid: 'u0', issuedAt: WALL, command: HOLD } as const;
    const folder = await folderWith([{ type: 'noop' }, hold], 2);
    expect(await checked(folder, FIRST, FIRST)).toMatchObject({
      entries: { from: 3, to: 3 },
      needs: [1],
      problems: [],
      same: { applied: 1, states: 1 },
    });
  });

  test('It compares the outcomes of writes without a key, too.', async () => {
    const folder = await numberedFolder(HOLD, BUY);
    expect(await checked(folder, FIRST, FIRST)).toMatchObject({ problems: [], same: { applied: 4 } });
    const other = await changed(FIRST, ['accepted({ token: now.tokens })', 'accepted({ token: 7 })']);
    const group = await checked(folder, other, FIRST);
    expect(group?.same?.parting).toMatchObject({ index: 3, in: 'outcome', path: 'value.token', old: '1', new: '7' });
  });

  test('A `previous` that was changed, too, is a problem; the raised version beside it is none.', async () => {
    const other = await changed(FIRST, ['token: ++now.tokens', 'token: (now.tokens += 2)']);
    const group = await checked(await folderOf(HOLD), SECOND, other);
    expect(group?.problems).toEqual(['its code of version 1 is not the one that runs: leave that file as it was']);
  });

  test.each([
    [
      'throws',
      '({ seats, ...counts }): Hall => ({',
      '({ seats, ...counts }): Hall => ({ x: JSON.parse(Object.keys(seats)[0] ?? "1"),',
      'is not valid JSON',
    ],
    ['makes what is no JSON', '...counts,', '...counts, tokens: NaN,', 'state.tokens is NaN'],
  ])('A migration that %s is a problem, with its words.', async (_, from, to, words) => {
    const group = await checked(await folderOf(HOLD), await changed(SECOND, [from, to]));
    expect(group?.migration).toMatchObject({ type: 'fails' });
    expect(group?.problems).toHaveLength(1);
    expect(group?.problems[0]).toContain('hall: the migration to version 2 failed: ');
    expect(group?.problems[0]).toContain(words);
  });

  test('Code that the log needs and the new file lacks is a problem.', async () => {
    const alone = await changed(
      SECOND,
      ['  previous: first,\n', ''],
      ['({ seats, ...counts }): Hall', '({ seats, ...counts }: any): Hall'],
    );
    const group = await checked(await folderOf(HOLD), alone);
    expect(group?.lacks).toEqual([1]);
    expect(group?.problems).toEqual([
      'the new file has version 2, and lacks 1, which this log needs: a server would be mute',
    ]);
  });

  test('A log with an activation in it needs the codes of both versions.', async () => {
    const folder = await folderOf(HOLD, ACTIVATED, { type: 'hold', seat: 'B2', holder: 'bob' });
    expect(await checked(folder, SECOND, SECOND)).toMatchObject({
      version: { from: 1, active: 2, newest: 2 },
      needs: [1, 2],
      problems: [],
      same: { applied: 4 },
    });
    expect((await checked(folder, FIRST))?.problems).toEqual([
      'the new file has version 1, and lacks 2, which this log needs: a server would be mute',
    ]);
  });

  test('A folder that is in use, of a front end or of no node is refused.', async () => {
    const folder = await folderOf(HOLD);
    const opened = await openNodeFolder(folder);
    await expect(checked(folder, SECOND)).rejects.toThrow(`is in use by process ${process.pid}`);
    await opened.close();
    await expect(checked(await newFolder(), SECOND)).rejects.toThrow('holds no node');
    await expect(checked(folder, 'examples/locks/locks.ts')).rejects.toThrow(
      'is the service locks, and the folder is of seats',
    );
  });

  test('It exits with 0 where a raised version parts, also where both files are in a folder without a package.', async () => {
    const place = await newFolder();
    for (const file of [FIRST, SECOND]) copyFileSync(file, join(place, basename(file)));
    const finished = await run(await folderOf(HOLD, BUY), '--service', join(place, 'seats.ts'));
    expect(finished).toMatchObject({ code: 0 });
    expect(finished.out).toContain('parts at entry 3, buy');
  });

  test('It exits with 1 where code is missing, and prints one object when asked to.', async () => {
    const finished = await run(await folderOf(HOLD, ACTIVATED), '--service', FIRST, '--json');
    expect(finished.code).toBe(1);
    expect(JSON.parse(finished.out)).toMatchObject({ node: 's1', groups: [{ group: 'hall', lacks: [2] }] });
  });

  test('It exits with 2 where nothing is compared, and with 0 where all is and is the same.', async () => {
    const folder = await folderOf(HOLD, BUY);
    expect(await run(folder, '--service', FIRST)).toMatchObject({ code: 2 });
    expect(await run(folder, '--service', FIRST, '--with', FIRST)).toMatchObject({ code: 0 });
  });
});

function run(folder: string, ...flags: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const args = [join(process.cwd(), 'bin/understudy.mjs'), 'upgrade', 'check', folder, ...flags];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, out) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out }),
    );
  });
}
