import type { HostAction } from '../../host/host-io.ts';
import type { App } from '../../protocol/model/app.ts';
import type { Service } from '../../service/service.ts';
import { tell } from '../base/trace.ts';
import type { Plan } from '../plan/plan.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/*
 * Migrations that take long (PROTOCOL §11.3). Code runs to its end within a step, and a simulated step takes no time: so
 * the service of such a server counts its migrations, and a step in which one has run keeps its process busy. The
 * machine under it goes on.
 */

/** The service as a server of the plan has it: each of its migrations is counted, where they take long. */
export function measured(service: Service, { migration }: Plan, node: SimNode): Service {
  if (migration === undefined || (migration.server ?? node.id) !== node.id) return service;
  return { ...service, apps: service.apps.map((app) => counting(app, node)) };
}

function counting(app: App, node: SimNode): App {
  const { previous } = app;
  const counted = (state: unknown): unknown => {
    node.migrations += 1;
    return app.migrate?.(state);
  };
  return {
    ...app,
    ...(previous === undefined ? {} : { previous: counting(previous, node) }),
    ...(app.migrate === undefined ? {} : { migrate: counted }),
  };
}

/** How long the step that begins now keeps the process busy, in milliseconds, asked when it has ended. */
export function watchMigrations(
  { plan, isInLivenessPhase }: World,
  node: SimNode,
): { isBusyFor(): number | 'for ever' | undefined } {
  const before = node.migrations;
  return {
    // From the horizon on, what is started has a migration that ends soon.
    isBusyFor: () => (isInLivenessPhase || node.migrations === before ? undefined : plan.migration?.takes),
  };
}

/** The process is busy, or `busy` is undefined and it has been since an earlier step; `actions` are for its end. */
export function keepBusy(
  world: World,
  node: SimNode,
  busy: number | 'for ever' | undefined,
  actions: readonly HostAction[],
): void {
  const { migrating, id, life } = node;
  if (migrating === undefined) {
    if (!node.isPaused) world.recording?.put({ type: 'paused', node: id });
    node.isPaused = true;
    takeNote(world, id, 'process', busy === 'for ever' ? 'migrates-for-ever' : 'migrates-for-long');
    tell(world.trace, world.now, id, () => `is busy with a migration${busy === 'for ever' ? ' that never ends' : ''}`);
    if (typeof busy === 'number') world.agenda.put(world.now + busy * 1_000, { type: 'migrated', node: id, life });
  }
  node.migrating = {
    isEndless: busy === 'for ever',
    actions: busy === 'for ever' ? [] : [...(migrating?.actions ?? []), ...actions],
  };
}
