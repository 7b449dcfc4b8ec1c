import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteLogs, logFile, openLog, rotateLog, saidSince } from '../../../src/cli/cluster/log-files.ts';
import { reasonIn } from '../../../src/cli/up/log-reason.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-logs-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the log of s1 as for a start of it, and closes it again. */
function opened(headline: string, atMost?: number): { readonly path: string; readonly begin: number } {
  const log = openLog(folder, 's1', headline, atMost);
  closeSync(log.descriptor);
  return log;
}

describe('The log file of a node', () => {
  it('keeps what earlier lives of the node have said.', () => {
    opened('first');
    const { path, begin } = opened('second');
    expect(readFileSync(path, 'utf8')).toBe('first\nsecond\n');
    expect(saidSince(path, begin)).toBe('second\n');
  });

  it('is moved to .1 where it has reached its size, in place of the one before.', () => {
    const path = logFile(folder, 's1');
    opened('first');
    writeFileSync(`${path}.1`, 'long ago');
    opened('second', 6);
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.1`, 'utf8')]).toEqual(['second\n', 'first\n']);
    rotateLog(path, 8);
    expect(readFileSync(path, 'utf8')).toBe('second\n');
  });

  it('keeps no more than its bound, however much it has grown meanwhile.', () => {
    const { path } = opened('first');
    writeFileSync(path, 'a lot more than that');
    rotateLog(path, 4);
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.1`, 'utf8')]).toEqual(['', 'that']);
  });

  it('is no link: what one leads to is neither written nor emptied, and a link called .1 is replaced.', () => {
    const mine = join(folder, 'mine.txt');
    writeFileSync(mine, 'mine and precious');
    const { path } = opened('first');
    symlinkSync(mine, `${path}.1`);
    rotateLog(path, 1);
    expect(readFileSync(mine, 'utf8')).toBe('mine and precious');
    rmSync(path);
    symlinkSync(mine, path);
    rotateLog(path, 1);
    expect(() => opened('second')).toThrow('ELOOP');
    expect(readFileSync(mine, 'utf8')).toBe('mine and precious');
  });

  it('is opened as it is where it has reached its size and cannot be moved.', () => {
    opened('first');
    mkdirSync(`${logFile(folder, 's1')}.1`);
    const { path, begin } = opened('second', 6);
    expect([readFileSync(path, 'utf8'), begin]).toEqual(['first\nsecond\n', 6]);
  });

  it('stays within its bound while a process writes to it, and the process goes on behind the cut.', async () => {
    const { path, descriptor } = openLog(folder, 's1', 'starts');
    const script = "process.stdin.on('data', (data) => console.log('x'.repeat(Number(data)))).on('end', () => {})";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', descriptor, descriptor] });
    closeSync(descriptor);
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      child.stdin?.write('5000');
      await expect.poll(() => statSync(path).size).toBeGreaterThan(5_000);
      rotateLog(path, 5_000);
      expect(statSync(path).size).toBe(0);
      child.stdin?.write('3');
      // A process that did not append would leave a hole of 5,000 bytes.
      await expect.poll(() => readFileSync(path, 'utf8')).toBe('xxx\n');
    } finally {
      child.stdin?.end();
      await ended;
    }
  });

  it('is read from its beginning where it was rotated meanwhile, and is nothing where it is gone.', () => {
    const path = logFile(folder, 's1');
    opened('a headline of some length');
    const { begin } = opened('second');
    rotateLog(path, 1);
    writeFileSync(path, 'after\n');
    expect(saidSince(path, begin)).toBe('after\n');
    rmSync(path);
    expect(saidSince(path, begin)).toBe('');
  });

  it('is not looked for where a file is in the place of the folder, and that file stays.', async () => {
    writeFileSync(join(folder, 'logs'), 'mine');
    await deleteLogs(folder, ['s1']);
    expect(readFileSync(join(folder, 'logs'), 'utf8')).toBe('mine');
  });

  it('goes with its cluster, and nothing else in the folder does.', async () => {
    const path = logFile(folder, 's1');
    opened('first');
    writeFileSync(`${path}.1`, '');
    writeFileSync(join(folder, 'logs', 'mine.txt'), 'mine');
    await deleteLogs(folder, ['s1', 's2']);
    expect(readdirSync(join(folder, 'logs'))).toEqual(['mine.txt']);
    rmSync(join(folder, 'logs', 'mine.txt'));
    await deleteLogs(folder, ['s1']);
    expect(existsSync(join(folder, 'logs'))).toBe(false);
  });
});

describe('The reason in a log', () => {
  it.each([
    ['what the command said', '--- starts\nunderstudy: s1 cannot start: EACCES\n', 's1 cannot start: EACCES'],
    [
      'the last error',
      '10:00:00.000 s1 gossip event=meets nodeId=s2 address=b:1: meets s2 at b:1\n10:00:01.000 s1 error: s1 stops: no space\n  at x\n',
      's1 stops: no space',
    ],
    ['an exception', 'node:fs:1\n  throw\n\nTypeError: no such thing\n    at x\n', 'TypeError: no such thing'],
    [
      'nothing where it was killed',
      '10:00:00.000 s1 gossip event=meets nodeId=s2 address=b:1: meets s2 at b:1\n',
      undefined,
    ],
  ])('is %s.', (_, log, reason) => {
    expect(reasonIn(log)).toBe(reason);
  });

  it('is not longer than a few lines of a terminal.', () => {
    expect(reasonIn(`understudy: ${'x'.repeat(5_000)}`)).toHaveLength(300);
  });
});
