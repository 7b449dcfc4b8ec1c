import { addClient } from './clients.ts';
import { type Core, hopelessOf, pickCore } from './core.ts';
import { happenNext } from './events.ts';
import { letGo } from './faults.ts';
import { crash } from './lifecycle.ts';
import { clear, cut, heal, type Pair } from './network.ts';
import { pending, showPending } from './pending.ts';
import { recover } from './plagues.ts';
import { tell } from './trace.ts';
import { condemn, nodeNamed, type World } from './world.ts';

/** How often it is looked whether the cluster has come to rest, in microseconds. */
const LOOK_EVERY = 100_000;

/** How long a core that nobody can save is watched on, in microseconds: it must stay safe. */
const WATCHED_FOR = 5_000_000;

/** What came of the end: the core served, or nothing could have made it serve. */
export type Liveness = 'served' | 'unrecoverable';

/**
 * The end of a run: clients begin nothing new, the core (see `Core`) is healed and started, and the rest stays broken for
 * good. Within the plan's time the core must come to rest, serve a write and a read through each of its front ends, and
 * come to rest again: a cluster that stays safe and never works again has failed as well. Only a core that cannot serve,
 * because the faults left too little of the group, need not; it must still be safe. Undefined when a rule was broken.
 */
export function comeToRest(world: World): Liveness | undefined {
  world.isEnding = true;
  const core = pickCore(world);
  world.core = core;
  tell(world.trace, world.now, '***', () => showCore(core));
  world.tape?.put({ type: 'healed', broken: [...core.broken.keys()], text: showCore(core) });
  mend(world, core);
  if (core.hopeless !== undefined) {
    pass(world, WATCHED_FOR);
    return world.verdict === undefined ? 'unrecoverable' : undefined;
  }
  waitForRest(world, core);
  probe(world, core);
  waitForRest(world, core);
  return world.verdict === undefined ? 'served' : undefined;
}

/** Heals the core and breaks the rest. */
function mend(world: World, core: Core): void {
  heal(world.network, undefined);
  clear(world.network, undefined);
  letGo(world, undefined);
  world.network.isCalm = true;
  for (const [id, how] of core.broken) {
    const outward = core.nodes.map((other): Pair => [id, other]);
    const inward = core.nodes.map((other): Pair => [other, id]);
    if (how === 'crashed' || how === 'gone') crash(world, nodeNamed(world, id));
    if (how !== 'crashed') cut(world.network, 'for good', how === 'mute' ? outward : [...outward, ...inward]);
  }
  for (const id of core.nodes) recover(world, nodeNamed(world, id));
}

function waitForRest(world: World, core: Core): void {
  const until = world.now + world.plan.restWithin * 1_000;
  let reasons = pending(world);
  while (reasons.length > 0 && world.verdict === undefined) {
    if (world.now >= until) {
      world.pending = reasons;
      const since = hopelessOf(world, core.nodes);
      const lost = since === undefined ? '' : `; it has lost what it needed: ${since}`;
      return condemn(world, 'rest', `${showPending(reasons)}${lost}`);
    }
    pass(world, LOOK_EVERY);
    reasons = pending(world);
  }
}

function pass(world: World, micros: number): void {
  const next = world.now + micros;
  while (world.verdict === undefined && happenNext(world, next));
  if (world.verdict === undefined) world.now = next;
}

/** Through each front end of the core: one write and one read, by clients that have not been there before. */
function probe(world: World, core: Core): void {
  if (world.verdict !== undefined) return;
  world.topology.frontEnds.forEach((frontEnd, place) => {
    if (!core.nodes.includes(frontEnd)) return;
    const name = `p${place + 1}`;
    // However long its way to an answer, the core has until the end of the wait to serve it.
    const traits = { isKeyed: true, hasToken: false, place, choices: 0, giveUpAfter: Number.POSITIVE_INFINITY };
    const client = addClient(world, name, traits);
    for (const call of world.workload.probes) {
      client.script.push({ at: world.now, call, isKeyed: true, through: undefined, expect: call.expect ?? 200 });
    }
    world.agenda.put(world.now, { type: 'client', client: name });
  });
}

function showCore(core: Core): string {
  if (core.broken.size === 0) return 'everything is healed and started again';
  const broken = [...core.broken].map(([id, how]) => `${id} ${how}`).join(', ');
  const hopeless = core.hopeless === undefined ? '' : `; nobody could make it serve: ${core.hopeless}`;
  return `${core.nodes.join(', ')} are healed and started again; for good: ${broken}${hopeless}`;
}
