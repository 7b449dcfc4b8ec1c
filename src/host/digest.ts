import type { DiskOperation } from '../protocol/model/effects.ts';
import { hashText, mix } from '../protocol/model/hash.ts';
import { tail } from '../protocol/model/log.ts';
import type { Machine, Snapshot } from '../protocol/model/machine.ts';
import { hashValue } from '../protocol/model/value-hash.ts';
import type { Replica } from '../protocol/replica/replica.ts';
import type { HostAction } from './host-io.ts';
import type { Host } from './host.ts';

/** A machine with more results than this is known by its place in the log alone: hashing it would take too long. */
const RESULTS_AT_MOST = 20_000;

/**
 * A 53-bit hash of what a step wanted done, in order. A snapshot counts by its place in the log: the entries that made it
 * were hashed when they came.
 */
export function actionsDigest(actions: readonly HostAction[]): number {
  let digest = actions.length;
  for (const action of actions) digest = mix(digest, actionDigest(action));
  return digest;
}

/**
 * A 53-bit hash of all that a process remembers. A log counts by its two ends, the last of which is a hash over all
 * entries; snapshots count by their places; a large machine does, too. What never changes is left out.
 */
export function hostDigest({ slots, frontEnd, ...rest }: Host): number {
  let digest = hashText(JSON.stringify(rest));
  for (const [group, { replica, outbox }] of Object.entries(slots)) {
    const { writing, next } = outbox;
    const waiting = [writing?.length ?? -1, next.operations.length, next.then.length];
    digest = mix(digest, hashText(JSON.stringify([group, waiting]), replicaDigest(replica)));
  }
  if (frontEnd === undefined) return digest;
  const { fixed: _, ...remembered } = frontEnd;
  return mix(digest, hashText(JSON.stringify(remembered)));
}

/** What the entries up to `at` have made, results and calls included; undefined when it is too large to be hashed in passing. */
function machineDigest(machine: Machine): number | undefined {
  return machine.results.size > RESULTS_AT_MOST ? undefined : hashValue(machine);
}

function replicaDigest({ log, machine, snapshot, saving, ...rest }: Replica): number {
  const places = [log.base.index, log.base.hash, tail(log).index, tail(log).hash, place(snapshot), saving?.base.index];
  const digest = hashText(JSON.stringify([rest, places, machine?.at]));
  return machine === undefined ? digest : mix(digest, machineDigest(machine) ?? 0);
}

function actionDigest(action: HostAction): number {
  return hashText(JSON.stringify(brief(action)));
}

/** The action with the places of snapshots where snapshots were. */
function brief(action: HostAction): unknown {
  if (action.type === 'save') return [action.type, action.unit, place(action.snapshot)];
  if (action.type === 'write') return [action.type, action.unit, action.operations.map(briefOperation)];
  if (action.type !== 'send' || action.envelope.message.type !== 'install') return action;
  const { from, to, message } = action.envelope;
  return [action.type, from, to, { ...message, snapshot: place(message.snapshot) }];
}

function briefOperation(operation: DiskOperation): unknown {
  return operation.type === 'install' ? [operation.type, place(operation.snapshot)] : operation;
}

function place({ base }: Snapshot): readonly number[] {
  return [base.index, base.hash];
}
