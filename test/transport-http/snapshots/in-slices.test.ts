import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createInSlices, WAITING_AT_MOST } from '../../../src/transport-http/snapshots/in-slices.ts';

/** Work that is done once it is told so, and says how often it was gone on with. */
function work(name: string): { finish(): void; steps(): number; run: Generator<undefined, string, undefined> } {
  let [over, steps] = [false, 0];
  function* run(): Generator<undefined, string, undefined> {
    for (; !over; steps += 1) yield undefined;
    return name;
  }
  return { finish: () => (over = true), steps: () => steps, run: run() };
}

describe('Work in slices', () => {
  it('is done at once where it is short', () => {
    const done: string[] = [];
    const short = work('short');
    short.finish();
    createInSlices().carryOut(short.run, (name) => done.push(name));
    expect(done).toEqual(['short']);
  });

  it('lets other work have its turn, and comes to its end', async () => {
    const done: string[] = [];
    const long = work('long');
    createInSlices().carryOut(long.run, (name) => done.push(name));
    await turn();
    const before = long.steps();
    await turn();
    expect(long.steps()).toBeGreaterThan(before);
    expect(done).toEqual([]);
    long.finish();
    await expect.poll(() => done).toEqual(['long']);
  });

  it('waits for what came before it, and lets other work have its turn meanwhile', async () => {
    const done: string[] = [];
    const slices = createInSlices();
    const [first, second] = [work('first'), work('second')];
    slices.carryOut(first.run, (name) => done.push(name));
    second.finish();
    slices.carryOut(second.run, (name) => done.push(name));
    await turn();
    expect([done, second.steps()]).toEqual([[], 0]);
    first.finish();
    await expect.poll(() => done).toEqual(['first', 'second']);
  });

  it('is carried out in one go where too much waits behind it', () => {
    const done: string[] = [];
    const slices = createInSlices();
    const all = Array.from({ length: WAITING_AT_MOST + 2 }, (_, nth) => work(`${nth}`));
    for (const { run } of all.slice(0, -1)) slices.carryOut(run, (name) => done.push(name));
    expect(done).toEqual([]);
    all[0]?.finish();
    for (const { run } of all.slice(-1)) slices.carryOut(run, (name) => done.push(name));
    expect(done).toEqual(['0']);
  });

  it('is dropped with what waits behind it where it stops all', () => {
    const done: string[] = [];
    const slices = createInSlices();
    const [first, ...others] = Array.from({ length: WAITING_AT_MOST + 2 }, (_, nth) => work(`${nth}`));
    slices.carryOut(first?.run ?? work('').run, () => slices.stop());
    first?.finish();
    for (const other of others) {
      other.finish();
      slices.carryOut(other.run, (name) => done.push(name));
    }
    slices.finish();
    expect(done).toEqual([]);
  });

  it('is carried out in one go when it is to be finished, and once', async () => {
    const done: string[] = [];
    const slices = createInSlices();
    const long = work('long');
    slices.carryOut(long.run, (name) => done.push(name));
    long.finish();
    slices.finish();
    expect(done).toEqual(['long']);
    slices.finish();
    await turn();
    expect(done).toEqual(['long']);
  });

  it('is dropped when it is stopped', async () => {
    const done: string[] = [];
    const slices = createInSlices();
    const dropped = work('dropped');
    slices.carryOut(dropped.run, (name) => done.push(name));
    slices.stop();
    const before = dropped.steps();
    dropped.finish();
    await turn();
    await turn();
    expect([done, dropped.steps()]).toEqual([[], before]);
  });
});
