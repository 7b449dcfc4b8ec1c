import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/security/loopback.ts';
import { isProven, readSecret, secretOf } from '../../src/security/secret.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-secret-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function file(content: string | Buffer): Promise<string> {
  const path = join(folder, 'secret');
  await writeFile(path, content);
  return path;
}

describe('A secret', () => {
  it('proves as HMAC-SHA256 does, of its purpose and parts as JSON', () => {
    // RFC 2104 by another program: printf '["p","a",1]' | openssl dgst -sha256 -hmac 0123456789abcdef
    expect(secretOf(Buffer.from('0123456789abcdef')).prove('p', ['a', 1])).toBe(
      'dc7d6f5f342cea359a27d9a6bf943470b305d9d007bc6c1ae87842e166367e14',
    );
  });

  it('is the same with and without white space at the end of its file, and another one with it at the beginning', async () => {
    const bare = (await readSecret(await file('0123456789abcdef'))).prove('p', []);
    expect((await readSecret(await file('0123456789abcdef \r\n\n'))).prove('p', [])).toBe(bare);
    expect((await readSecret(await file(' 0123456789abcdef'))).prove('p', [])).not.toBe(bare);
  });

  it('takes any bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, place) => (place * 37) % 256));
    expect((await readSecret(await file(bytes))).prove('p', [])).toBe(secretOf(bytes).prove('p', []));
  });

  it.each([
    ['is too short', '0123456789abcde\n', 'a secret has at least 16 bytes, not 15: make one with'],
    ['is empty', '', 'a secret has at least 16 bytes, not 0'],
    ['is some other file', 'x'.repeat(5_000), 'is no secret: it has more than 4096 bytes'],
  ])('that %s is refused', async (_, content, reason) => {
    await expect(readSecret(await file(content))).rejects.toThrow(reason);
  });

  it('that cannot be read is refused with the name of its file', async () => {
    await expect(readSecret(join(folder, 'nowhere'))).rejects.toThrow(
      `the secret in ${join(folder, 'nowhere')} cannot`,
    );
  });

  it('shows itself in no log', () => {
    const secret = secretOf(Buffer.from('0123456789abcdef'));
    for (const shown of [JSON.stringify({ secret }), inspect(secret, { depth: 9, showHidden: true })]) {
      expect(shown).not.toMatch(/0123|30 31 32|MDEy/);
    }
  });

  it('is proven by its own proof and by nothing else', () => {
    const secret = secretOf(Buffer.from('0123456789abcdef'));
    const proof = secret.prove('p', ['a', 'b']);
    expect(isProven(secret, 'p', ['a', 'b'], proof)).toBe(true);
    expect(isProven(secret, 'q', ['a', 'b'], proof)).toBe(false);
    expect(isProven(secret, 'p', ['a,b'], proof)).toBe(false);
    expect(isProven(secret, 'p', ['ab'], proof)).toBe(false);
    expect(isProven(secret, 'p', ['a', 'b'], proof.slice(1))).toBe(false);
    expect(isProven(secret, 'p', ['a', 'b'], `${proof}0`)).toBe(false);
    expect(isProven(secret, 'p', ['a', 'b'], proof.toUpperCase())).toBe(false);
    expect(isProven(secretOf(Buffer.from('0123456789abcdeF')), 'p', ['a', 'b'], proof)).toBe(false);
  });
});

describe('This machine', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '[::1]', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '::ffff:10.0.0.1',
    'localhost.example.org',
    '127.0.0.1.nip.io',
    '',
    undefined,
  ])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
