/**
 * What exploring costs: states and transitions a second of processor time, in each model within small bounds. A state costs
 * little and a new local state much, so the figure grows with the size of the search.
 *
 *     node --import tsx bench/explore.ts [--json] [--states 300000]
 */
import { parseArgs } from 'node:util';
import { EXPLORE_MODELS } from '../src/apps/simulated.ts';
import { explore } from '../src/sim/explore/explore.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, states: { type: 'string', default: '300000' } },
});

const rows = EXPLORE_MODELS.map((model) => {
  const before = process.cpuUsage();
  const report = explore(model, { schedule: 'exhaustive', depth: 1_000_000, states: Number(values.states), seed: 1 });
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1_000_000;
  const { states, transitions, depth, exhausted } = report;
  return {
    model: model.name,
    states,
    transitions,
    depth,
    exhausted,
    seconds: Number(seconds.toFixed(1)),
    statesPerSecond: Math.round(states / seconds),
    transitionsPerSecond: Math.round(transitions / seconds),
  };
});

if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
