import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHostPort, isHostPort, joinHostPort, splitHostPort } from '../../../src/protocol/model/host-port.ts';

describe('the address of a node', () => {
  it.each([
    '127.0.0.1:4599',
    'localhost:1',
    'understudy-0.understudy.default.svc.cluster.local:4599',
    'my_host:65535',
    'a.:80',
    '[::1]:4599',
    '[2001:db8::8a2e:370:7334]:443',
    '0.0.0.0:4599',
  ])('may be %s', (text) => expect(isHostPort(text)).toBe(true));

  it.each([
    '10.0.0.300:4599',
    'x:99999',
    'x:0',
    'x:',
    'x',
    '',
    ':4599',
    'a b:1',
    'a/b:1',
    'user@a:1',
    'a:1/path',
    'a:1#b',
    'a:1?b',
    'http://a:1',
    '::1:4599',
    '[::1:4599',
    '[fe80::1%eth0]:1',
    '[1:2:3:4:5:6:7]:1',
    '[1::2::3]:1',
    '[1:2:3:4:5:6:7::8]:1',
    'a..b:1',
    '-a:1',
    '1.2.3:1',
    '0x7f.1:1',
    'a.0x1:1',
    '01.2.3.4:1',
    'ａ:1',
    'a%62:1',
    'a\nb:1',
    'a\u0000:1',
    `${'a'.repeat(64)}:1`,
    `${'a.'.repeat(127)}a:1`,
    'a:+1',
    'a:1e3',
  ])('is not %j', (text) => expect(canonicalHostPort(text)).toBeUndefined());

  it.each([
    ['LOCALHOST:4599', 'localhost:4599'],
    ['a:04599', 'a:4599'],
    ['[0:0:0:0:0:0:0:1]:4599', '[::1]:4599'],
    ['[2001:DB8:0:0:1:0:0:1]:1', '[2001:db8::1:0:0:1]:1'],
    ['[::ffff:127.0.0.1]:1', '[::ffff:7f00:1]:1'],
  ])('%s has one form, %s', (text, form) => expect(canonicalHostPort(text)).toBe(form));

  it('is what a URL gives back unchanged', () => {
    const part = fc.constantFrom(
      'a',
      'B',
      '0',
      '1',
      '255',
      '300',
      '0x1',
      '-',
      '_',
      '.',
      ':',
      '::',
      '[',
      ']',
      '%',
      '@',
      '/',
      'f',
      ' ',
    );
    const host = fc.oneof(
      fc.array(part, { maxLength: 10 }).map((parts) => parts.join('')),
      fc.ipV6(),
      fc.ipV4Extended(),
      fc.domain(),
    );
    const bracketed = fc.tuple(host, fc.boolean()).map(([text, is]) => (is ? `[${text}]` : text));
    const address = fc.tuple(bracketed, fc.integer({ min: 0, max: 70_000 })).map(([text, port]) => `${text}:${port}`);
    fc.assert(
      fc.property(address, (text) => {
        const form = canonicalHostPort(text);
        if (form === undefined) return;
        const url = new URL(`ws://${form}/peer`);
        expect(url.username + url.password + url.search + url.hash).toBe('');
        expect(`${url.host}${url.port === '' ? ':80' : ''}`).toBe(form);
        expect(new URL(`ws://${text}/peer`).host).toBe(url.host);
        expect(joinHostPort(splitHostPort(form))).toBe(form);
      }),
      { numRuns: 5_000 },
    );
  });
});
