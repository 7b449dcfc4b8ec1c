import { afterEach, describe, expect, it } from 'vitest';
import { encodeEnvelopes } from '../../../src/protocol/wire/codec.ts';
import { secretOf } from '../../../src/security/secret.ts';
import { proveHello } from '../../../src/transport-http/handshake/hello-proof.ts';
import { decodeHelloAnswer } from '../../../src/transport-http/handshake/hello.ts';
import { byHand, election, hello, node, SECRET, strike } from '../../support/transport-http/peer-node.ts';

afterEach(strike);

describe('Links of nodes that know the secret', () => {
  it('open and carry what is sent', async () => {
    const s1 = await node('s1', {}, { secret: SECRET });
    const s2 = await node('s2', { s1: s1.address }, { secret: SECRET });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    s2.links.send(election('s2', 's1', 1));
    await expect.poll(() => s1.heard).toEqual([election('s2', 's1', 1)]);
  });

  it('do not open to one that has another secret', async () => {
    const s1 = await node('s1', {}, { secret: SECRET });
    const s2 = await node('s2', { s1: s1.address }, { secret: secretOf(Buffer.from('another secret of theirs')) });
    s2.links.dial();
    s2.links.send(election('s2', 's1', 1));
    await expect
      .poll(() => s2.refused)
      .toEqual(['no link to s1: it refuses this node: "this is no proof of this cluster\'s secret"']);
    expect(s2.links.states()).toEqual({ s1: 'refused' });
    expect(s1.heard).toEqual([]);
  });

  it('hear nothing before the proof', async () => {
    const s1 = await node('s1', {}, { secret: SECRET });
    const envelopes = encodeEnvelopes([election('s2', 's1', 1)]);
    const answers = await byHand(s1.port, [JSON.stringify(hello)], { answer: () => envelopes });
    expect(answers).toEqual([
      expect.stringContaining('"type":"challenge"'),
      expect.stringContaining('not a proof of the secret'),
    ]);
    expect(s1.heard).toEqual([]);
  });

  it('challenge each hello anew, so that a proof overheard is worth nothing', async () => {
    const s1 = await node('s1', {}, { secret: SECRET });
    const nonces: string[] = [];
    const proofs: string[] = [];
    const answer = (said: string): string | undefined => {
      const decoded = decodeHelloAnswer(said);
      if (decoded.type === 'rejected' || decoded.value.type !== 'challenge') return undefined;
      const { type: _, ...challenge } = decoded.value;
      nonces.push(challenge.nonce);
      const key = SECRET.key('server');
      if (key === undefined) throw new Error('the secret has the key of servers');
      proofs.push(JSON.stringify({ type: 'proof', proof: proveHello(key, 'opener', { hello, challenge }) }));
      // What was right for the first one, said to the second.
      return proofs[0];
    };
    const first = byHand(s1.port, [JSON.stringify(hello)], { leaves: true, answer });
    expect((await first)[1]).toContain('"type":"welcome"');
    const second = await byHand(s1.port, [JSON.stringify(hello)], { leaves: true, answer });
    expect(second[1]).toContain("this is no proof of this cluster's secret");
    expect(new Set(nonces).size).toBe(2);
  });
});
