import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Authorised, onlyLocal, type OperatorCall, withSecret } from '../../src/security/authorise.ts';
import { createNonces } from '../../src/security/nonces.ts';
import { secretOf } from '../../src/security/secret.ts';
import {
  isSignedAnswer,
  readSignature,
  SIGNATURE_HEADER,
  signCall,
  SIGNED_WITHIN,
} from '../../src/security/signed-call.ts';

const secret = secretOf(Buffer.from('a secret of the tests'));
const other = secretOf(Buffer.from('another secret of theirs'));
const NOW = 1_790_000_000_000;
const call = { method: 'POST', path: '/understudy/leave?x=1', body: '{"node":"s1"}' };

/** A process that was started an hour ago, at noon of its clock. */
function door(): { readonly authorise: (call: OperatorCall) => Authorised; clock: number } {
  const at = { clock: NOW - 3_600_000 };
  const authorise = withSecret(secret, 's1', () => at.clock);
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

function signed(change: { key?: typeof secret; to?: string; millis?: number; nonce?: string } = {}): OperatorCall {
  const { key = secret, to = 's1', millis = NOW, nonce = '0'.repeat(32) } = change;
  return { ...call, isLocal: false, headers: { [SIGNATURE_HEADER]: signCall(key, call, { to, millis, nonce }) } };
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
      { ...signed(), headers: { [SIGNATURE_HEADER]: 'v1 me' } },
      'understudy-signature is not a signature',
    ],
    ['by another secret', signed({ key: other }), "the signature is not one of this call by the cluster's secret"],
    ['with another body', { ...signed(), body: '{"node":"s2"}' }, 'the signature is not one of this call'],
    ['with another path', { ...signed(), path: '/understudy/leave?x=2' }, 'the signature is not one of this call'],
    ['with another method', { ...signed(), method: 'GET' }, 'the signature is not one of this call'],
    ['for another node', signed({ to: 's2' }), 'the signature is for s2, and this is s1'],
    [
      'that is too old',
      signed({ millis: NOW - SIGNED_WITHIN - 1 }),
      'the signature is 30001 ms off this clock, and may be 30000',
    ],
    ['of the future', signed({ millis: NOW + SIGNED_WITHIN + 1 }), 'the signature is 30001 ms off this clock'],
  ])('%s is refused, from this machine as well', (_, refused, said) => {
    expect(reason(door().authorise(refused))).toContain(said);
    expect(reason(door().authorise({ ...refused, isLocal: true }))).toContain(said);
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

  it('that may have been used before the process was started is refused', () => {
    const authorise = withSecret(secret, 's1', () => NOW);
    expect(reason(authorise(signed({ millis: NOW - 1 })))).toBe('the signature is older than this process');
    expect(reason(authorise(signed()))).toBe('granted');
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
    const header = signCall(secret, call, { to: 's1', millis: 5, nonce: 'f'.repeat(32) });
    expect(readSignature(header)).toMatchObject({ to: 's1', millis: 5, nonce: 'f'.repeat(32) });
  });
});

describe('Without a secret', () => {
  const plain = { ...call, headers: {}, isLocal: true };

  it('whoever is on this machine may call, and nobody else', () => {
    expect(reason(onlyLocal(plain))).toBe('granted');
    expect(reason(onlyLocal({ ...plain, isLocal: false }))).toContain('from its own machine only');
  });

  it.each(['origin', 'sec-fetch-site'])('no browser on this machine may, which says %s', (header) => {
    expect(reason(onlyLocal({ ...plain, headers: { [header]: 'null' } }))).toBe(
      'this call is not taken from a browser',
    );
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
