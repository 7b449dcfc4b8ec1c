import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { reload, type Reloadable } from '../../../src/cli/node/reload.ts';
import { createNodeLog } from '../../../src/operate/logger.ts';
import { changing, secretOf } from '../../../src/security/secret.ts';
import { readTls } from '../../../src/security/tls.ts';
import { makeCertificates } from '../../support/security/certificates.ts';
import { newFolder } from '../../support/storage/stores.ts';

const [first, second] = [makeCertificates(), makeCertificates()];

afterAll(() => {
  first.remove();
  second.remove();
});

async function running(): Promise<Reloadable & { readonly lines: string[]; readonly used: string[] }> {
  const folder = await newFolder();
  const file = (name: string): string => join(folder, name);
  await writeFile(file('secret'), 'the first secret of the tests', { mode: 0o600 });
  await writeFile(file('config.yaml'), 'log-level: warn\n');
  const [lines, used]: string[][] = [[], []];
  const output = { write: (text: string) => void lines?.push(text), flush: () => undefined, dropped: () => 0 };
  return {
    flags: { secretFile: file('secret'), config: file('config.yaml'), tlsCert: first.cert, tlsKey: first.key },
    secret: changing(secretOf(Buffer.from('the first secret of the tests'))),
    tls: await readTls({ cert: first.cert, key: first.key }),
    log: createNodeLog({ node: 's1', level: 'info', format: 'json', output }),
    useCertificate: () => used?.push('used'),
    lines: lines ?? [],
    used: used ?? [],
  };
}

it('What can change while a node runs is read again, and said', async () => {
  const node = await running();
  await writeFile(node.flags.secretFile ?? '', 'another secret of the tests');
  const flags = { ...node.flags, tlsCert: second.cert, tlsKey: second.key };
  node.log.say('before', 'seldom');
  expect(await reload({ ...node, flags })).toEqual([
    'has reloaded the secret',
    'has reloaded the certificates',
    'has reloaded the log level',
  ]);
  node.log.say('after', 'seldom');
  expect(node.lines.join()).toMatch(/before/);
  expect(node.lines.join()).not.toMatch(/after/);
  const another = secretOf(Buffer.from('another secret of the tests'));
  expect(node.secret.key('server')?.prove('p', [])).toBe(another.key('server')?.prove('p', []));
  expect(node.tls?.cert).toEqual((await readTls({ cert: second.cert, key: second.key })).cert);
  expect(node.used).toEqual(['used']);
});

it('What cannot be read leaves what was in use, and the rest is read all the same', async () => {
  const node = await running();
  const before = node.secret.key('server');
  await writeFile(node.flags.secretFile ?? '', 'short');
  await writeFile(node.flags.config ?? '', 'log-level: loud\n');
  const [secret, certificates, level] = await reload(node);
  expect(secret).toMatch(/^keeps the secret: .*at least 16 bytes/);
  expect(certificates).toBe('has reloaded the certificates');
  expect(level).toMatch(/^keeps the log level: log-level: debug, info/);
  expect(node.secret.key('server')).toBe(before);
});

it('A node without any of these has nothing to reload', async () => {
  expect(await reload({ ...(await running()), flags: {}, tls: undefined })).toEqual([]);
});
