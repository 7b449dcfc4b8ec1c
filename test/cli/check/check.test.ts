import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

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

function saying(text: string): unknown {
  return expect.stringContaining(text);
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
  const heap = await check(GOOD, '--model', 'heap');
  expect(heap.code).toBe(2);
  expect(heap.err).toContain('no model is called heap');
});

describe('a model of one’s own', () => {
  const model = join(folder, 'counter.ts');
  writeFileSync(
    model,
    `import { means, meaningless, type Model } from 'understudy/check';
     export const model: Model<number, number> = {
       name: 'tickets drawn',
       initial: () => 0,
       decode: ({ f, outcome }) =>
         f === 'next'
           ? means({ part: '', step: outcome.type === 'ok' ? Number(outcome.value) : -1, reads: false })
           : meaningless('only next'),
       apply: (count, told) => (told === -1 || told === count ? count + 1 : undefined),
       keyOf: String,
       show: String,
     };`,
  );
  const [FIRST, AGAIN] = [0, 1].map((process) =>
    ['invoke', 'ok'].map((type) => JSON.stringify({ process, type, f: 'next', value: 0 })),
  );

  test('is taken from a file', async () => {
    expect(await check(FIRST ?? [], '--model', model)).toMatchObject({ code: 0 });
    expect(await check([...(FIRST ?? []), ...(AGAIN ?? [])], '--model', model)).toMatchObject({ code: 1 });
    const other = await check(GOOD, '--model', model);
    expect(other).toMatchObject({ code: 2, err: saying('history.jsonl:1: only next') });
  });

  test('may be a service, which is its own', async () => {
    const seats = join(process.cwd(), 'examples', 'seats', 'seats.ts');
    const [path, value] = ['POST /hall/hold', { method: 'POST', path: '/hall/hold', body: { seat: 'A1', name: 'a' } }];
    const held = (process: number, token: number) => [
      JSON.stringify({ process, type: 'invoke', f: path, value }),
      JSON.stringify({ process, type: 'ok', f: path, value: { status: 200, body: `{"token":${token}}` } }),
    ];
    expect(await check(held(0, 1), '--model', seats)).toMatchObject({ code: 0 });
    expect(await check([...held(0, 1), ...held(1, 1)], '--model', seats)).toMatchObject({ code: 1 });
  });

  test.each([
    ['nothing', 'export const other = 3;', 'exports no model'],
    ['half a model', 'export const model = { name: "half", initial: () => 0 };', 'exports a model without decode'],
    [
      'a model that throws',
      'export const model = { name: "bad", initial: () => { throw new Error("broken\\nhere"); }, decode: () => ({ type: "decoded", value: [{ part: "", step: 0, reads: false }] }), apply: () => 0, keyOf: String };',
      'the model’s initial failed: broken',
    ],
    [
      'a model with another form',
      'export const model = { name: "bad", initial: () => 0, decode: () => 3, apply: () => 0, keyOf: String };',
      'the model’s decode of "write" failed: it returned neither',
    ],
  ])('that is %s is refused in one line', async (_, text, reason) => {
    const file = join(folder, `wrong-${_.replaceAll(' ', '-')}.mjs`);
    writeFileSync(file, text);
    const { code, err } = await check(GOOD, '--model', file);
    expect({ code, err }).toEqual({ code: 2, err: saying(reason) });
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

test('reads EDN as it looks, and says where it is broken', async () => {
  const lines = ['{:process 0, :type :invoke, :f :write, :value 1}', '{:process 0, :type :ok, :f :write, :value 1}'];
  expect(await check(lines)).toMatchObject({ code: 0 });
  expect(await check(lines.slice(1))).toMatchObject({
    code: 2,
    err: saying(':1: process 0 has nothing'),
  });
  expect(await check([...lines, '{:process'])).toMatchObject({ code: 2, err: saying(':3: not EDN') });
  expect(await check(lines, '--format', 'json')).toMatchObject({ code: 2, err: saying('not JSON') });
});

test('is undecided when its time is over', async () => {
  const clients = Array.from({ length: 14 }, (_, process) => process);
  const called = clients.map((process) => ({ process, type: 'invoke', f: 'enqueue', value: process }));
  const wrong = ['invoke', 'ok'].map((type) => ({ process: 0, type, f: 'dequeue', value: 99 }));
  const { code, out } = await check(
    [...called, ...called.map((event) => ({ ...event, type: 'ok' })), ...wrong].map((event) => JSON.stringify(event)),
    '--model',
    'queue',
    '--time-limit',
    '300ms',
  );
  expect({ code, out }).toMatchObject({ code: 3, out: saying('UNDECIDED') });
});
