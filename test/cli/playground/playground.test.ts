import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerPlayground } from '../../../src/cli/playground/playground.ts';
import { type ServedSite, serveSite } from '../../../src/cli/playground/serve-site.ts';

const folder = mkdtempSync(join(tmpdir(), 'understudy-site-'));
let site: ServedSite;

beforeAll(async () => {
  mkdirSync(join(folder, 'site/assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'not yours');
  writeFileSync(join(folder, 'site/index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'site/assets/page.js'), 'export {};');
  site = await serveSite(join(folder, 'site'), 0);
});

afterAll(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

/** The status and the headers of the answer to a path as it is, which `fetch` would make tidy. */
function ask(
  path: string,
  method = 'GET',
): Promise<{ readonly status: number; readonly headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(site.address);
    const asked = request({ host: '127.0.0.1', port, path, method }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the server of the playground', () => {
  test('serves its files with their types, and lets the page ask for nothing elsewhere.', async () => {
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/index.html?a', 'text/html; charset=utf-8'],
      ['/assets/page.js', 'text/javascript; charset=utf-8'],
    ] as const) {
      const { status, headers } = await ask(path);
      expect([status, headers['content-type']]).toEqual([200, type]);
      expect(headers['content-security-policy']).toContain("default-src 'self'");
    }
  });

  test.each(['/secret.txt', '/../secret.txt', '/assets/../../secret.txt', '/%2e%2e/secret.txt', '/assets', '//'])(
    'has nothing at %s.',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  test('takes nothing: only GET and HEAD.', async () => {
    expect(await ask('/', 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect((await ask('/nothing', 'POST')).headers['allow']).toBeUndefined();
    expect((await ask('/', 'HEAD')).status).toBe(200);
  });

  test('is not asked to write files and to serve them at once.', async () => {
    const program = new Command();
    registerPlayground(program);
    const asked = program.parseAsync(['playground', '--out', folder, '--port', '1'], { from: 'user' });
    await expect(asked).rejects.toThrow('--out writes files and --port serves them: leave one of them out');
  });

  test('listens on this machine alone, and says so where its port is in use.', async () => {
    expect(new URL(site.address).hostname).toBe('127.0.0.1');
    await expect(serveSite(join(folder, 'site'), Number(new URL(site.address).port))).rejects.toThrow('EADDRINUSE');
  });
});
