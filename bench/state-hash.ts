/**
 * Cost of the hash of a state, by which data servers compare theirs (PROTOCOL §11.8): milliseconds of the processor for
 * all of it, and microseconds of a slice, the least median of five rounds. The least, because the rest is
 * the machine.
 *
 *     node --import tsx bench/state-hash.ts
 */
import { performance } from 'node:perf_hooks';
import { tickets } from '../src/apps/tickets/service.ts';
import { NO_EPOCH } from '../src/protocol/model/epoch.ts';
import { hashingInSlices } from '../src/protocol/model/value-hash.ts';

const app = tickets.apps.find(({ name }) => name === 'users');
if (app === undefined) throw new Error('the ticket service has a group of users');
const context = { index: 1, epoch: NO_EPOCH, lamport: 1, wall: 1, uuid: 'u' };

for (const records of [10_000, 100_000, 1_000_000]) {
  let state: unknown = app.initial;
  for (let at = 0; at < records; at += 1) {
    state = app.apply(state, { type: 'create', username: `u${at}` }, context).state;
  }
  let [least, median] = [Infinity, Infinity];
  for (let round = 0; round < 5; round += 1) {
    const startedAt = process.cpuUsage();
    const all = slices(state);
    least = Math.min(least, process.cpuUsage(startedAt).user / 1_000);
    median = Math.min(median, all[Math.floor(all.length / 2)] ?? 0);
  }
  console.log(`${records} users: ${least.toFixed(0)} ms, half of its slices under ${(median * 1_000).toFixed(0)} µs`);
}

/** How long each took, in milliseconds, the shortest first. */
function slices(state: unknown): readonly number[] {
  const work = hashingInSlices(state);
  const took: number[] = [];
  for (;;) {
    const startedAt = performance.now();
    const { done } = work.next();
    took.push(performance.now() - startedAt);
    if (done === true) return took.sort((a, b) => a - b);
  }
}
