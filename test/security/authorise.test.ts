import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Authorised, type OperatorCall, withSecret } from '../../src/security/authorise.ts';
import { createNonces } from '../../src/security/nonces.ts';
import { acceptingToo, type Key, type KeyRole, type Secret, secretOf } from '../../src/security/secret.ts';
import {
  type Audience,
  isSignedAnswer,
  readSignature,
  SIGNATURE_HEADER,
  signCall,
  SIGNED_WITHIN,
} from '../../src/security/signed-call.ts';

const cluster = secretOf(Buffer.from('a secret of the tests'));
const [secret, other, serverKey] = [
  keyOf(cluster, 'operator'),
  keyOf(secretOf(Buffer.from('another secret of theirs')), 'operator'),
  keyOf(cluster, 'server'),
];
const SELF: Audience = { nodeId: 's1', clusterId: 'c1', incarnation: 7 };
const NOW = 1_790_000_000_000;
const call = { method: 'POST', path: '/understudy/leave?x=1', body: '{"node":"s1"}' };

/** A process that was started an hour ago, at noon of its clock. */
function door(): { readonly authorise: (call: OperatorCall) => Authorised; clock: number } {
  const at = { clock: NOW - 3_600_000 };
  const authorise = withSecret(cluster, SELF, () => at.clock);
  at.clock = NOW;
  return {
    authorise,
    get clock() {
      return at.clock;
    },
    set clock(millis) {
      at.clock = millis;
    },
  };
}

interface Change extends Partial<Audience> {
  readonly key?: Key;
  readonly role?: KeyRole;
  readonly millis?: number;
  readonly nonce?: string;
}

function signed({
  key = secret,
  role = 'operator',
  millis = NOW,
  nonce = '0'.repeat(32),
  ...to
}: Change = {}): OperatorCall {
  const header = signCall(key, role, call, { ...SELF, ...to }, { millis, nonce });
  return { ...call, headers: { [SIGNATURE_HEADER]: header } };
}

function keyOf(of: Secret, role: KeyRole): Key {
  const key = of.key(role);
  if (key === undefined) throw new Error('a secret has the keys of all roles');
  return key;
}

function reason(authorised: Authorised): string {
  return authorised.type === 'refused' ? authorised.reason : 'granted';
}

describe('A signed call', () => {
  it('is granted, and its answer proves the secret in turn', () => {
    const authorised = door().authorise(signed());
    const answer = { status: 200, headers: {}, body: '{"ok":true}' };
    const headers = authorised.type === 'granted' ? authorised.sign(answer) : {};
    const header = headers[SIGNATURE_HEADER] ?? '';
    expect(isSignedAnswer(secret, '0'.repeat(32), answer, header)).toBe(true);
    expect(isSignedAnswer(other, '0'.repeat(32), answer, header)).toBe(false);
    expect(isSignedAnswer(secret, '1'.repeat(32), answer, header)).toBe(false);
    expect(isSignedAnswer(secret, '0'.repeat(32), { ...answer, body: '{"ok":false}' }, header)).toBe(false);
    expect(isSignedAnswer(secret, '0'.repeat(32), { ...answer, status: 500 }, header)).toBe(false);
    expect(isSignedAnswer(secret, '0'.repeat(32), answer, '')).toBe(false);
  });

  it.each([
    [
      'without a signature',
      { ...signed(), headers: {} },
      "this call needs a proof of the cluster's secret (understudy-signature)",
    ],
    [
      'with what is no signature',
      { ...signed(), headers: { [SIGNATURE_HEADER]: 'v2 me' } },
      'understudy-signature is not a signature',
    ],
    ['by another secret', signed({ key: other }), "the signature is not one of this call by the cluster's secret"],
    ['with another body', { ...signed(), body: '{"node":"s2"}' }, 'the signature is not one of this call'],
    ['with another path', { ...signed(), path: '/understudy/leave?x=2' }, 'the signature is not one of this call'],
    ['with another method', { ...signed(), method: 'GET' }, 'the signature is not one of this call'],
    ['for another node', signed({ nodeId: 's2' }), 'the signature is for s2, and this is s1'],
    [
      'that is too old',
      signed({ millis: NOW - SIGNED_WITHIN - 1 }),
      'the signature is 30001 ms off this clock, and may be 30000',
    ],
    [
      'for another start of the process',
      signed({ incarnation: 6 }),
      'the signature is for another start of this process',
    ],
    ['for another cluster', signed({ clusterId: 'c2' }), 'the signature is not one of this call'],
    [
      'by the key of a server',
      signed({ key: serverKey, role: 'server' }),
      'the key of a server may not make this call',
    ],
    ['by a key that is not of the role named', signed({ role: 'server' }), 'the signature is not one of this call'],
    ['of the future', signed({ millis: NOW + SIGNED_WITHIN + 1 }), 'the signature is 30001 ms off this clock'],
  ])('%s is refused, and so is what says that a proxy on this machine forwards it', (_, refused, said) => {
    expect(reason(door().authorise(refused))).toContain(said);
    const headers = { ...refused.headers, host: '127.0.0.1:4599', 'x-forwarded-for': '127.0.0.1' };
    expect(reason(door().authorise({ ...refused, headers }))).toContain(said);
  });

  it('is granted once within the time it counts, and its repetition refused until it counts no more', () => {
    const at = door();
    const early = signed({ millis: NOW + SIGNED_WITHIN });
    expect(reason(at.authorise(early))).toBe('granted');
    at.clock = NOW + 2 * SIGNED_WITHIN;
    expect(reason(at.authorise(early))).toBe('the signature has been used');
    at.clock += 1;
    expect(reason(at.authorise(early))).toContain('off this clock');
    expect(reason(at.authorise(signed({ millis: at.clock, nonce: '1'.repeat(32) })))).toBe('granted');
  });

  it('is granted to the roles that a path names, by the new key and the old one while the secret is changed', () => {
    const fresh = secretOf(Buffer.from('the next secret of the tests'));
    const authorise = withSecret(acceptingToo(fresh, cluster), SELF, () => NOW);
    const joining = signed({ key: serverKey, role: 'server' });
    expect(reason(authorise(joining))).toContain('may not make this call');
    const granted = authorise(joining, ['server', 'frontend']);
    expect(granted).toMatchObject({ type: 'granted', by: 'server' });
    const answer = { status: 200, headers: {}, body: '' };
    const header = granted.type === 'granted' ? granted.sign(answer)[SIGNATURE_HEADER] : '';
    expect(isSignedAnswer(serverKey, '0'.repeat(32), answer, header ?? '')).toBe(true);
    expect(reason(authorise(signed({ key: keyOf(fresh, 'operator'), nonce: '1'.repeat(32) })))).toBe('granted');
  });

  it('of which any character is changed is refused', () => {
    const header = signed().headers[SIGNATURE_HEADER] ?? '';
    fc.assert(
      fc.property(fc.nat(header.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (place, character) => {
        fc.pre(header[place] !== character);
        const headers = { [SIGNATURE_HEADER]: `${header.slice(0, place)}${character}${header.slice(place + 1)}` };
        expect(door().authorise({ ...signed(), headers }).type).toBe('refused');
      }),
    );
  });

  it('is read back as it was written', () => {
    const header = signCall(secret, 'operator', call, SELF, { millis: 5, nonce: 'f'.repeat(32) });
    expect(readSignature(header)).toMatchObject({
      role: 'operator',
      to: 's1',
      incarnation: 7,
      millis: 5,
      nonce: 'f'.repeat(32),
    });
  });
});

it('Nonces are fresh once each until their time is over, and remembered up to a limit, as a list of all of them says', () => {
  const use = fc.record({ nonce: fc.constantFrom('a', 'b', 'c', 'd'), lasts: fc.nat(5), pause: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(use, { maxLength: 40 }), (uses) => {
      const nonces = createNonces(3);
      let all: { readonly nonce: string; readonly until: number }[] = [];
      let now = 0;
      for (const { nonce, lasts, pause } of uses) {
        now += pause;
        all = all.filter(({ until }) => until >= now);
        const expected = all.some((one) => one.nonce === nonce) ? 'used' : all.length >= 3 ? 'full' : 'fresh';
        if (expected === 'fresh') all.push({ nonce, until: now + lasts });
        expect(nonces.use(nonce, now + lasts, now)).toBe(expected);
      }
    }),
  );
});
