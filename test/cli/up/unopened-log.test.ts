import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { nodesOf } from '../../../src/cli/cluster/cluster-file.ts';
import { prepareFolder } from '../../../src/cli/cluster/cluster-folder.ts';
import { logFile } from '../../../src/cli/cluster/log-files.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';

const bin = fileURLToPath(new URL('../../../bin/understudy.mjs', import.meta.url));

let folder: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-unopened-'));
});

afterEach(() => {
  // Its nodes end with it.
  running?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Creates a cluster of five nodes in the folder. */
async function prepareCluster(): Promise<void> {
  const ports = await freePorts(5);
  const { release } = await prepareFolder({
    folder,
    service: tickets,
    servers: 3,
    frontEnds: 2,
    fresh: false,
    assign: (topology) =>
      Object.fromEntries(nodesOf(topology).map((node, place) => [node, `127.0.0.1:${ports[place] ?? 0}`])),
    check: () => Promise.resolve(),
  });
  await release();
}

it('`understudy up` starts no node where the log of one cannot be opened, and says which and why.', async () => {
  await prepareCluster();
  const log = logFile(folder, 's2');
  mkdirSync(log, { recursive: true });
  const words = ['up', 'tickets', '--data', folder];
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(said).toMatch(/^understudy: the log of s2 cannot be opened: EISDIR: [^\n]*\n$/);
  expect(said).toContain(`'${log}'`);
  expect(code).toBe(1);
  // The headline alone: the node itself was not started.
  expect(readFileSync(logFile(folder, 's1'), 'utf8')).toMatch(/^--- \S+ s1 starts\n$/);
}, 20_000);
