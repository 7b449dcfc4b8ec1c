/**
 * Speed of the simulator, on clusters of five nodes (three data servers, two front ends, two groups). Events per second
 * and simulated time per wall time, on one core, in three ways: strict (as in tests), light (as most seeds of a sweep),
 * and bare (the same reducers in the same event loop, without judges). Rounds take turns, so that other load of the
 * machine affects all of them; each figure is the median of its rounds.
 *
 *     node --import tsx bench/sim.ts [--json]
 */
import { performance } from 'node:perf_hooks';
import { WORKLOADS } from '../src/apps/simulated.ts';
import { NOTHING_PLANTED } from '../src/protocol/model/mutants.ts';
import { type Plan, planOfSeed, runPlan } from '../src/sim/index.ts';
import { createClients } from '../src/sim/world/clients.ts';
import { runNextEvent } from '../src/sim/world/events.ts';
import { start } from '../src/sim/world/process.ts';
import { createWorld, type World } from '../src/sim/world/world.ts';

const SEEDS = 40;
const ROUNDS = 5;

interface RateLimit {
  readonly events: number;
  readonly simulatedMillis: number;
}

/** The three ways, by name: each runs a plan and returns its size. */
const WAYS: Readonly<Record<string, (plan: Plan) => RateLimit>> = {
  strict: (plan) => runPlan(plan, { workloads: WORKLOADS }),
  light: (plan) => runPlan(plan, { strict: false, workloads: WORKLOADS }),
  bare: runBare,
};

/** Runs to the horizon without judges; states and messages are not checked. */
function runBare(plan: Plan): RateLimit {
  const world: World = { ...createWorld(plan, NOTHING_PLANTED, false, WORKLOADS), judges: [], isStrict: false };
  for (const node of world.nodes.values()) start(world, node);
  createClients(world);
  for (const fault of plan.faults) world.agenda.put(fault.at * 1_000, { type: 'fault', fault });
  while (runNextEvent(world, plan.horizon * 1_000));
  return { events: world.trace.events, simulatedMillis: plan.horizon };
}

/** Plans of five nodes; `quiet` ones have no faults and a network that loses nothing, `wild` ones are the swarm's. */
const KINDS: Readonly<Record<string, Parameters<typeof planOfSeed>[1]>> = {
  wild: {},
  quiet: { faults: [], strikes: [0, 0], network: { drop: 0, duplicate: 0 } },
};

const rows = Object.entries(KINDS).flatMap(([kind, focus]) => {
  const plans = Array.from({ length: SEEDS }, (_, seed) =>
    planOfSeed(seed + 1, { servers: [3, 3], frontEnds: [2, 2], ...focus }, WORKLOADS),
  );
  const paces = new Map(Object.keys(WAYS).map((way) => [way, [] as { perSecond: number; perWall: number }[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [way, run] of Object.entries(WAYS)) {
      const startedAt = performance.now();
      let [events, simulatedMillis] = [0, 0];
      for (const plan of plans) {
        const pace = run(plan);
        events += pace.events;
        simulatedMillis += pace.simulatedMillis;
      }
      const wall = performance.now() - startedAt;
      // The first round warms up.
      if (round > 0) paces.get(way)?.push({ perSecond: (events / wall) * 1_000, perWall: simulatedMillis / wall });
    }
  }
  return [...paces].map(([way, rounds]) => ({
    kind,
    way,
    eventsPerSecond: median(rounds.map(({ perSecond }) => perSecond)),
    simulatedPerWall: median(rounds.map(({ perWall }) => perWall)),
  }));
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function bareOf(kind: string): number {
  return rows.find((row) => row.kind === kind && row.way === 'bare')?.eventsPerSecond ?? 0;
}

if (process.argv.includes('--json')) for (const row of rows) console.log(JSON.stringify({ bench: 'sim', ...row }));
else {
  console.log('plans   way      events/s   simulated / wall   bare / this');
  for (const { kind, way, eventsPerSecond, simulatedPerWall } of rows) {
    const numbers = [
      eventsPerSecond.toFixed(0).padStart(8),
      simulatedPerWall.toFixed(1).padStart(16),
      (bareOf(kind) / eventsPerSecond).toFixed(2).padStart(11),
    ];
    console.log(`${kind.padEnd(7)} ${way.padEnd(7)}  ${numbers.join('   ')}`);
  }
}
