import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/cli/cluster/cluster-file.ts';
import { logFile, logFolder } from '../../../src/cli/cluster/log-files.ts';
import { reasonSince } from '../../../src/cli/up/log-reason.ts';
import { createLogRotation } from '../../../src/cli/up/log-rotation.ts';
import type { StartedNode } from '../../../src/cli/up/start-nodes.ts';
import { tellEvents } from '../../../src/cli/up/watch-cluster.ts';

const TOO_LONG = 8 * 1024 * 1024;

let folder: string;
let path: string;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-log-trouble-'));
  mkdirSync(logFolder(folder));
  path = logFile(folder, 's1');
  writeFileSync(path, '');
  told = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The node s1 as `up` has started it, without a process: `end` ends it. */
function startedNode(): { readonly node: StartedNode; readonly end: (how: string) => void } {
  let ended: string | undefined;
  let tellEnd: ((how: string) => void) | undefined;
  const node: StartedNode = {
    node: 's1',
    kind: 'server',
    address: '127.0.0.1:1',
    pid: 1,
    command: 'node understudy server',
    exited: new Promise((resolve) => (tellEnd = resolve)),
    hasExited: () => ended !== undefined,
    tell: () => undefined,
    stop: () => undefined,
    logBegin: 0,
  };
  return {
    node,
    end: (how) => {
      ended = how;
      tellEnd?.(how);
    },
  };
}

/** Lets the log grow to its bound, and puts a folder in the place of its copy. */
function blockRotation(): void {
  truncateSync(path, TOO_LONG);
  mkdirSync(`${path}.1`);
}

describe('A log that cannot be rotated', () => {
  it('is told once until it can be rotated again.', () => {
    const { node } = startedNode();
    const rotate = createLogRotation(folder, (line) => told.push(line));
    blockRotation();
    rotate([node]);
    rotate([node]);
    expect(told).toEqual([expect.stringMatching(/^the log of s1 cannot be rotated, and grows: EISDIR.*s1\.log\.1/)]);
    rmSync(`${path}.1`, { recursive: true });
    rotate([node]);
    expect([statSync(path).size, told.length]).toEqual([0, 1]);
    rmSync(`${path}.1`);
    blockRotation();
    rotate([node]);
    expect(told).toHaveLength(2);
  });

  it('does not keep the logs of other nodes from being rotated.', () => {
    const { node } = startedNode();
    const other = logFile(folder, 's2');
    writeFileSync(other, '');
    truncateSync(other, TOO_LONG);
    blockRotation();
    createLogRotation(folder, (line) => told.push(line))([node, { ...node, node: 's2' }]);
    expect([statSync(other).size, statSync(path).size, told.length]).toEqual([0, TOO_LONG, 1]);
  });

  it('does not end the cluster.', async () => {
    const { node, end } = startedNode();
    const cluster: Cluster = {
      service: 'tickets',
      topology: { clusterId: 'c', servers: ['s1'], frontEnds: [], groups: ['events'] },
      addresses: { s1: '127.0.0.1:1' },
    };
    blockRotation();
    const watched = tellEvents(
      cluster,
      folder,
      [node],
      (line) => told.push(line),
      () => false,
    );
    await Promise.race([watched, expect.poll(() => told, { timeout: 10_000 }).not.toEqual([])]);
    expect(told).toEqual([expect.stringContaining('cannot be rotated')]);
    rmSync(path);
    mkdirSync(path);
    end('exit code 1');
    await watched;
    expect(told.at(-1)).toMatch(/^s1 has ended \(exit code 1\): its log cannot be read: EISDIR/);
  });
});

describe('A log that is gone', () => {
  it.each([
    ['was deleted', () => rmSync(path)],
    [
      'is a folder',
      () => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('is told once while its node runs: it %s.', (_, lose) => {
    const { node, end } = startedNode();
    const rotate = createLogRotation(folder, (line) => told.push(line));
    lose();
    rotate([node]);
    rotate([node]);
    expect(told).toEqual([expect.stringMatching(/^the log of s1 is gone \(.*s1\.log\): what s1 writes is lost$/)]);
    end('signal SIGKILL');
    createLogRotation(folder, (line) => told.push(line))([node]);
    expect(told).toHaveLength(1);
  });

  it('gives no reason for an end, and one that is a folder gives that.', () => {
    rmSync(path);
    expect(reasonSince(path, 0)).toBeUndefined();
    mkdirSync(path);
    expect(reasonSince(path, 0)).toMatch(/^its log cannot be read: EISDIR/);
  });
});
