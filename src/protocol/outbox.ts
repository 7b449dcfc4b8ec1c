import { assert } from './model/assert.ts';
import type { DiskOperation, Effect, FreeEffect } from './model/effects.ts';

/**
 * The durability contract, shared by both drivers (PROTOCOL §2.3):
 * - The `then` of a persist happens once its operations, and all handed out before them, are durable.
 * - Every other effect may overtake the disk.
 * - Consecutive persists that wait for the disk become one write.
 */
export interface Outbox {
  /** The write under way: the effects that wait for it; undefined while the disk is idle. */
  readonly writing: readonly FreeEffect[] | undefined;
  /** The next write. */
  readonly next: Batch;
}

interface Batch {
  readonly operations: readonly DiskOperation[];
  readonly then: readonly FreeEffect[];
}

/** An effect for the driver to carry out now, in order. */
export type Action = FreeEffect | { readonly type: 'write'; readonly operations: readonly DiskOperation[] };

const NOTHING: Batch = { operations: [], then: [] };

export const EMPTY_OUTBOX: Outbox = { writing: undefined, next: NOTHING };

/** Takes the effects of a step; returns what to do now. */
export function post(outbox: Outbox, effects: readonly Effect[]): readonly [Outbox, readonly Action[]] {
  const actions: Action[] = [];
  let next = outbox.next;
  for (const effect of effects) {
    if (effect.type !== 'persist') actions.push(effect);
    else next = { operations: [...next.operations, ...effect.operations], then: [...next.then, ...effect.then] };
  }
  return pump({ writing: outbox.writing, next }, actions);
}

/** Releases the effects that waited for the write that is now durable. */
export function written(outbox: Outbox): readonly [Outbox, readonly Action[]] {
  assert(outbox.writing !== undefined, 'only a write under way becomes durable');
  return pump({ writing: undefined, next: outbox.next }, [...outbox.writing]);
}

/**
 * Hands out the next write when the disk is idle. Effects that wait for an idle disk and no operation happen at once.
 */
function pump(outbox: Outbox, actions: Action[]): readonly [Outbox, readonly Action[]] {
  const { writing, next } = outbox;
  if (writing !== undefined) return [outbox, actions];
  if (next.operations.length === 0) return [EMPTY_OUTBOX, [...actions, ...next.then]];
  actions.push({ type: 'write', operations: next.operations });
  return [{ writing: next.then, next: NOTHING }, actions];
}
