import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'understudy-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BIN = join(process.cwd(), 'bin', 'understudy.mjs');

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Checks a history of these lines as one of a register. */
function check(lines: readonly string[], ...flags: readonly string[]): Promise<Finished> {
  const file = join(folder, 'history.jsonl');
  writeFileSync(file, lines.join('\n'));
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, 'check', file, '--model', 'register', ...flags], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

const GOOD = ['{"process":0,"type":"invoke","f":"write","value":1}', '{"process":0,"type":"ok","f":"write","value":1}'];
const STALE = [
  '{"process":"<b>","type":"invoke","f":"read","value":null}',
  '{"process":"<b>","type":"ok","f":"read","value":null}',
];

test('exits with 0 for a linearizable history, and prints one object when asked to', async () => {
  const { code, out } = await check(GOOD, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ verdict: 'ok', operations: 1, parts: [{ name: '', order: [0] }] });
});

test('exits with 1 and the shortest illegal beginning for one that is not, and draws it', async () => {
  const html = join(folder, 'out.html');
  const { code, out } = await check([...GOOD, ...STALE, ...GOOD], '--html', html);
  expect(code).toBe(1);
  expect(out).toContain('NOT linearizable');
  expect(out).toContain('no order explains the history up to line 4; up to the event before one does');
  const page = readFileSync(html, 'utf8');
  expect(page).toContain('class="culprit"');
  expect(page).toContain('process &lt;b&gt;: read → null');
  expect(page).not.toMatch(/<b>|<script|https?:/);
});

test('reads the standard input for a dash', async () => {
  const { status, stdout } = spawnSync(process.execPath, [BIN, 'check', '-', '--model', 'register'], {
    input: GOOD.join('\n'),
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, '-: linearizable\n  1 operation, 1 part, 1 configuration\n']);
});

test('exits with 3 where the budget does not suffice', async () => {
  const [first = '', returned = ''] = GOOD;
  const other = GOOD.map((line) => line.replace('"process":0', '"process":1'));
  const { code, out } = await check([first, ...other, returned], '--budget', '1');
  expect(code).toBe(3);
  expect(out).toContain('UNDECIDED');
});

test('exits with 2, the line and the reason for what it cannot read', async () => {
  const cut = await check([...GOOD, '{']);
  expect(cut.code).toBe(2);
  expect(cut.err).toContain('history.jsonl:3: not JSON');
  const { code, out } = await check(['', ...GOOD.slice(1)], '--json');
  expect(code).toBe(2);
  const reason = 'process 0 has nothing under way that could return';
  expect(JSON.parse(out)).toEqual({ verdict: 'unreadable', line: 2, reason });
  const queue = await check(GOOD, '--model', 'queue');
  expect(queue.code).toBe(2);
  expect(queue.err).toContain('no model is called queue');
});
