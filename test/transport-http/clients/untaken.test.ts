import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Connection, createUntaken } from '../../../src/transport-http/clients/untaken.ts';

const KIB = 1_024;

/** A connection from `remoteAddress` whose client has taken nothing for `idle` milliseconds. */
class Client extends EventEmitter implements Connection {
  destroyed = false;
  readonly remoteAddress: string;
  readonly idle: number;
  constructor(remoteAddress: string, idle = 0) {
    super();
    this.remoteAddress = remoteAddress;
    this.idle = idle;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function untakenOf(atMost: number): ReturnType<typeof createUntaken> {
  return createUntaken({ atMost, idleFor: (socket) => (socket instanceof Client ? socket.idle : 0) });
}

/** Which of the clients are cut off when each leaves as much as is named, and one more leaves the last bit. */
function cutOff(atMost: number, left: readonly (readonly [Client, number])[]): readonly number[] {
  const untaken = untakenOf(atMost);
  for (const [client, size] of left) untaken.add(client, size);
  return left.flatMap(([{ destroyed }], place) => (destroyed ? [place] : []));
}

describe('Answers that are not taken, beyond the bound', () => {
  it('cut off the client that stalls, not one of its address that takes what it is sent and leaves more', () => {
    const taking = new Client('192.0.2.1');
    const stalling = new Client('192.0.2.1', 5_000);
    expect(
      cutOff(100 * KIB, [
        [taking, 60 * KIB],
        [stalling, 30 * KIB],
        [new Client('192.0.2.1'), 15 * KIB],
      ]),
    ).toEqual([1]);
  });

  it('cut off the clients of the address that leaves most', () => {
    const one = [1, 2, 3].map(() => [new Client('192.0.2.1'), 20 * KIB] as const);
    expect(
      cutOff(100 * KIB, [[new Client('192.0.2.2'), 35 * KIB], ...one, [new Client('192.0.2.3'), 4 * KIB]]),
    ).toEqual([1]);
  });

  it('cut off a stalling client of an address that leaves less than one whose clients all take what they are sent', () => {
    const proxy = [1, 2, 3].map(() => [new Client('192.0.2.1'), 20 * KIB] as const);
    expect(
      cutOff(100 * KIB, [...proxy, [new Client('192.0.2.2', 5_000), 30 * KIB], [new Client('192.0.2.3'), 9 * KIB]]),
    ).toEqual([3]);
  });

  it('leave alone a client that stalls a little, where an address that takes its answers leaves most', () => {
    const one = [1, 2, 3].map(() => [new Client('192.0.2.1'), 33 * KIB] as const);
    expect(cutOff(100 * KIB, [[new Client('192.0.2.2', 5_000), 5 * KIB], ...one])).toEqual([1]);
  });

  it('are counted no more once they are taken, or their connection has ended', () => {
    const untaken = untakenOf(100 * KIB);
    const [first, second, third] = [1, 2, 3].map((last) => new Client(`192.0.2.${last}`));
    const taken = untaken.add(first ?? expect.unreachable(), 90 * KIB);
    taken();
    taken();
    untaken.add(second ?? expect.unreachable(), 90 * KIB);
    second?.destroy();
    untaken.add(third ?? expect.unreachable(), 90 * KIB);
    expect([first?.destroyed, third?.destroyed]).toEqual([false, false]);
  });
});
