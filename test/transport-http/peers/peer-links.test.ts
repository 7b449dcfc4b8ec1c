import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodeEnvelopes } from '../../../src/protocol/wire/codec.ts';
import { NAMELESS_AT_MOST } from '../../../src/transport-http/peers/nameless.ts';
import { byHand, election, entry, freePort, hello, node, strike } from '../../support/transport-http/peer-node.ts';

afterEach(strike);

describe('Peer links', () => {
  it('carry what was sent, in order, and what was sent at once in one frame', async () => {
    const s1 = await node('s1', { s2: `127.0.0.1:${await freePort()}` });
    const s2 = await node('s2', { s1: s1.address });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    const sent = Array.from({ length: 100 }, (_, round) => election('s2', 's1', round));
    for (const one of sent) s2.links.send(one);
    await expect.poll(() => s1.heard).toEqual(sent);
    expect(s1.frames).toEqual([100]);
  });

  it('carry what was said before they were opened, also to whom it was learned of meanwhile', async () => {
    const s1 = await node('s1', {});
    const s2 = await node('s2', {});
    s2.links.send(election('s2', 's1', 1));
    s2.links.know([entry('s1', s1.address)]);
    s2.links.send(election('s2', 's1', 2));
    s2.links.dial();
    await expect.poll(() => s1.heard).toEqual([election('s2', 's1', 1), election('s2', 's1', 2)]);
  });

  it('open once the peer is there, and hold no suspicion against one that is yet to come', async () => {
    const port = await freePort();
    const s2 = await node('s2', { s1: `127.0.0.1:${port}` });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'connecting' });
    await node('s1', { s2: s2.address }, { port });
    await expect.poll(() => s2.links.states(), { timeout: 3_000 }).toEqual({ s1: 'open' });
    expect(s2.suspected).toEqual([]);
  });

  it.each(['10.0.0.300:4599', 'x:99999', 'a b:1', 'user@a:1', ''])(
    'stay closed, and say why, where the directory names an address that cannot be dialled: %j',
    async (address) => {
      const s1 = await node('s1', {});
      const s2 = await node('s2', {});
      s2.links.dial();
      s2.links.know([entry('s1', s1.address), entry('s3', address)]);
      s2.links.send(election('s2', 's3', 1));
      await expect.poll(() => s2.links.states()).toEqual({ s1: 'open', s3: 'connecting' });
      expect(s2.refused.join()).toMatch(/^no link to s3: it cannot be dialled|^$/);
      s2.links.know([entry('s1', s1.address), entry('s3', '127.0.0.1:1')]);
      expect(s2.links.states()).toEqual({ s1: 'open', s3: 'connecting' });
    },
  );

  it('suspect a peer whose process ends, and reach the next one', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const s2 = await node('s2', { s1: s1.address });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    expect(s2.suspected).toEqual([]);
    await s1.close();
    await expect.poll(() => s2.suspected[0]).toBe('s1');
    const next = await node('s1', { s2: '127.0.0.1:1' }, { port: s1.port, incarnation: 2 });
    await expect.poll(() => s2.links.states(), { timeout: 3_000 }).toEqual({ s1: 'open' });
    s2.links.send(election('s2', 's1', 7));
    await expect.poll(() => next.heard).toEqual([election('s2', 's1', 7)]);
  });

  it('do not suspect a peer that is silent', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const s2 = await node('s2', { s1: s1.address });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    s2.links.send(election('s2', 's1', 1));
    await expect.poll(() => s1.heard.length).toBe(1);
    expect([s1.suspected, s2.suspected]).toEqual([[], []]);
  });

  it('take a newer incarnation for a sign that the older process is gone, and refuse the older one from then on', async () => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const first = await node('s2', { s1: s1.address });
    first.links.dial();
    await expect.poll(() => first.links.states()).toEqual({ s1: 'open' });
    const second = await node('s2', { s1: s1.address }, { incarnation: 2 });
    second.links.dial();
    await expect.poll(() => second.links.states()).toEqual({ s1: 'open' });
    expect(s1.suspected).toEqual(['s2']);
    await expect
      .poll(() => first.refused[0])
      .toBe('no link to s1: it refuses this node: "incarnation 1 of s2 is over, 2 was seen"');
  });

  it.each([
    ['text that is no JSON', ['hello'], 'a hello is JSON'],
    ['a binary frame', [Buffer.from(JSON.stringify(hello))], 'a hello is JSON'],
    ['another cluster', [JSON.stringify({ ...hello, clusterId: 'c2' })], 'this node belongs to cluster c1'],
    ['another version', [JSON.stringify({ ...hello, understudy: 9, oldest: 9 })], 'wire version 5'],
    ['another history', [JSON.stringify({ ...hello, historyId: 'c0' })], 'the history of this cluster is c1'],
    ['a node that is itself', [JSON.stringify({ ...hello, nodeId: 's1' })], 'this node is s1 itself'],
    ['a hello without end', ['x'.repeat(100_000)], undefined],
    ['a hello for somebody else', [JSON.stringify({ ...hello, to: 's3' })], 'this node is s1'],
  ])('refuse %s and close', async (_, frames, reason) => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const answers = await byHand(s1.port, frames);
    if (reason === undefined) expect(answers).toEqual([]);
    else expect(answers).toEqual([expect.stringContaining(reason)]);
    expect(s1.heard).toEqual([]);
  });

  it('let a node speak that nobody has told them of', async () => {
    const s1 = await node('s1', {});
    const joiner = await node('s9', { s1: s1.address });
    joiner.links.dial();
    joiner.links.send(election('s9', 's1', 1));
    await expect.poll(() => s1.heard).toEqual([election('s9', 's1', 1)]);
  });

  it('follow the directory: to a node that is new to it, and to where it has moved', async () => {
    const s1 = await node('s1', {});
    const first = await node('s2', {});
    s1.links.dial();
    s1.links.know([entry('s1', s1.address), entry('s2', first.address)]);
    await expect.poll(() => s1.links.states()).toEqual({ s2: 'open' });
    const second = await node('s2', {});
    s1.links.know([entry('s1', s1.address), entry('s2', second.address, { incarnation: 2 })]);
    await expect.poll(() => s1.links.states()).toEqual({ s2: 'open' });
    s1.links.send(election('s1', 's2', 1));
    await expect.poll(() => second.heard).toEqual([election('s1', 's2', 1)]);
    expect(first.heard).toEqual([]);
  });

  it('go to the address they were given, whatever the directory says', async () => {
    const proxy = await node('s2', {});
    const s1 = await node('s1', { s2: proxy.address });
    s1.links.know([entry('s2', `127.0.0.1:${await freePort()}`)]);
    s1.links.dial();
    await expect.poll(() => s1.links.states()).toEqual({ s2: 'open' });
  });

  it('outlast the removal of the node at the other end, and are not opened again', async () => {
    const s1 = await node('s1', {});
    const s2 = await node('s2', { s1: s1.address });
    s1.links.dial();
    s2.links.dial();
    s1.links.know([entry('s2', s2.address)]);
    await expect.poll(() => [s1.links.states(), s2.links.states()]).toEqual([{ s2: 'open' }, { s1: 'open' }]);
    s1.links.know([entry('s2', s2.address, { standing: 'removed' })]);
    s1.links.send(election('s1', 's2', 1));
    s2.links.send(election('s2', 's1', 2));
    await expect.poll(() => [s1.heard.length, s2.heard.length]).toEqual([1, 1]);
    await s2.close();
    await expect.poll(() => s1.links.states()).toEqual({});
    const again = await node('s2', { s1: s1.address }, { port: s2.port, incarnation: 2 });
    again.links.dial();
    const said = 'no link to s1: it refuses this node: "\\"s2\\" has been removed from this cluster"';
    await expect.poll(() => again.refused).toEqual([said]);
    // Logged once, and told each time: the node asks for the reason until it has learned it.
    await expect.poll(() => again.turnedAwayBy.length, { timeout: 5_000 }).toBeGreaterThan(1);
    expect([again.turnedAwayBy.slice(0, 2), again.refused]).toEqual([['s1', 's1'], [said]]);
    expect(s1.links.states()).toEqual({});
  });

  it('are opened again to a removed node that has come back with another disk', async () => {
    const s2 = await node('s2', {});
    const s1 = await node('s1', {});
    s1.links.know([entry('s2', s2.address, { standing: 'removed' })]);
    s1.links.dial();
    expect(s1.links.states()).toEqual({});
    s1.links.know([entry('s2', s2.address, { diskId: 'c1/s2/2-x', generation: 2 })]);
    await expect.poll(() => s1.links.states()).toEqual({ s2: 'open' });
  });

  it('are kept to a removed node while a group names its disk, and opened to its next disk after that', async () => {
    const named = new Set(['c1/s2/1']);
    const address = `127.0.0.1:${await freePort()}`;
    const s1 = await node('s1', {}, { isNamed: (diskId) => named.has(diskId) });
    s1.links.dial();
    s1.links.know([entry('s2', address, { standing: 'removed' })]);
    expect(Object.keys(s1.links.states())).toEqual(['s2']);
    named.clear();
    await expect.poll(() => s1.links.states()).toEqual({});
    const s2 = await node('s2', { s1: s1.address }, { port: Number(address.split(':')[1]) });
    s1.links.know([entry('s2', s2.address, { diskId: 'c1/s2/2-x', generation: 2 })]);
    await expect.poll(() => s1.links.states()).toEqual({ s2: 'open' });
  });

  it('are not taken from a second life of a disk while the first one beats elsewhere, and are after that', async () => {
    let beatsAt: string | undefined = '10.0.0.2:4560';
    const s1 = await node('s1', {}, { beatsAt: (peer) => (peer === 's2' ? beatsAt : undefined) });
    const s2 = await node('s2', { s1: s1.address }, { incarnation: 2 });
    s2.links.dial();
    await expect.poll(() => s2.refused.join()).toContain('one of the two folders is a copy');
    expect(s2.links.states()).not.toEqual({ s1: 'open' });
    beatsAt = undefined;
    await expect.poll(() => s2.links.states(), { timeout: 5_000 }).toEqual({ s1: 'open' });
  });

  it('make room for who comes when too many sockets have said no hello', async () => {
    const s1 = await node('s1', {});
    const idle = Array.from({ length: NAMELESS_AT_MOST + 1 }, () => byHand(s1.port, [], { from: '127.0.0.2' }));
    const s2 = await node('s2', { s1: s1.address });
    s2.links.dial();
    await expect.poll(() => s2.links.states(), { timeout: 10_000 }).toEqual({ s1: 'open' });
    s2.links.send(election('s2', 's1', 1));
    await expect.poll(() => s1.heard.length).toBe(1);
    await s1.close();
    await Promise.all(idle);
  });

  it('are not opened by a page that a browser shows', async () => {
    const s1 = await node('s1', {});
    const response = await new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://${s1.address}/peer`, { origin: 'https://example.org' });
      socket.on('error', (error) => resolve(error.message));
    });
    expect(response).toBe('Unexpected server response: 403');
  });

  it.each([
    ['an envelope in the name of another node', encodeEnvelopes([election('s3', 's1', 1)]), 'from s3'],
    ['an envelope to another node', encodeEnvelopes([election('s2', 's3', 1)]), 'to s3'],
    ['text that is no envelope', '[{"from":1}]', 'from s2'],
  ])('cut off a peer that sends %s', async (_, frame, reason) => {
    const s1 = await node('s1', { s2: '127.0.0.1:1' });
    const answers = await byHand(s1.port, [JSON.stringify(hello), frame]);
    expect(answers[0]).toContain('{"type":"welcome","nodeId":"s1","incarnation":1,');
    expect(answers[1]).toContain(reason);
    expect(s1.heard).toEqual([]);
  });
});
