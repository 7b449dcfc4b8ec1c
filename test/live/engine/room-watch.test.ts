import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { type ProcessShortage, watchRoom } from '../../../src/live/engine/room-watch.ts';

test('A disk with less than the reserve is short, and that is said once', async () => {
  const lines: string[] = [];
  const shortages = await new Promise<readonly ProcessShortage[]>((resolve) => {
    const room = watchRoom({
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
