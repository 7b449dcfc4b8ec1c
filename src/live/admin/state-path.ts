import * as z from 'zod';
import type { Host } from '../../host/host.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { OperatorPath } from '../../transport-http/clients/operator-paths.ts';

/** The path of the hashes of a node's states. */
export const STATE_PATH = '/understudy/state';

/** The answer: by group, the last entry applied, and the hashes of the machine and of the app's state. */
export const stateAnswer = z.object({
  groups: z.record(z.string(), z.object({ index: z.int().min(0), machine: z.int().min(0), state: z.int().min(0) })),
});

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
    path: STATE_PATH,
    signed: true,
    answer: () => ({ status: 200, body: { groups: statesOf(host()) } satisfies z.infer<typeof stateAnswer> }),
  };
}

function statesOf({ slots }: Host): z.infer<typeof stateAnswer>['groups'] {
  const states: z.infer<typeof stateAnswer>['groups'] = {};
  for (const [group, { replica }] of Object.entries(slots)) {
    const { machine } = replica;
    if (machine === undefined) continue;
    states[group] = { index: machine.at.index, machine: hashValue(machine), state: hashValue(machine.state) };
  }
  return states;
}
