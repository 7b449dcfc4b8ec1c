import type { App, Outcome } from '../../protocol/model/app.ts';
import { codeOf } from '../../protocol/model/app-versions.ts';
import { assert } from '../../protocol/model/assert.ts';
import { contained, failedQuery } from '../../protocol/model/contain.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { Machine } from '../../protocol/model/machine.ts';

/** The outcome of a query in the state of `machine`, as a replica gives it: a query that throws fails. */
export function readIn(app: App, { version, state, at }: Machine, query: Json): Outcome {
  const code = codeOf(app, version);
  assert(code !== undefined, 'the judges have the code of every version');
  const read = contained(() => code.read(state, query));
  return read.type === 'returned' ? read.value : failedQuery(app.name, at.index, query);
}
