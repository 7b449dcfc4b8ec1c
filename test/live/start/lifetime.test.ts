import { describe, expect, it } from 'vitest';
import { type Lifetime, untilEnded } from '../../../src/live/start/lifetime.ts';
import type { Ending, NodeRun } from '../../../src/live/start/run-node.ts';

/** A moment that a test lets begin, and lets end. */
interface Gate {
  readonly reached: Promise<void>;
  pass(): Promise<void>;
  open(): void;
}

interface Run {
  readonly run: NodeRun;
  readonly name: string;
  end(ending: Ending): void;
}

const NAME_LOST: Ending = { type: 'name-lost' };

describe('A node that lost its name', () => {
  it('joins again under another one, and is stopped as that', async () => {
    const { runs, events, lifetime } = await lives({});
    runs[0]?.end(NAME_LOST);
    await expect.poll(() => lifetime.current().name).toBe('run 2');
    expect(await lifetime.stop()).toBe('what run 2 left');
    expect(await lifetime.ended).toEqual({ type: 'stopped' });
    expect(events).toEqual(['run 1 starts', 'run 1 stops', 'cleared', 'run 2 starts', 'run 2 retires']);
  });

  it('does not join again where it is stopped while its folder is cleared', async () => {
    const clearing = gate();
    const { runs, events, lifetime } = await lives({ clearing });
    runs[0]?.end(NAME_LOST);
    await clearing.reached;
    const stopped = lifetime.stop();
    clearing.open();
    expect(await stopped).toBeUndefined();
    expect(await lifetime.ended).toEqual({ type: 'stopped' });
    expect(await lifetime.stop()).toBeUndefined();
    expect(events).toEqual(['run 1 starts', 'run 1 stops', 'cleared']);
  });

  it('keeps its folder where it is stopped before that is cleared', async () => {
    const closing = gate();
    const { runs, events, lifetime } = await lives({ closing });
    runs[0]?.end(NAME_LOST);
    await closing.reached;
    const stopped = lifetime.stop();
    closing.open();
    expect(await stopped).toBeUndefined();
    expect(await lifetime.ended).toEqual({ type: 'stopped' });
    expect(events).toEqual(['run 1 starts', 'run 1 stops']);
  });

  it('is stopped as the next run where it is stopped while it joins again', async () => {
    const joining = gate();
    const { runs, events, lifetime } = await lives({ joining });
    runs[0]?.end(NAME_LOST);
    await joining.reached;
    const stopped = lifetime.stop();
    joining.open();
    expect(await stopped).toBe('what run 2 left');
    expect(await lifetime.ended).toEqual({ type: 'stopped' });
    expect(events.at(-1)).toBe('run 2 retires');
  });

  it('says in `ended` why it could not join again, and can be stopped', async () => {
    const { runs, lifetime } = await lives({ refusal: new Error('no place') });
    runs[0]?.end(NAME_LOST);
    await expect(lifetime.ended).rejects.toThrow('no place');
    expect(await lifetime.stop()).toBeUndefined();
  });

  it('is stopped where it could not join again during a stop', async () => {
    const joining = gate();
    const { runs, lifetime } = await lives({ joining, refusal: new Error('no place') });
    runs[0]?.end(NAME_LOST);
    await joining.reached;
    const stopped = lifetime.stop();
    joining.open();
    expect(await stopped).toBeUndefined();
    expect(await lifetime.ended).toEqual({ type: 'stopped' });
  });
});

/** The gates close the first run, clear its folder, and start the second run, which `refusal` refuses. */
interface Script {
  readonly closing?: Gate;
  readonly clearing?: Gate;
  readonly joining?: Gate;
  readonly refusal?: Error;
}

async function lives({ closing, clearing, joining, refusal }: Script): Promise<{
  readonly runs: readonly Run[];
  readonly events: readonly string[];
  readonly lifetime: Lifetime<Run>;
}> {
  const runs: Run[] = [];
  const events: string[] = [];
  const start = async (): Promise<Run> => {
    if (runs.length > 0) {
      await joining?.pass();
      if (refusal !== undefined) throw refusal;
    }
    const next = runOf(`run ${runs.length + 1}`, events, closing);
    runs.push(next);
    return next;
  };
  const clear = async (): Promise<void> => {
    await clearing?.pass();
    events.push('cleared');
  };
  return { runs, events, lifetime: await untilEnded(start, clear) };
}

function runOf(name: string, events: string[], closing: Gate | undefined): Run {
  events.push(`${name} starts`);
  const { promise, resolve: end } = deferred<Ending>();
  const running: NodeRun['running'] = {
    port: 1,
    status: () => {
      throw new Error('not asked here');
    },
    useCertificate: () => undefined,
    retire: () => {
      events.push(`${name} retires`);
      return Promise.resolve(`what ${name} left`);
    },
    stop: async () => {
      await closing?.pass();
      events.push(`${name} stops`);
    },
  };
  return { name, end, run: { running, ended: promise } };
}

function gate(): Gate {
  const reached = deferred<void>();
  const opened = deferred<void>();
  return {
    reached: reached.promise,
    pass: () => {
      reached.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}

function deferred<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let tell: ((value: Value) => void) | undefined;
  const promise = new Promise<Value>((resolve) => {
    tell = resolve;
  });
  return { promise, resolve: (value) => tell?.(value) };
}
