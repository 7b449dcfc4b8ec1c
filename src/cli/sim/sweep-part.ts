import { hashText } from '../../protocol/model/hash.ts';
import { UsageError } from '../shared/errors.ts';

/** One of `of` parts of a sweep, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Seeds `from` to `from + seeds - 1`, or one part of them. */
export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
  readonly shard: Shard;
}

export const WHOLE: Shard = { index: 1, of: 1 };

/** An argument parser for `2/8`: the second of eight parts. */
export function shardNamed(text: string): Shard {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (!(shard.index >= 1 && shard.index <= shard.of)) {
    throw new UsageError(`--shard is ${text}; expected a part of a whole, such as 2/8`);
  }
  return shard;
}

/** Number of seeds of the part. */
export function countOf({ seeds, shard: { index, of } }: SeedRange): number {
  return Math.max(0, Math.ceil((seeds - (index - 1)) / of));
}

/** The seed at a place of the part. Parts take turns, so that all of them end at about the same time. */
export function seedAt({ from, shard: { index, of } }: SeedRange, place: number): number {
  return from + (index - 1) + place * of;
}

/** Seeds of one commit. */
const SEEDS_OF_COMMIT = 2 ** 19;

/**
 * The first seed of a commit: every commit has seeds of its own, which never change. Only the first seven digits of the
 * hash count, so its short form gives the same.
 */
export function seedOfCommit(hash: string): number {
  if (!/^[0-9a-f]{7,64}$/i.test(hash)) throw new UsageError(`--commit is ${hash}; expected a hash of 7 digits or more`);
  return (hashText(hash.slice(0, 7).toLowerCase(), 1) % 2 ** 33) * SEEDS_OF_COMMIT + 1;
}

/** Modulus of sums of digests, which keeps them exact. */
const MODULUS = 2 ** 52;

/**
 * Adds a run's digest to `sum`. The order of runs does not matter, and each counts with its seed, so the sums of parts
 * add up to that of the whole.
 */
export function addDigest(sum: number, seed: number, digest: string): number {
  return addSums(sum, hashText(`${seed} ${digest}`) % MODULUS);
}

/** The digest of two parts. */
export function addSums(one: number, other: number): number {
  const sum = (one % MODULUS) + (other % MODULUS);
  return sum % MODULUS;
}
