import { assert } from '../protocol/model/assert.ts';
import { faultOfState } from '../protocol/model/json-fault.ts';

/** Refuses an app whose first state no disk gives back. */
export function requireStorable(app: string, initial: unknown): void {
  const fault = faultOfState(initial, NOTHING_BEFORE);
  assert(fault === undefined, `the state of \`${app}\` is plain JSON, List and Map: \`initial\`${fault}`);
}

const NOTHING_BEFORE = Symbol('no state');
