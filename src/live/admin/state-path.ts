import type { Host } from '../../host/host.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { OperatorPath } from '../../transport-http/clients/operator-paths.ts';

/**
 * `GET /understudy/state`: for each group whose state this node has, the last entry applied, a hash of the whole
 * machine (`machine`), and one of the app's state (`state`), which not every entry changes. Two nodes that have applied
 * the same entries answer the same.
 *
 * The path is signed and not part of the status, because it blocks the process: for hundreds of milliseconds with a
 * hundred thousand records.
 */
export function statePath(host: () => Host): OperatorPath {
  return {
    method: 'GET',
    path: '/understudy/state',
    signed: true,
    answer: () => ({ status: 200, body: { groups: statesOf(host()) } }),
  };
}

function statesOf({ slots }: Host): Readonly<Record<GroupName, object>> {
  const states: Record<GroupName, object> = {};
  for (const [group, { replica }] of Object.entries(slots)) {
    const { machine } = replica;
    if (machine === undefined) continue;
    states[group] = { index: machine.at.index, machine: hashValue(machine), state: hashValue(machine.state) };
  }
  return states;
}
