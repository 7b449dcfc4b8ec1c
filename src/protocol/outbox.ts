import { assert } from './model/assert.ts';
import type { DiskOperation, Effect, FreeEffect } from './model/effects.ts';

/**
 * The whole durability contract, shared by both drivers (PROTOCOL §2.3): what stands in the `then` of a persist happens
 * only when its operations, and all handed out before them, are durable; everything else may overtake the disk.
 * Consecutive persists that wait for the disk become one write.
 */
export interface Outbox {
  /** What is on its way to the disk, if anything: the effects that wait for it. */
  readonly writing: readonly FreeEffect[] | undefined;
  /** What goes to the disk next. */
  readonly next: Batch;
}

interface Batch {
  readonly operations: readonly DiskOperation[];
  readonly then: readonly FreeEffect[];
}

/** What is to be done now, in order. */
export type Action = FreeEffect | { readonly type: 'write'; readonly operations: readonly DiskOperation[] };

const NOTHING: Batch = { operations: [], then: [] };

export const EMPTY_OUTBOX: Outbox = { writing: undefined, next: NOTHING };

/** Takes the effects of a step. */
export function post(outbox: Outbox, effects: readonly Effect[]): readonly [Outbox, readonly Action[]] {
  const actions: Action[] = [];
  let next = outbox.next;
  for (const effect of effects) {
    if (effect.type !== 'persist') actions.push(effect);
    else next = { operations: [...next.operations, ...effect.operations], then: [...next.then, ...effect.then] };
  }
  return pump({ writing: outbox.writing, next }, actions);
}

/** The write handed out last is durable: what waited for it happens now. */
export function written(outbox: Outbox): readonly [Outbox, readonly Action[]] {
  assert(outbox.writing !== undefined, 'only what was handed out becomes durable');
  return pump({ writing: undefined, next: outbox.next }, [...outbox.writing]);
}

/** Hands out the next write when the disk is free; what waited for a disk that has nothing to do is done at once. */
function pump(outbox: Outbox, actions: Action[]): readonly [Outbox, readonly Action[]] {
  const { writing, next } = outbox;
  if (writing !== undefined) return [outbox, actions];
  if (next.operations.length === 0) return [EMPTY_OUTBOX, [...actions, ...next.then]];
  actions.push({ type: 'write', operations: next.operations });
  return [{ writing: next.then, next: NOTHING }, actions];
}
