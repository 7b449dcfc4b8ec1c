import type { Ending, NodeRun } from './run-node.ts';

/** How a node has ended: it was stopped here, or it is no member any more. */
export type NodeEnding = { readonly type: 'stopped' } | Exclude<Ending, { readonly type: 'name-lost' }>;

/** A node from its first run to its end. */
export interface Lifetime<Started> {
  /** The run now, or the last one. */
  current(): Started;
  /** Stops the node, which does not join again then. Resolves to the unfinished duties, if any. */
  stop(): Promise<string | undefined>;
  /** Rejects where the node lost its name, and could not join again. */
  readonly ended: Promise<NodeEnding>;
}

/**
 * Runs a node until it is stopped or no member any more. A node that lost its name is stopped, its folder is emptied by
 * `clear`, and `start` lets it join again. Rejects as the first `start` does.
 */
export async function untilEnded<Started extends { readonly run: NodeRun }>(
  start: () => Promise<Started>,
  clear: (lost: Started) => Promise<void>,
): Promise<Lifetime<Started>> {
  let current = await start();
  /** The run now, or the next one while it starts; undefined where a stop came first. */
  let starting: Promise<Started | undefined> = Promise.resolve(current);
  let isOver = false;
  let stopping: Promise<string | undefined> | undefined;
  let tellStopped: (() => void) | undefined;
  const stopped = new Promise<NodeEnding>((tell) => {
    tellStopped = () => tell({ type: 'stopped' });
  });
  const ended = Promise.race([stopped, untilMemberNoLonger()]);
  // A program that does not await `ended` must not die of its rejection.
  ended.catch(() => undefined);
  return {
    current: () => current,
    stop() {
      // A node that ends by itself frees port and folder before `ended` resolves.
      stopping ??= isOver ? ended.then(() => undefined) : retire().finally(() => tellStopped?.());
      return stopping;
    },
    ended,
  };

  async function retire(): Promise<string | undefined> {
    // A start that fails leaves nothing to stop; `ended` has its error.
    const started = await starting.catch(() => undefined);
    return started?.run.running.retire();
  }

  async function untilMemberNoLonger(): Promise<NodeEnding> {
    for (;;) {
      const { run } = current;
      const ending = await run.ended;
      if (ending.type !== 'name-lost') {
        isOver = true;
        await run.running.stop();
        return ending;
      }
      // Before any wait: a stop from here on is for the next run.
      starting = startAgain(current);
      const next = await starting;
      if (next === undefined) return { type: 'stopped' };
      current = next;
    }
  }

  async function startAgain(lost: Started): Promise<Started | undefined> {
    await lost.run.running.stop();
    if (isStopping()) return undefined;
    await clear(lost);
    if (isStopping()) return undefined;
    try {
      return await start();
    } catch (error) {
      if (isStopping()) return undefined;
      throw error;
    }
  }

  function isStopping(): boolean {
    return stopping !== undefined;
  }
}
