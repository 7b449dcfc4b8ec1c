import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { freePorts } from '../../src/cli/up/ports.ts';
import { newFolder } from '../support/storage/stores.ts';

const bin = fileURLToPath(new URL('../../bin/understudy.mjs', import.meta.url));

it('A node that is told to stop while it waits to join ends in good order', { timeout: 60_000 }, async () => {
  const [port, contact] = await freePorts(2);
  const folder = await newFolder();
  const [data, secret] = [join(folder, 'node'), join(folder, 'secret')];
  await writeFile(secret, 'a secret of sixteen characters or more\n', { mode: 0o600 });
  const words = [
    'server',
    '--join',
    `127.0.0.1:${contact}`,
    '--port',
    String(port),
    '--data',
    data,
    '--secret-file',
    secret,
  ];
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  await vi.waitFor(() => expect(said).toContain('waits to join'), { timeout: 40_000, interval: 50 });
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect([child.exitCode, child.signalCode]).toEqual([0, null]);
});
