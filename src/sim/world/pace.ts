import type { SimEvent, SimNode, World } from './world.ts';

/*
 * A slow process: each input keeps it busy for a while, and later input waits in line, as in the one thread of a live
 * process that is short of processor time.
 */

/** Whether the node is busy; then the event is queued. */
export function waitsItsTurn(world: World, node: SimNode, simEvent: SimEvent): boolean {
  if (node.stepMicros === undefined || node.host === undefined || simEvent.type === 'turn') return false;
  if (node.backlog.length === 0 && world.now >= node.busyUntil) {
    node.busyUntil = world.now + node.stepMicros;
    return false;
  }
  node.backlog.push(simEvent);
  if (node.backlog.length === 1) world.agenda.put(node.busyUntil, { type: 'turn', node: node.id, life: node.life });
  return true;
}

/** The next queued event, now that the node is ready. */
export function takeTurn(world: World, node: SimNode, life: number): SimEvent | undefined {
  if (node.life !== life) return undefined;
  const next = node.backlog.shift();
  node.busyUntil = world.now + (node.stepMicros ?? 0);
  if (node.backlog.length > 0) world.agenda.put(node.busyUntil, { type: 'turn', node: node.id, life });
  return next;
}

/** The process is fast again; queued events come now, in order. */
export function speedUp(world: World, node: SimNode): void {
  node.stepMicros = undefined;
  node.busyUntil = world.now;
  for (const simEvent of node.backlog.splice(0)) world.agenda.put(world.now, simEvent);
}
