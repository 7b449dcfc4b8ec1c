import type { DiskOperation } from '../protocol/model/effects.ts';
import { hashText, mix } from '../protocol/model/hash.ts';
import { tail } from '../protocol/model/log.ts';
import type { Machine, Snapshot } from '../protocol/model/machine.ts';
import { hashValue } from '../protocol/model/value-hash.ts';
import { slotResults } from '../protocol/model/write-sessions.ts';
import type { Replica } from '../protocol/replica/replica.ts';
import type { HostAction } from './host-io.ts';
import type { Host } from './host.ts';

/** A machine with more results is represented by its index in the log: hashing it would take too long. */
const RESULTS_AT_MOST = 20_000;

/**
 * A 53-bit hash of a step's actions, in order. A snapshot is represented by its index in the log: its entries were
 * hashed when they arrived.
 */
export function actionsDigest(actions: readonly HostAction[]): number {
  let digest = actions.length;
  for (const action of actions) digest = mix(digest, actionDigest(action));
  return digest;
}

/**
 * A 53-bit hash of a process's state.
 * - A log is represented by its two ends; the last is a hash over all entries.
 * - A snapshot, or a large machine, is represented by its index.
 * - Constants are left out.
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

/** Hash of a machine, results and calls included; undefined when it is too large. */
function machineDigest(machine: Machine): number | undefined {
  return machine.results.size + slotResults(machine) > RESULTS_AT_MOST ? undefined : hashValue(machine);
}

function replicaDigest({ log, machine, snapshot, saving, versions, ...rest }: Replica): number {
  const places = [log.base.index, log.base.hash, tail(log).index, tail(log).hash, place(snapshot), saving?.base.index];
  const kept = versions.map(({ machine: { at }, usedAt }) => [at.index, usedAt]);
  const digest = hashText(JSON.stringify([rest, places, machine?.at, kept]));
  return machine === undefined ? digest : mix(digest, machineDigest(machine) ?? 0);
}

function actionDigest(action: HostAction): number {
  return hashText(JSON.stringify(brief(action)));
}

/** The action with snapshots replaced by their indexes. */
function brief(action: HostAction): unknown {
  if (action.type === 'save') return [action.type, action.unit, place(action.snapshot)];
  if (action.type === 'hash') return [action.type, action.unit, action.index];
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
