import { describe, expect, it } from 'vitest';
import { createQuestionLimit } from '../../../src/live/peers/question-limit.ts';

/** The instants, in seconds, at which peers that refuse ten times a second are asked. */
function askedIn(seconds: number, peers: readonly string[]): readonly (readonly [number, string])[] {
  const limit = createQuestionLimit();
  return Array.from({ length: seconds * 10 }, (_, tenth) => tenth * 100).flatMap((now) =>
    peers.filter((peer) => limit.passes(peer, now)).map((peer) => [now / 1_000, peer] as const),
  );
}

describe('Questions to peers that refuse a node', () => {
  it('are asked at once, and ever more seldom, down to one a minute', () => {
    const at = askedIn(300, ['s1']).map(([seconds]) => seconds);
    expect(at).toEqual([0, 2, 6, 14, 30, 62, 122, 182, 242]);
  });

  it('are one in two seconds, and all peers have theirs', () => {
    const asked = askedIn(60, ['s1', 's2', 's3']);
    const pauses = asked.slice(1).map(([seconds], nth) => seconds - (asked[nth]?.[0] ?? 0));
    expect(Math.min(...pauses)).toBe(2);
    for (const peer of ['s1', 's2', 's3']) expect(asked.filter(([, one]) => one === peer).length).toBeGreaterThan(2);
  });

  it('begin anew with a peer that has not refused for two minutes', () => {
    const limit = createQuestionLimit();
    for (let now = 0; now < 300_000; now += 100) limit.passes('s1', now);
    expect([limit.passes('s1', 400_000), limit.passes('s1', 401_900), limit.passes('s1', 402_000)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
