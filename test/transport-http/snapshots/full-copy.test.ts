import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { encodeEnvelope, encodeEnvelopes } from '../../../src/protocol/wire/codec.ts';
import { type FullCopy, snapshotName } from '../../../src/transport-http/snapshots/full-copy.ts';
import { allFrames, fullCopy, snapshot } from '../../support/transport-http/full-copies.ts';
import {
  byHand as speak,
  election as stageElection,
  hello,
  type Node,
  node,
  strike,
} from '../../support/transport-http/peer-node.ts';

afterEach(strike);

/** s2, which can send, and s1, which hears it. */
async function pair(): Promise<{ readonly s1: Node; readonly s2: Node }> {
  const s1 = await node('s1', { s2: '127.0.0.1:1' });
  return { s1, s2: await sender(s1, 1) };
}

async function sender(s1: Node, incarnation: number): Promise<Node> {
  const s2 = await node('s2', { s1: s1.address }, { incarnation });
  s2.links.dial();
  await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
  return s2;
}

function election(round: number): Envelope {
  return stageElection('s2', 's1', round);
}

function typesOf(envelopes: readonly Envelope[]): string[] {
  return envelopes.map(({ message }) => message.type);
}

/** So many turns of the event loop that a large copy has begun, and so few that it cannot have ended. */
async function begin(): Promise<void> {
  for (let count = 0; count < 3; count += 1) await turn();
}

/** Says hello as s2 and then `frames` by hand, and closes unless it is cut off; resolves to what comes back. */
function byHand(port: number, frames: readonly string[]): Promise<readonly string[]> {
  return speak(port, [JSON.stringify(hello), ...frames], { leaves: true });
}

describe('A full copy', () => {
  it('of 20,000 results arrives as it was, and what is sent meanwhile arrives before it', async () => {
    const { s1, s2 } = await pair();
    const copy = fullCopy(snapshot(20_000));
    s2.links.send(copy);
    for (let round = 0; round < 10; round += 1) {
      s2.links.send(election(round));
      await turn();
    }
    await expect.poll(() => s1.heard.length, { timeout: 10_000 }).toBe(11);
    expect(s1.heard.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, round) => election(round)));
    const arrived = s1.heard.at(-1);
    expect(arrived && encodeEnvelope(arrived)).toBe(encodeEnvelope(copy));
  });

  it('gives way to a newer one of the same group', async () => {
    const { s1, s2 } = await pair();
    const copied = snapshot(20_000);
    s2.links.send(fullCopy(copied, 1));
    await begin();
    const newer = fullCopy(snapshot(10), 2);
    s2.links.send(newer);
    await expect.poll(() => s1.heard).toEqual([newer]);
    s2.links.send(election(1));
    await expect.poll(() => typesOf(s1.heard)).toEqual(['install', 'election']);
    expect(s1.refused).toEqual([]);
  });

  it('goes on when a newer one is asked for in the same epoch: a copy must end at last', async () => {
    const { s1, s2 } = await pair();
    const copy = fullCopy(snapshot(20_000));
    s2.links.send(copy);
    await begin();
    s2.links.send(fullCopy(snapshot(10)));
    s2.links.send(fullCopy(snapshot(10), 1, 'users'));
    await expect.poll(() => s1.heard.map(({ from }) => from.unit), { timeout: 20_000 }).toEqual(['events', 'users']);
    expect(s1.heard[0] && encodeEnvelope(s1.heard[0])).toBe(encodeEnvelope(copy));
  });

  it('that is sent again while it is under way goes on, and arrives once', async () => {
    const { s1, s2 } = await pair();
    const copied = snapshot(20_000);
    s2.links.send(fullCopy(copied));
    await begin();
    s2.links.send(fullCopy(copied));
    // Behind it waits another group's, so that its arrival shows that nothing came in between.
    s2.links.send(fullCopy(snapshot(10), 1, 'users'));
    await expect.poll(() => s1.heard.map(({ from }) => from.unit), { timeout: 10_000 }).toEqual(['events', 'users']);
  });

  it('is checked at its end in slices: what comes behind it is heard before', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const copy = fullCopy(snapshot(20_000));
    await byHand(s1.port, [...allFrames(1, copy), encodeEnvelopes([election(1)])]);
    await expect.poll(() => typesOf(s1.heard), { timeout: 10_000 }).toEqual(['election', 'install']);
    expect(s1.heard[1] && encodeEnvelope(s1.heard[1])).toBe(encodeEnvelope(copy));
  });

  it('whose link closes while it is checked is heard, before all that comes over the next link', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    await byHand(s1.port, allFrames(1, fullCopy(snapshot(60_000))));
    const heardAtClose = typesOf(s1.heard);
    await byHand(s1.port, [encodeEnvelopes([election(1)])]);
    await expect.poll(() => typesOf(s1.heard), { timeout: 10_000 }).toEqual(['install', 'election']);
    expect(heardAtClose).toEqual([]);
  });

  it('is checked while one before it is, and dropped with it where that one is wrong', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const frames = allFrames(1, fullCopy(snapshot(20_000)));
    const wrong = frames.map((frame) => frame.replace(',"uuid-19999-of-a-write"]', ',3]'));
    const behind = allFrames(2, fullCopy(snapshot(10), 1, 'users'));
    await byHand(s1.port, [...wrong, ...behind]);
    await expect.poll(() => s1.refused).toHaveLength(1);
    await turn();
    expect(s1.heard).toEqual([]);
  });

  it('that is wrong in its very last item is refused', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const frames = allFrames(1, fullCopy(snapshot(20_000)));
    const wrong = frames.map((frame) => frame.replace(',"uuid-19999-of-a-write"]', ',3]'));
    expect(wrong).not.toEqual(frames);
    await byHand(s1.port, wrong);
    await expect.poll(() => s1.refused).toHaveLength(1);
    expect(s1.refused[0]).toContain('a text was expected');
    expect(s1.heard).toEqual([]);
  });

  it('is forgotten when the socket closes in the middle of it', async () => {
    const { s1, s2 } = await pair();
    s2.links.send(fullCopy(snapshot(20_000)));
    await begin();
    s2.links.close();
    const next = await sender(s1, 2);
    next.links.send(election(1));
    await expect.poll(() => s1.heard).toEqual([election(1)]);
    expect(s1.refused).toEqual([]);
  });

  it('is whole when its end has come, and not before', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const frames = [...allFrames(1, fullCopy(snapshot(1_000)))];
    await byHand(s1.port, frames.slice(0, -1));
    expect(s1.heard).toEqual([]);
    await byHand(s1.port, [frames[0] ?? '', frames.at(-1) ?? '']);
    await expect.poll(() => typesOf(s1.heard), { timeout: 10_000 }).toEqual(['install']);
    expect(s1.refused).toEqual([]);
  });

  const small = fullCopy(snapshot(400));
  const [opening = '', first = '', second = '', ...rest] = allFrames(1, small);
  const end = rest.at(-1) ?? '';
  const stray: FullCopy = { ...small, from: { node: 's3', unit: 'events' } };

  it.each([
    ['without an opening', [first], 'a slice of copy 1, which is not under way'],
    ['with a slice of an older one', [opening, ...allFrames(2, small)].toSpliced(2, 0, first), 'a slice of copy 1'],
    ['that ends before it began', [end], 'the end of copy 1, which is not under way'],
    ['that lacks a slice', [opening, first, ...rest], 'slices of'],
    ['that lacks a collection', [opening, first, '{"copy":1,"end":1}'], 'snapshot'],
    ['with a slice that is none', [opening, first, '{"copy":1,"slice":{"kind":"set"}}'], 'what is no slice'],
    [
      'with a pair that is none',
      [opening, first, '{"copy":1,"slice":{"kind":"map","number":0,"items":[3]}}'],
      'no slice',
    ],
    ['with a slice left over', [opening, first, second, ...rest.slice(0, -1)].concat(leftOver(rest)), 'snapshot'],
    ['with a field too many', ['{"copy":1,"end":1,"more":1}'], 'unknown fields'],
    ['that is no JSON', ['{"copy":1,'], 'not JSON'],
    ['nested too deep', [opening, `{"copy":1,"slice":${'['.repeat(5_000)}${']'.repeat(5_000)}}`], 'nested at most'],
    [
      'of what is no full copy',
      [`{"copy":1,"snapshot":"${snapshotName(small)}","envelope":${encodeEnvelope(election(1))}}`],
      'a full copy is no election',
    ],
    [
      'with a wrong field',
      [...allFrames(1, small)].map((frame) => frame.replace('"lamport":3', '"lamport":-3')),
      'lamport',
    ],
    ['in the name of another node', [...allFrames(1, stray)], 'from s3'],
  ])('%s is refused', async (_, frames, reason) => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const answers = await byHand(s1.port, frames);
    expect(answers.at(-1)).toContain('"type":"refused"');
    expect(answers.at(-1)).toContain(reason);
    expect(s1.refused).toHaveLength(1);
    expect(s1.heard).toEqual([]);
  });
});

/** A slice that belongs nowhere, and the end that counts it. */
function leftOver(frames: readonly string[]): string[] {
  return ['{"copy":1,"slice":{"kind":"list","number":99,"items":[]}}', `{"copy":1,"end":${frames.length + 2}}`];
}
