import type { App } from './app.ts';
import { versionOf } from './app-versions.ts';
import { contained, isOfThisProcess } from './contain.ts';
import { freezeState } from './freeze.ts';
import { faultOfState } from './json-fault.ts';

/** A state of the version that `code` is, or why its migration made none; `isLocal`: other processes may have room for it. */
export type Migrated =
  | { readonly type: 'migrated'; readonly state: unknown }
  | { readonly type: 'failed'; readonly thrown: Error; readonly isLocal: boolean };

/**
 * Migrates a state of the version before to that of `code` (PROTOCOL §11). `state` is frozen first: a migration that
 * changes it in place fails, since it is tried before it counts.
 */
export function migrated(code: App, state: unknown): Migrated {
  const done = contained(() => {
    const next = code.migrate === undefined ? state : code.migrate(freezeState(state));
    const fault = faultOfState(next, state);
    if (fault !== undefined) throw new Error(`state${fault}`);
    return next;
  });
  if (done.type === 'returned') return { type: 'migrated', state: done.value };
  const { thrown } = done;
  const message = `${code.name}: the migration to version ${versionOf(code)} failed: ${thrown.message}`;
  return {
    type: 'failed',
    thrown: Object.assign(new Error(message), { stack: thrown.stack }),
    isLocal: isOfThisProcess(thrown),
  };
}
