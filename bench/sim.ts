/**
 * How fast the simulator is: whole clusters of five nodes (three data servers, two front ends, two groups) under faults,
 * with every judge on. Events per second, and simulated time per wall time.
 *
 *     node --import tsx bench/sim.ts [--json]
 */
import { performance } from 'node:perf_hooks';
import { planOfSeed, runPlan } from '../src/sim/index.ts';

const SEEDS = 40;

interface Row {
  readonly what: string;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly simulatedPerWall: number;
}

/** All plans of five nodes; `quiet` ones have no faults and a client that thinks, `wild` ones are as the swarm makes them. */
function measure(what: string, focus: Parameters<typeof planOfSeed>[1]): Row {
  const plans = Array.from({ length: SEEDS }, (_, seed) =>
    planOfSeed(seed + 1, { servers: [3, 3], frontEnds: [2, 2], ...focus }),
  );
  for (const plan of plans.slice(0, 5)) runPlan(plan);
  let events = 0;
  let simulatedMillis = 0;
  const startedAt = performance.now();
  for (const plan of plans) {
    const result = runPlan(plan);
    events += result.events;
    simulatedMillis += result.simulatedMillis;
  }
  const wall = performance.now() - startedAt;
  return { what, events, eventsPerSecond: (events / wall) * 1_000, simulatedPerWall: simulatedMillis / wall };
}

const rows = [
  measure('wild', {}),
  measure('quiet', { faults: [], strikes: [0, 0], network: { drop: 0, duplicate: 0 } }),
];

if (process.argv.includes('--json')) for (const row of rows) console.log(JSON.stringify({ bench: 'sim', ...row }));
else {
  console.log('plans        events   events/s   simulated / wall');
  for (const { what, events, eventsPerSecond, simulatedPerWall } of rows) {
    const numbers = [
      String(events).padStart(9),
      eventsPerSecond.toFixed(0).padStart(8),
      simulatedPerWall.toFixed(1).padStart(16),
    ];
    console.log(`${what.padEnd(9)} ${numbers.join('   ')}`);
  }
}
