import { expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { muteSparesVotes } from '../../../src/sim/judges/mute-spares-votes.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { emptyLog, epoch, extend, NOOP, primary, service, step, THREE } from '../../support/sim/bad-cluster.ts';

// A primary that lacks the code of its log takes the vote of none but one that leaves (PROTOCOL §11.5).

const ONE = epoch(1, 's1');
const BEFORE = extend(emptyLog(), ONE, NOOP, { type: 'activate', version: 2 });
const WITHOUT_S3 = configurationOf(
  THREE.voters.filter(({ nodeId }) => nodeId !== 's3'),
  [],
);
const [first] = service.apps;
const second: App | undefined = first && { ...first, version: 2, previous: first, migrate: (state) => state };

/** What the judge says when s1, primary with `code`, takes the vote of s3, whose standing it knows. */
function verdict(code: App | undefined, standing: ServiceEntry['standing'], configuration = WITHOUT_S3): unknown {
  const after = extend(BEFORE, ONE, { type: 'configuration', configuration });
  const of = { kind: 'server', address: 'localhost:1', generation: 1, incarnation: 1, beat: 1 } as const;
  const diskId = THREE.voters.find(({ nodeId }) => nodeId === 's3')?.diskId ?? '';
  const services: ServiceEntry[] = [{ ...of, nodeId: 's3', diskId, standing, proof: undefined }];
  const knowing = (replica: SeenReplica): SeenReplica => ({ ...replica, services });
  const judge = muteSparesVotes({ codeAt: () => code, settings: DEFAULT_SETTINGS, millisOf: () => 0 });
  return judge.stepped?.(step('s1', knowing(primary(after, ONE, 1)), knowing(primary(BEFORE, ONE, 1))));
}

test('A mute primary that takes the vote of a member is found.', () => {
  expect(verdict(first, 'member')).toBe('sums at s1 lacks the code of its log, and takes the vote of s3 by entry 3');
});

test('It may take that of a server that leaves, and change what takes no vote.', () => {
  expect(verdict(first, 'away')).toBeUndefined();
  expect(verdict(first, 'removed')).toBeUndefined();
  expect(verdict(first, 'member', THREE)).toBeUndefined();
});

test('One that has the code may take any.', () => {
  expect(verdict(second, 'member')).toBeUndefined();
});
