import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { freePorts } from '../../../src/cli/up/ports.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const understudy = `'${process.execPath}' '${join(root, 'bin/understudy.mjs')}'`;

/** Longest wait for what a command must print; five processes that start on a busy machine take their time. */
const SOON = { timeout: 150_000, interval: 100 };

/** Ports that a cluster of a page may use: front ends, data servers, and a server that joins. */
const PORTS = 12;

interface Running {
  readonly line: string;
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
}

/** A folder in which the commands of a page are carried out as a reader would, one after the other. */
export interface Reader {
  /** Carries out a command, and fails unless it prints these lines, among others and in this order. */
  readonly follow: (line: string, printed: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * A new folder with nothing of the checkout in it but these folders: not the package, not zod, not its configuration.
 * Ports of the page (`4560`, …) become free ones.
 */
export async function openReader(folders: readonly string[]): Promise<Reader> {
  const place = mkdtempSync(join(tmpdir(), 'understudy-page-'));
  for (const folder of folders) symlinkSync(join(root, folder), join(place, folder));
  const [port = 0] = await freePorts(PORTS);
  const stayed: Running[] = [];

  function start(line: string): Running {
    const child = spawn('sh', ['-c', `exec ${line}`], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { line, process: child, ended, said: () => said };
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

  /** `kill -9 … # the primary of GROUP`, with the process that `up` has named. */
  function killPrimary(line: string): void {
    const group = /the primary of (\S+)/.exec(line)?.[1] ?? '';
    const [, pid] = new RegExp(`kill -9 (\\d+) +# the primary of ${group}`).exec(stayed[0]?.said() ?? '') ?? [];
    process.kill(Number(pid), 'SIGKILL');
  }

  /** `kill -INT S1`: ends what runs with the folder `data/s1`, in good order. */
  async function interrupt(line: string): Promise<void> {
    const folder = `data/${(/^kill -INT (\w+)/.exec(line)?.[1] ?? '').toLowerCase()}`;
    const at = stayed.findIndex((running) => new RegExp(`--data ${folder}( |$)`).test(running.line));
    const [running] = at < 0 ? [] : stayed.splice(at, 1);
    running?.process.kill('SIGINT');
    expect(await running?.ended, running?.said() ?? `nothing runs with ${folder}`).toBe(0);
  }

  /** Which line is not among what was said, after the one before it; `all` where none is missing. */
  function shows(said: string, printed: readonly string[]): string {
    const lines = masked(said).split('\n');
    let from = 0;
    for (const wanted of printed) {
      if (isRuling(wanted)) continue;
      const found = lines.findIndex((line, number) => number >= from && line.includes(masked(placed(wanted, port))));
      if (found < 0) return `no “${wanted}” in\n${said}`;
      from = found + 1;
    }
    return 'all';
  }

  return {
    async follow(line, printed) {
      const asked = placed(line, port).replace(/^(npx understudy|npm start)/, (word) =>
        word === 'npm start' ? `${understudy} up tickets` : understudy,
      );
      if (/^(npx understudy (up|server|frontend) |npm start$)/.test(line)) {
        const running = start(/server|frontend/.test(line) ? asked : `${asked} --port ${port}`);
        stayed.push(running);
        return expect.poll(() => shows(running.said(), printed), SOON).toBe('all');
      }
      // What follows asks no cluster any more.
      if (/^npx understudy (sim|chaos) /.test(line)) await endStayed();
      if (line.startsWith('kill -INT ')) return interrupt(line);
      if (line.startsWith('kill ')) return killPrimary(line);
      if (line.startsWith('curl ')) return expect.poll(async () => shows(await curl(asked), printed), SOON).toBe('all');
      if (line.includes(' status ')) return expect.poll(async () => shows(await run(asked), printed), SOON).toBe('all');
      expect(shows(await run(asked), printed)).toBe('all');
    },
    async close() {
      for (const { process: child, ended } of stayed) {
        child.kill('SIGINT');
        await ended;
      }
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** The ports of a page as those of a test: front ends from 4560 on, data servers from 4599, and 4570 for one that joins. */
function placed(text: string, port: number): string {
  return text.replaceAll(/\b(456\d|4570|4599|460\d)\b/g, (shown) => {
    const number = Number(shown);
    if (number === 4570) return String(port + 10);
    return String(port + (number < 4570 ? number - 4560 : number - 4599 + 2));
  });
}

/**
 * A table as its first three cells: which process has which number, and which one leads, is not the same twice. And how
 * many it takes to tell the smallest story depends on every rule of the protocol.
 */
function masked(text: string): string {
  const tables = text.replaceAll(/^│.*│$/gm, (row) =>
    row
      .split('│')
      .slice(1, 4)
      .map((cell) => cell.trim())
      .join(' '),
  );
  return /^ {2}after/m.test(tables) ? tables.replaceAll(/\d+/g, '0') : tables;
}

/** A line of a table without words, as wide as its cells happen to be, or the end of a trace that is cut short. */
function isRuling(line: string): boolean {
  return /^[┌├└…]/.test(line.trim());
}

/** As curl does it, which not every machine has. */
async function curl(line: string): Promise<string> {
  const [, quoted, bare, body] = /^curl (?:'([^']+)'|(\S+))(?: -d '([^']*)')?$/.exec(line) ?? [];
  const answer = await fetch(`http://${quoted ?? bare ?? ''}`, body === undefined ? {} : { method: 'POST', body });
  return answer.text();
}
