import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../src/cli/up/ports.ts';
import { blocksIn, commandsIn } from '../docs/page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/write-a-service.md'), 'utf8');
const source = readFileSync(join(root, 'examples/seats/seats.ts'), 'utf8');
const understudy = `'${process.execPath}' '${join(root, 'bin/understudy.mjs')}'`;

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
}

const commands = blocksIn(guide, 'console').flatMap(commandsIn);

/** Longest wait for what a command must print; five processes that start on a busy machine take their time. */
const SOON = { timeout: 150_000, interval: 100 };

/** Nothing of the checkout is where the page is read but the example: not the package, not zod, not its configuration. */
const place = mkdtempSync(join(tmpdir(), 'understudy-seats-'));
const stayed: Running[] = [];
let port = 0;

beforeAll(async () => {
  symlinkSync(join(root, 'examples'), join(place, 'examples'));
  [port = 0] = await freePorts(12);
});

afterAll(async () => {
  for (const { process: child, ended } of stayed) {
    child.kill('SIGINT');
    await ended;
  }
  rmSync(place, { recursive: true, force: true });
});

describe('examples/seats', () => {
  it('is a service in at most 40 lines of code', () => {
    const lines = source.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(guide).toContain(`It has ${lines.length} lines of code.`);
  });

  it('is shown as it is.', () => {
    expect(blocksIn(guide, 'ts')).toEqual([source]);
  });
});

describe('docs/guides/write-a-service.md', { timeout: 240_000 }, () => {
  it('shows all that a service of one’s own gets', () => {
    const verbs = commands.map(({ line }) => line.replace(/^npx understudy /, '').split(' ', 1)[0]);
    expect([...new Set(verbs)]).toEqual(['up', 'curl', 'kill', 'server', 'status', 'sim', 'chaos', 'sed']);
  });

  it.each(commands)('$line', async ({ line, printed }) => {
    const asked = placed(line);
    if (/^npx understudy (up|server) /.test(line)) {
      const running = stays(line.includes(' up ') ? `${asked} --port ${port}` : asked);
      await expect.poll(() => shows(running.said(), printed), SOON).toBe('all');
      return;
    }
    // What follows asks no cluster any more.
    if (/^npx understudy (sim|chaos) /.test(line)) await endStayed();
    if (line.startsWith('kill ')) return killPrimary();
    if (line.startsWith('curl ')) return expect.poll(async () => shows(await curl(asked), printed), SOON).toBe('all');
    if (line.includes(' status ')) return expect.poll(async () => shows(await run(asked), printed), SOON).toBe('all');
    expect(shows(await run(asked), printed)).toBe('all');
  });
});

/** Which line is not among what was said, after the one before it; `all` where none is missing. */
function shows(said: string, printed: readonly string[]): string {
  const lines = masked(said).split('\n');
  let from = 0;
  for (const wanted of printed) {
    const found = lines.findIndex((line, number) => number >= from && line.includes(masked(placed(wanted))));
    if (found < 0) return `no “${wanted}” in\n${said}`;
    from = found + 1;
  }
  return 'all';
}

/** How many it takes to tell the smallest story depends on every rule of the protocol. */
function masked(text: string): string {
  return /^ {2}after/m.test(text) ? text.replaceAll(/\d+/g, '0') : text;
}

/** The ports of the page as those of this test. */
function placed(text: string): string {
  return text
    .replaceAll('4560', String(port))
    .replaceAll('4561', String(port + 1))
    .replaceAll('4570', String(port + 10))
    .replace(/^npx understudy/, understudy);
}

function start(line: string): Running {
  const child = spawn('sh', ['-c', `exec ${line}`], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { process: child, ended, said: () => said };
}

function stays(line: string): Running {
  const running = start(line);
  stayed.push(running);
  return running;
}

async function run(line: string): Promise<string> {
  const { ended, said } = start(line);
  await ended;
  return said();
}

async function endStayed(): Promise<void> {
  for (const { process: child, ended, said } of stayed.splice(0).toReversed()) {
    child.kill('SIGINT');
    expect(await ended, said()).toBe(0);
  }
}

function killPrimary(): void {
  const [, pid] = /kill -9 (\d+) +# the primary of hall/.exec(stayed[0]?.said() ?? '') ?? [];
  process.kill(Number(pid), 'SIGKILL');
}

/** As curl does it, which not every machine has. */
async function curl(line: string): Promise<string> {
  const [, quoted, bare, body] = /^curl (?:'([^']+)'|(\S+))(?: -d '([^']*)')?$/.exec(line) ?? [];
  const answer = await fetch(`http://${quoted ?? bare ?? ''}`, body === undefined ? {} : { method: 'POST', body });
  return answer.text();
}
