import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { startProcess } from '../../src/live/process.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import { formatNodeFolder, openNodeFolder } from '../../src/storage/node-folder.ts';
import { nodeRecord } from '../support/storage/node-record.ts';

let folder = '';

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'understudy-start-')), 's1');
  await formatNodeFolder(folder, nodeRecord());
});

afterAll(() => rm(folder, { recursive: true }));

it.each(['0.0.0.0', '::', '192.0.2.1'])(
  'A node without a secret does not listen on %s, says how to make one, and leaves its folder free',
  async (host) => {
    const started = startProcess({
      folder: await openNodeFolder(folder),
      addresses: {},
      service: tickets,
      settings: DEFAULT_SETTINGS,
      host,
      port: 0,
      log: () => {},
      failed: () => {},
      dismissed: () => {},
    });
    await expect(started).rejects.toThrow(`this machine only (127.0.0.1), not on ${host}`);
    await expect(started).rejects.toThrow('head -c 32 /dev/urandom | base64 > understudy.secret');
  },
);
