import { connect, createServer, type Server, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { encodeEnvelope } from '../../../src/protocol/wire/codec.ts';
import { copyFrames, copyOpening, type FullCopy } from '../../../src/transport-http/snapshots/full-copy.ts';
import { createIncomingCopies, KEPT_AT_MOST, KEPT_FOR } from '../../../src/transport-http/snapshots/incoming-copies.ts';
import { createIncomingCopy, type IncomingCopy } from '../../../src/transport-http/snapshots/incoming-copy.ts';
import { SPOKEN } from '../../../src/protocol/wire/spoken.ts';
import { createOutgoingCopies } from '../../../src/transport-http/snapshots/outgoing-copies.ts';
import { createRateLimit } from '../../../src/transport-http/snapshots/rate-limit.ts';
import { allFrames, finished, fullCopy, snapshot } from '../../support/transport-http/full-copies.ts';
import { byHand, election, hello, node, strike } from '../../support/transport-http/peer-node.ts';

const servers: Server[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await strike();
  for (const server of servers.splice(0)) server.close();
});

/** A wire between two nodes that can be cut: it counts what goes through, and goes on after a cut when it is dialed again. */
async function wireTo(port: number): Promise<{ address: string; passed(): number; cut(): void }> {
  let passed = 0;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const end of [from, to]) {
      open.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        open.delete(end);
        (end === from ? to : from).destroy();
      });
    }
    from.on('data', (chunk) => {
      passed += chunk.length;
    });
    from.pipe(to).pipe(from);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = server.address();
  return {
    address: `127.0.0.1:${typeof own === 'object' ? own?.port : undefined}`,
    passed: () => passed,
    cut: () => open.forEach((end) => end.destroy()),
  };
}

function sizeOf(copy: FullCopy): number {
  return allFrames(1, copy).join('').length;
}

describe('A full copy whose link is cut', () => {
  it('goes on where it was, although nobody asks for it again, and arrives as it was', async () => {
    const s1 = await node('s1', {});
    const wire = await wireTo(s1.port);
    const copy = fullCopy(snapshot(20_000));
    const size = sizeOf(copy);
    const s2 = await node('s2', { s1: wire.address }, { copiedPerSecond: 4 * size });
    s2.links.dial();
    s2.links.send(copy);
    for (const share of [0.3, 0.6, 0.8]) {
      await expect.poll(() => wire.passed(), { timeout: 20_000, interval: 1 }).toBeGreaterThan(share * size);
      wire.cut();
    }
    await expect.poll(() => s1.heard.length, { timeout: 20_000 }).toBe(1);
    expect(s1.heard[0] && encodeEnvelope(s1.heard[0])).toBe(encodeEnvelope(copy));
    // What was on the wire when it was cut is sent again, and no more than that: the buffers of the sockets.
    expect(wire.passed()).toBeLessThan(1.7 * size);
    expect(s1.refused).toEqual([]);
  });

  it('is gone on with by hand: whoever opens it again is told how many slices there are', async () => {
    const s1 = await node('s1', {});
    const copy = fullCopy(snapshot(2_000));
    const frames = [...copyFrames(1, copy)];
    const first = [JSON.stringify(hello), copyOpening(1, copy), ...frames.slice(0, 3)];
    expect((await byHand(s1.port, first, { leaves: true })).at(-1)).toBe('{"copy":1,"has":0}');
    const second = [JSON.stringify(hello), copyOpening(1, copy), ...frames.slice(3)];
    expect((await byHand(s1.port, second, { leaves: true })).at(-1)).toBe('{"copy":1,"has":3}');
    await expect.poll(() => s1.heard.length, { timeout: 10_000 }).toBe(1);
    expect(s1.heard.map((one) => encodeEnvelope(one))).toEqual([encodeEnvelope(copy)]);
  });

  it.each([
    ['of another snapshot begins anew', snapshot(2_000), '{"copy":1,"has":0}'],
    ['of the same one in a later epoch goes on', undefined, '{"copy":1,"has":3}'],
  ])('and then one %s', async (_, other, answer) => {
    const s1 = await node('s1', {});
    const copied = snapshot(2_000);
    const [opening = '', ...frames] = allFrames(1, fullCopy(copied));
    await byHand(s1.port, [JSON.stringify(hello), opening, ...frames.slice(0, 3)], { leaves: true });
    const next = fullCopy(other ?? copied, 2);
    const rest = [...copyFrames(1, next)].slice(other === undefined ? 3 : 0);
    const said = await byHand(s1.port, [JSON.stringify(hello), copyOpening(1, next), ...rest], { leaves: true });
    expect(said.at(-1)).toBe(answer);
    await expect.poll(() => s1.heard.length, { timeout: 10_000 }).toBe(1);
    expect(s1.heard.map((one) => encodeEnvelope(one))).toEqual([encodeEnvelope(next)]);
  });

  it.each([
    ['is gone on with by itself when the link is back soon', 29_000, 2],
    ['is left to whoever asks again when the link is back late', 31_000, 1],
  ])('%s', async (_, millis, openings) => {
    vi.useFakeTimers();
    const sent: string[] = [];
    const outgoing = createOutgoingCopies(
      { version: () => SPOKEN.to, hasRoom: () => true, send: (frame) => sent.push(frame), failed: () => undefined },
      createRateLimit(1e9),
    );
    outgoing.send(fullCopy(snapshot(400)));
    await vi.advanceTimersByTimeAsync(10);
    outgoing.interrupt();
    await vi.advanceTimersByTimeAsync(millis);
    outgoing.resume();
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.map((frame) => frame.includes('"envelope"'))).toEqual(Array.from({ length: openings }, () => true));
    outgoing.clear();
  });

  it('that cannot be made is dropped with a reason, and the next one goes out', async () => {
    vi.useFakeTimers();
    const sent: string[] = [];
    const reasons: string[] = [];
    const outgoing = createOutgoingCopies(
      {
        version: () => SPOKEN.to,
        hasRoom: () => true,
        send: (frame) => sent.push(frame),
        failed: (reason) => reasons.push(reason),
      },
      createRateLimit(1e9),
    );
    const whole = snapshot(1);
    outgoing.send(fullCopy({ ...whole, machine: whole.machine && { ...whole.machine, state: 1n } }));
    await vi.advanceTimersByTimeAsync(10);
    outgoing.hear('{"copy":1,"has":0}');
    await vi.advanceTimersByTimeAsync(10);
    expect(reasons).toEqual([
      'the full copy of events cannot be made: BrokenInvariant: a packed value is JSON, a List or a Map',
    ]);
    outgoing.send(fullCopy(whole));
    await vi.advanceTimersByTimeAsync(10);
    outgoing.hear('{"copy":2,"has":0}');
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.at(-1)).toContain('{"copy":2,"end":');
    outgoing.clear();
  });

  it('is not gone on with unless it is opened again', async () => {
    const s1 = await node('s1', {});
    const [opening = '', ...frames] = allFrames(1, fullCopy(snapshot(2_000)));
    await byHand(s1.port, [JSON.stringify(hello), opening, ...frames.slice(0, 3)], { leaves: true });
    const said = await byHand(s1.port, [JSON.stringify(hello), ...frames.slice(3)], { leaves: true });
    expect(said.at(-1)).toContain('a slice of copy 1, which is not under way');
    expect(s1.heard).toEqual([]);
  });

  it('is whole or not there at all, wherever and however often it is cut', async () => {
    vi.useFakeTimers();
    const copies = [1, 2, 3].map((counter) => fullCopy(snapshot(300 + counter), counter));
    const texts = copies.map((one) => encodeEnvelope(one));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ frames: fc.nat(5), answers: fc.boolean(), asks: fc.nat(9) }), { maxLength: 12 }),
        async (cuts) => {
          const wire = createWire();
          let asked = 0;
          wire.send(copies[asked] ?? fullCopy(snapshot(1)));
          for (const { frames, answers, asks } of cuts) {
            await wire.pass(frames, answers);
            wire.cut();
            // Now and then a newer one is asked for.
            if (asks > 0 || asked === 2) continue;
            asked += 1;
            wire.send(copies[asked] ?? fullCopy(snapshot(1)));
          }
          await wire.pass(1_000, true);
          expect(texts).toEqual(expect.arrayContaining(wire.arrived.map((one) => encodeEnvelope(one))));
          const last = wire.arrived.at(-1);
          expect(last && encodeEnvelope(last)).toBe(texts[asked]);
          expect(wire.refused).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Both ends of a link, and in between so much of it as a test lets through. */
function createWire(): {
  readonly arrived: Envelope[];
  readonly refused: string[];
  send(copy: FullCopy): void;
  /** Lets so many frames through, and the answers to them or not. */
  pass(frames: number, answers: boolean): Promise<void>;
  cut(): void;
} {
  const arrived: Envelope[] = [];
  const refused: string[] = [];
  const incoming: IncomingCopy = createIncomingCopy();
  let sent: string[] = [];
  const outgoing = createOutgoingCopies(
    {
      version: () => SPOKEN.to,
      hasRoom: () => sent.length < 2,
      send: (frame) => sent.push(frame),
      failed: () => undefined,
    },
    { wait: () => 0, spend: () => undefined },
  );
  return {
    arrived,
    refused,
    send: (copy) => outgoing.send(copy),
    async pass(frames, answers) {
      for (let count = 0; count < frames; count += 1) {
        outgoing.resume();
        await vi.advanceTimersByTimeAsync(1);
        const frame = sent.shift();
        if (frame === undefined) return;
        const heard = incoming.hear(frame);
        if (heard.type === 'rejected') {
          refused.push(heard.reason);
          continue;
        }
        if (heard.value.completing !== undefined) {
          const whole = finished(heard.value.completing);
          if (whole.type === 'rejected') refused.push(whole.reason);
          else arrived.push(whole.value);
        }
        const { opened } = heard.value;
        if (opened !== undefined && answers) outgoing.hear(JSON.stringify(opened.answer));
      }
    },
    cut() {
      sent = [];
      outgoing.interrupt();
      incoming.interrupt();
    },
  };
}

describe('A full copy takes its share of the link', () => {
  it('and no more: so many characters in a second, whatever the socket would take', async () => {
    vi.useFakeTimers();
    const sent: string[] = [];
    const outgoing = createOutgoingCopies(
      { version: () => SPOKEN.to, hasRoom: () => true, send: (frame) => sent.push(frame), failed: () => undefined },
      createRateLimit(1e6),
    );
    outgoing.send(fullCopy(snapshot(50_000)));
    await vi.advanceTimersByTimeAsync(1);
    outgoing.hear('{"copy":1,"has":0}');
    for (const seconds of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(1_000);
      const characters = sent.join('').length;
      expect(characters).toBeGreaterThan(seconds * 1e6 - 100_000);
      expect(characters).toBeLessThan(seconds * 1e6 + 200_000);
    }
    outgoing.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('while what else is sent waits for nothing', async () => {
    const s1 = await node('s1', {});
    const s2 = await node('s2', { s1: s1.address }, { copiedPerSecond: 1_000 });
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    s2.links.send(fullCopy(snapshot(20_000)));
    for (let round = 0; round < 5; round += 1) {
      s2.links.send(election('s2', 's1', round));
      await expect.poll(() => s1.heard.length).toBe(round + 1);
    }
    expect(s1.heard.map(({ message }) => message.type)).toEqual(Array.from({ length: 5 }, () => 'election'));
  });

  it('and asks before it sends: an answer to nothing, or a second one, is none', async () => {
    vi.useFakeTimers();
    const sent: string[] = [];
    const outgoing = createOutgoingCopies(
      { version: () => SPOKEN.to, hasRoom: () => true, send: (frame) => sent.push(frame), failed: () => undefined },
      createRateLimit(1e9),
    );
    expect(outgoing.hear('{"copy":1,"has":0}')).toBe(false);
    outgoing.send(fullCopy(snapshot(400)));
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toHaveLength(1);
    expect(['{"copy":2,"has":0}', '{"copy":1}', '', '{"copy":1,"has":-1}'].map((text) => outgoing.hear(text))).toEqual(
      Array.from({ length: 4 }, () => false),
    );
    expect(outgoing.hear('{"copy":1,"has":1}')).toBe(true);
    expect(outgoing.hear('{"copy":1,"has":1}')).toBe(false);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.slice(1)).toEqual([...copyFrames(1, fullCopy(snapshot(400)))].slice(1));
  });
});

describe('What has come of a copy that was cut', () => {
  it('is forgotten after a while', () => {
    vi.useFakeTimers();
    const copies = createIncomingCopies();
    const [opening = '', first = ''] = allFrames(1, fullCopy(snapshot(2_000)));
    const begun = copies.connect('s2');
    begun.hear(opening);
    begun.hear(first);
    copies.disconnect('s2');
    vi.advanceTimersByTime(KEPT_FOR - 1);
    expect(copies.connect('s2').isInterrupted()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(copies.connect('s2').isInterrupted()).toBe(false);
  });

  it('is forgotten for that of others: so many are kept', () => {
    const copies = createIncomingCopies();
    const [opening = ''] = allFrames(1, fullCopy(snapshot(400)));
    const peers = Array.from({ length: KEPT_AT_MOST + 1 }, (_, number) => `s${number}`);
    for (const peer of peers) copies.connect(peer).hear(opening);
    for (const peer of peers) copies.disconnect(peer);
    expect(peers.map((peer) => copies.connect(peer).isInterrupted())).toEqual([false, true, true, true, true]);
    copies.clear();
  });
});
