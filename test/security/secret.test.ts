import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  acceptingToo,
  changing,
  isProven,
  type Key,
  keyOf,
  readSecret,
  roleFileOf,
  type Secret,
  secretOf,
} from '../../src/security/secret.ts';

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
    expect(keyOf(Buffer.from('0123456789abcdef')).prove('p', ['a', 1])).toBe(
      'dc7d6f5f342cea359a27d9a6bf943470b305d9d007bc6c1ae87842e166367e14',
    );
  });

  it('is the same with and without white space at the end of its file, and another one with it at the beginning', async () => {
    const bare = operatorOf(await readSecret(await file('0123456789abcdef'))).prove('p', []);
    expect(operatorOf(await readSecret(await file('0123456789abcdef \r\n\n'))).prove('p', [])).toBe(bare);
    expect(operatorOf(await readSecret(await file(' 0123456789abcdef'))).prove('p', [])).not.toBe(bare);
  });

  it('takes any bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, place) => (place * 37) % 256));
    expect(operatorOf(await readSecret(await file(bytes))).prove('p', [])).toBe(
      operatorOf(secretOf(bytes)).prove('p', []),
    );
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
    const secret = keyOf(Buffer.from('0123456789abcdef'));
    const proof = secret.prove('p', ['a', 'b']);
    expect(isProven(secret, 'p', ['a', 'b'], proof)).toBe(true);
    expect(isProven(secret, 'q', ['a', 'b'], proof)).toBe(false);
    expect(isProven(secret, 'p', ['a,b'], proof)).toBe(false);
    expect(isProven(secret, 'p', ['ab'], proof)).toBe(false);
    expect(isProven(secret, 'p', ['a', 'b'], proof.slice(1))).toBe(false);
    expect(isProven(secret, 'p', ['a', 'b'], `${proof}0`)).toBe(false);
    expect(isProven(secret, 'p', ['a', 'b'], proof.toUpperCase())).toBe(false);
    expect(isProven(keyOf(Buffer.from('0123456789abcdeF')), 'p', ['a', 'b'], proof)).toBe(false);
  });
});

describe('Keys', () => {
  const bytes = Buffer.from('0123456789abcdef');

  it('of the roles differ, and those of a file for one role are those of the secret it was made of', () => {
    const secret = secretOf(bytes);
    const proofs = (['server', 'frontend', 'operator'] as const).map((role) => secret.key(role)?.prove('p', []));
    expect(new Set(proofs).size).toBe(3);
    for (const [place, role] of (['frontend', 'operator'] as const).entries()) {
      const only = secretOf(Buffer.from(roleFileOf(bytes, role).trim()));
      expect(only.key(role)?.prove('p', [])).toBe(proofs[place + 1]);
      for (const other of ['server', 'frontend', 'operator'] as const)
        if (other !== role) expect([only.key(other), only.keys(other)]).toEqual([undefined, []]);
    }
  });

  it('are made of the secret alone, not of those of a role', () => {
    const ofOperators = Buffer.from(roleFileOf(bytes, 'operator').trim());
    expect(() => roleFileOf(ofOperators, 'frontend')).toThrow("keys are made of the cluster's secret");
    expect(() => roleFileOf(Buffer.from('short'), 'frontend')).toThrow('at least 16 bytes');
  });

  it('of two secrets are accepted while one is changed for the other, and one of them is proven', () => {
    const [old, next] = [secretOf(bytes), secretOf(Buffer.from('another secret of theirs'))];
    const both = acceptingToo(old, next);
    expect(both.key('server')).toBe(old.key('server'));
    expect(both.keys('server')).toEqual([old.key('server'), next.key('server')]);
    const now = changing(old);
    now.replace(next);
    expect(now.key('operator')).toBe(next.key('operator'));
    expect(now.keys('operator')).toEqual([next.key('operator')]);
  });
});

function operatorOf(secret: Secret): Key {
  const key = secret.key('operator');
  if (key === undefined) throw new Error('a secret has the key of an operator');
  return key;
}
