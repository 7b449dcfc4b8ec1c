import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type Gauges, type ProcessShortage, watchRoom } from '../../../src/live/engine/room-watch.ts';

test('A disk with less than the reserve is short, and that is said once', async () => {
  const lines: string[] = [];
  const shortages = await new Promise<readonly ProcessShortage[]>((resolve) => {
    const room = watchRoom({
      kind: 'server',
      folder: tmpdir(),
      reserve: () => Number.MAX_SAFE_INTEGER,
      changed(of) {
        room.stop();
        resolve(of);
      },
      log: (line) => lines.push(line),
    });
  });
  expect(shortages).toEqual(['disk']);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^\d+ MB are free on the disk of .*: below \d+ MB the groups of this node take no more writes$/,
  );
});

const MB = 1024 * 1024;

function nothing(): void {}

/** A watch over gauges that the test sets. */
function watched(kind: 'server' | 'frontend' = 'server'): {
  readonly lines: string[];
  readonly short: (readonly ProcessShortage[])[];
  readonly disk: (free: number | undefined) => Promise<void>;
  readonly heap: (used: number) => void;
} {
  const [lines, short]: [string[], (readonly ProcessShortage[])[]] = [[], []];
  let free: number | undefined = 1_000 * MB;
  let used = 0;
  let lookAtHeap = nothing;
  let lookAtDisk = nothing;
  const gauges: Gauges = {
    free: () => Promise.resolve(free),
    heap: () => ({ used: used * MB, limit: 100 * MB }),
    whenCollected(look) {
      lookAtHeap = look;
      return nothing;
    },
    regularly(look) {
      lookAtDisk = look;
      return nothing;
    },
  };
  watchRoom({
    kind,
    folder: '/data',
    reserve: () => 100 * MB,
    changed: (of) => short.push(of),
    log: (line, level) => lines.push(`${level}: ${line}`),
    gauges,
  });
  return {
    lines,
    short,
    async disk(bytes) {
      free = bytes;
      lookAtDisk();
      await Promise.resolve();
      await Promise.resolve();
    },
    heap(megabytes) {
      used = megabytes;
      lookAtHeap();
    },
  };
}

describe('The watch over the room of a process', () => {
  test('warns before a disk is full, makes it short below the reserve, and ends that with a margin', async () => {
    const { lines, short, disk } = watched();
    for (const free of [201, 199, 150, 99, 110, 124, 125, undefined]) await disk(free && free * MB);
    expect(short).toEqual([['disk'], []]);
    expect(lines).toEqual([
      'warning: 199 MB are free on the disk of /data: below 100 MB the groups of this node take no more writes',
      'warning: 99 MB are free on the disk of /data: its groups take no more writes',
      'seldom: 125 MB are free on the disk of /data: there is room again',
    ]);
  });

  test('makes memory short above 85 % of the heap after a full collection, and ends that below 75 %', () => {
    const { lines, short, heap } = watched();
    for (const used of [84, 86, 80, 76, 74]) heap(used);
    expect(short).toEqual([['memory'], []]);
    expect(lines).toEqual([
      'warning: 86 of 100 MB of the heap are in use after a full collection: its groups take no more writes',
      'seldom: 74 of 100 MB of the heap are in use after a full collection: there is room again',
    ]);
  });

  test('tells both shortages at once, and each ends by itself', async () => {
    const { short, disk, heap } = watched();
    heap(90);
    await disk(1 * MB);
    heap(10);
    expect(short).toEqual([['memory'], ['memory', 'disk'], ['disk']]);
  });
});

test('A front end says that it ends, and not that its groups take no more writes', async () => {
  const { disk, heap, lines } = watched('frontend');
  await disk(150 * MB);
  await disk(50 * MB);
  heap(90);
  const ends = 'this front end ends where there is no more, and its votes are missing then';
  expect(lines).toEqual([
    `warning: 150 MB are free on the disk of /data: ${ends}`,
    `warning: 50 MB are free on the disk of /data: ${ends}`,
    `warning: 90 of 100 MB of the heap are in use after a full collection: ${ends}`,
  ]);
});
