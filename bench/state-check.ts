/**
 * Cost of the check that what a step made new is JSON (src/protocol/model/json-fault.ts), beside the step of the app itself:
 * microseconds per write, the least of 60 rounds. The least, because the rest is the machine.
 *
 *     node --import tsx bench/state-check.ts
 */
import { performance } from 'node:perf_hooks';
import { tickets } from '../src/apps/tickets/service.ts';
import { faultOfJson, faultOfState } from '../src/protocol/model/json-fault.ts';
import { NO_EPOCH } from '../src/protocol/model/epoch.ts';

const RECORDS = 100_000;
const ROUNDS = 60;
const WRITES = 2_000;

const app = tickets.apps.find(({ name }) => name === 'users');
if (app === undefined) throw new Error('the ticket service has a group of users');
const context = { index: 1, epoch: NO_EPOCH, lamport: 1, wall: 1, uuid: 'u' };

let state: unknown = app.initial;
for (let at = 0; at < RECORDS; at += 1) {
  const { state: next } = app.apply(state, { type: 'create', username: `u${at}` }, context);
  faultOfState(next, state);
  state = next;
}

const least = { apply: Infinity, state: Infinity, outcome: Infinity };
for (let round = 0; round < ROUNDS; round += 1) {
  const steps: { readonly before: unknown; readonly after: unknown; readonly outcome: unknown }[] = [];
  let before = state;
  measure('apply', () => {
    for (let at = 0; at < WRITES; at += 1) {
      const step = app.apply(before, { type: 'create', username: `v${round}-${at}` }, context);
      steps.push({ before, after: step.state, outcome: 'outcome' in step ? step.outcome : null });
      before = step.state;
    }
  });
  measure('state', () => steps.forEach((step) => faultOfState(step.after, step.before)));
  measure('outcome', () => steps.forEach(({ outcome }) => faultOfJson(outcome, 1_000_000)));
}
for (const [what, micros] of Object.entries(least)) console.log(`${what.padStart(8)} ${micros.toFixed(2)} µs`);

function measure(what: keyof typeof least, run: () => void): void {
  const startedAt = performance.now();
  run();
  least[what] = Math.min(least[what], ((performance.now() - startedAt) * 1_000) / WRITES);
}
