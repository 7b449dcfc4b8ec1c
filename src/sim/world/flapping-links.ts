import { drawAt, streamOf } from '../base/random.ts';
import { tell } from '../base/trace.ts';
import type { Fault } from '../plan/fault.ts';
import { cut, mend } from './links.ts';
import type { Pair } from './network.ts';
import type { World } from './world.ts';

/** Begins to cut and heal these links in turns, until a `heal` names them. They are cut at once. */
export function flap(world: World, fault: Extract<Fault, { type: 'flap' }>, pairs: readonly Pair[]): void {
  const { name, downMillis, upMillis } = fault;
  // A flap under the same name replaces the older one.
  mend(world.network, name);
  const changes = world.network.flaps.get(name)?.changes ?? 0;
  world.network.flaps.set(name, { pairs, downMillis, upMillis, changes: changes + 2 - (changes % 2) });
  change(world, name);
}

/** Toggles the links, if they still flap and have not been changed since. */
export function changeFlappingLinks(world: World, name: string, number: number): void {
  if (world.network.flaps.get(name)?.changes === number) change(world, name);
}

function change(world: World, name: string): void {
  const flapping = world.network.flaps.get(name);
  if (flapping === undefined) return;
  const breaks = flapping.changes % 2 === 0;
  flapping.changes += 1;
  if (breaks) cut(world.network, name, flapping.pairs);
  else mend(world.network, name);
  tell(world.trace, world.now, '***', () => `${name} ${breaks ? 'breaks' : 'heals'}`);
  const least = breaks ? flapping.downMillis : flapping.upMillis;
  const lasts = least + drawAt(streamOf(world.plan.seed, `flap ${name}`), flapping.changes, least + 1);
  world.agenda.put(world.now + lasts * 1_000, { type: 'flap', name, number: flapping.changes });
}
