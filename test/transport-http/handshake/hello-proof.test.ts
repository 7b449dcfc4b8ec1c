import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Secret, secretOf } from '../../../src/security/secret.ts';
import { acceptHello, type Accepting } from '../../../src/transport-http/handshake/hello-acceptor.ts';
import { openHello, type Opening } from '../../../src/transport-http/handshake/hello-opener.ts';
import { ownBuild } from '../../../src/transport-http/handshake/build.ts';
import { isHelloProven, proveHello, type Transcript } from '../../../src/transport-http/handshake/hello-proof.ts';
import type { HelloAnswer } from '../../../src/transport-http/handshake/hello.ts';
import { hello, SECRET, selfOf } from '../../support/transport-http/peer-node.ts';

const OTHER = secretOf(Buffer.from('another secret of theirs'));
const NONCE = 'c'.repeat(32);
const policy = {
  self: selfOf('s1', 7),
  life: () => undefined,
  kind: () => undefined,
  beatsAt: () => undefined,
  isRemoved: () => false,
  hasRoom: () => true,
};
const challenge = { nodeId: 's1', incarnation: 7, nonce: NONCE, ...ownBuild() };
const transcript: Transcript = { hello, challenge };

function accept(frames: readonly string[], secret: Secret): { state: Accepting; said: readonly HelloAnswer[] } {
  let state: Accepting = { type: 'expecting-hello' };
  const said: HelloAnswer[] = [];
  for (const frame of frames) {
    if (state.type === 'welcomed' || state.type === 'refused') break;
    const [next, answer] = acceptHello(state, frame, { policy, secret, nonce: NONCE });
    state = next;
    said.push(answer);
  }
  return { state, said };
}

function open(frames: readonly string[], secret: Secret): Opening {
  let state: Opening = { type: 'expecting-answer' };
  for (const frame of frames) {
    if (state.type === 'open' || state.type === 'refused') break;
    [state] = openHello(state, frame, { hello, secret });
  }
  return state;
}

/** Both sides, each hearing what the other says, until there is nothing more to say. */
function meet(opener: Secret, acceptor: Secret, first = hello): readonly [Opening, Accepting] {
  let opening: Opening = { type: 'expecting-answer' };
  let accepting: Accepting = { type: 'expecting-hello' };
  let said: object | undefined = first;
  while (said !== undefined && (accepting.type === 'expecting-hello' || accepting.type === 'expecting-proof')) {
    let answer: HelloAnswer;
    [accepting, answer] = acceptHello(accepting, JSON.stringify(said), { policy, secret: acceptor, nonce: NONCE });
    if (opening.type === 'open' || opening.type === 'refused') break;
    [opening, said] = openHello(opening, JSON.stringify(answer), { hello: first, secret: opener });
  }
  return [opening, accepting];
}

describe('Two nodes', () => {
  it('that know the same secret meet', () => {
    expect(meet(SECRET, SECRET)).toEqual([
      { type: 'open', peer: ownBuild() },
      { type: 'welcomed', hello },
    ]);
  });

  it('meet though one speaks newer versions as well, and each knows the build of the other', () => {
    const newer = { ...hello, understudy: hello.understudy + 2, build: '9.0.0' };
    expect(meet(SECRET, SECRET, newer)).toEqual([
      { type: 'open', peer: ownBuild() },
      { type: 'welcomed', hello: newer },
    ]);
  });

  it.each([{ understudy: 9 }, { oldest: 2 }, { build: '9.0.0' }])(
    'are not made to speak another version by one between them that changes %j',
    (change) => {
      const key = SECRET.key('server');
      if (key === undefined) throw new Error('the secret has the key of servers');
      for (const side of ['opener', 'acceptor'] as const) {
        const said = proveHello(key, side, transcript);
        for (const changed of [
          { ...transcript, hello: { ...hello, ...change } },
          { ...transcript, challenge: { ...challenge, ...change } },
        ])
          expect(isHelloProven(key, side, changed, said)).toBe(false);
      }
    },
  );

  it('of which the one that calls has another secret do not', () => {
    const [opening, accepting] = meet(OTHER, SECRET);
    const reason = 'it refuses this node: "this is no proof of this cluster\'s secret"';
    expect(opening).toEqual({ type: 'refused', reason });
    expect(accepting.type).toBe('refused');
  });
});

/*
 * Everything that a stranger could say without the secret, and what only a node could, in any order. The twins know what each
 * frame is and look at the whole sequence at once.
 */

const proof = (secret: Secret, side: 'opener' | 'acceptor', of: Transcript): string => {
  const key = secret.key('server');
  return key === undefined ? '' : proveHello(key, side, of);
};
const older: Transcript = { hello, challenge: { ...challenge, nonce: 'd'.repeat(32) } };

const toAcceptor: Readonly<Record<string, string>> = {
  hello: JSON.stringify(hello),
  ofAnotherCluster: JSON.stringify({ ...hello, clusterId: 'c2' }),
  proof: JSON.stringify({ type: 'proof', proof: proof(SECRET, 'opener', transcript) }),
  reflected: JSON.stringify({ type: 'proof', proof: proof(SECRET, 'acceptor', transcript) }),
  replayed: JSON.stringify({ type: 'proof', proof: proof(SECRET, 'opener', older) }),
  forged: JSON.stringify({ type: 'proof', proof: proof(OTHER, 'opener', transcript) }),
  empty: '',
  envelopes: '[]',
};

const toOpener: Readonly<Record<string, string>> = {
  challenge: JSON.stringify({ type: 'challenge', ...challenge }),
  ofAnother: JSON.stringify({ type: 'challenge', ...challenge, nodeId: 's3' }),
  proven: JSON.stringify({
    type: 'welcome',
    nodeId: 's1',
    incarnation: 7,
    proof: proof(SECRET, 'acceptor', transcript),
  }),
  bare: JSON.stringify({ type: 'welcome', nodeId: 's1', incarnation: 7 }),
  bareOfAnother: JSON.stringify({ type: 'welcome', nodeId: 's3', incarnation: 7 }),
  reflected: JSON.stringify({
    type: 'welcome',
    nodeId: 's1',
    incarnation: 7,
    proof: proof(SECRET, 'opener', transcript),
  }),
  replayed: JSON.stringify({ type: 'welcome', nodeId: 's1', incarnation: 7, proof: proof(SECRET, 'acceptor', older) }),
  refused: JSON.stringify({ type: 'refused', reason: 'no' }),
  empty: '',
};

const sequence = (alphabet: Readonly<Record<string, string>>): fc.Arbitrary<string[]> =>
  fc.array(fc.constantFrom(...Object.keys(alphabet)), { maxLength: 4 });

describe('Whatever is said, in whatever order,', () => {
  it('the side that was called welcomes exactly a hello and its proof', () => {
    fc.assert(
      fc.property(sequence(toAcceptor), (names) => {
        const wanted = ['hello', 'proof'];
        const isWelcome = wanted.every((name, place) => names[place] === name);
        const frames = names.map((name) => toAcceptor[name] ?? '');
        const { state, said } = accept(frames, SECRET);
        expect(state.type === 'welcomed').toBe(isWelcome);
        // It proves nothing to a caller that has not.
        expect(said.some((answer) => answer.type === 'welcome')).toBe(isWelcome);
        if (names.length >= wanted.length) expect(['welcomed', 'refused']).toContain(state.type);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the side that calls opens exactly to a challenge and a proven welcome', () => {
    fc.assert(
      fc.property(sequence(toOpener), (names) => {
        const wanted = ['challenge', 'proven'];
        const isOpen = wanted.every((name, place) => names[place] === name);
        const state = open(
          names.map((name) => toOpener[name] ?? ''),
          SECRET,
        );
        expect(state.type === 'open').toBe(isOpen);
        if (names.length >= wanted.length) expect(['open', 'refused']).toContain(state.type);
      }),
      { numRuns: 2_000 },
    );
  });
});

it('A hello is refused when a later life of its node has come while it was proving the secret', () => {
  const [state] = acceptHello({ type: 'expecting-hello' }, JSON.stringify(hello), {
    policy,
    secret: SECRET,
    nonce: NONCE,
  });
  expect(state).toEqual({ type: 'expecting-proof', transcript });
  const life = { generation: 1, diskId: hello.diskId, incarnation: 2 };
  const later = { policy: { ...policy, life: () => life }, secret: SECRET, nonce: NONCE };
  const [refused] = acceptHello({ type: 'expecting-proof', transcript }, toAcceptor['proof'] ?? '', later);
  expect(refused).toEqual({ type: 'refused', reason: 'incarnation 1 of s2 is over, 2 was seen' });
});
