/**
 * A 53-bit hash of a text: two 32-bit lanes of multiply-and-rotate, finished as in MurmurHash3, of which 53 bits fit a
 * number. Integer arithmetic only, so every engine computes the same. It detects accidents, not deliberate collisions.
 */
export function hashText(text: string, seed = 0): number {
  let low = (seed ^ 0x9e3779b9) | 0;
  let high = (Math.trunc(seed / 0x1_0000_0000) ^ 0x85ebca6b) | 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x5bd1e995);
    low = (low << 13) | (low >>> 19);
    high = Math.imul(high ^ unit, 0x1b873593);
    high = (high << 15) | (high >>> 17);
  }
  return combine(finish(low ^ text.length), finish(high ^ low));
}

/** One hash of two: `mix(a, b)` differs from `mix(b, a)`. */
export function mix(a: number, b: number): number {
  const low = Math.imul(finish(a | 0) ^ (b | 0), 0xcc9e2d51);
  const high = Math.imul(
    finish(Math.trunc(a / 0x1_0000_0000) ^ 0x27d4eb2f) ^ Math.trunc(b / 0x1_0000_0000),
    0x1b873593,
  );
  return combine(finish(low ^ high), finish((high << 7) ^ low));
}

/** A hash as a whole number from 0 up to (not including) `bound`. */
export function below(hash: number, bound: number): number {
  return hash % bound;
}

function finish(lane: number): number {
  let mixed = lane ^ (lane >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function combine(low: number, high: number): number {
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}
