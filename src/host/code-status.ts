import { codeOf, codeRange } from '../protocol/model/app-versions.ts';
import { members } from '../protocol/model/configuration.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { configurationOfLog } from '../protocol/model/log.ts';
import { durableVersion, lackedVersion } from '../protocol/replica/ability.ts';
import { serversWithout } from '../protocol/replica/activation.ts';
import { cannotMigrate } from '../protocol/replica/trial.ts';
import type { ReplicaSlot } from './turn.ts';

/** Which versions of a group's code a data server has, and which one its state is of (PROTOCOL §11). */
export interface CodeStatus {
  /** The version in force at the last entry applied. */
  readonly active: number;
  /** The versions that this build has the code of. */
  readonly oldest: number;
  readonly newest: number;
  /** The version whose code it lacks, so that it answers nothing; null while it has all that its log needs. */
  readonly lacks: number | null;
  /** The version of its newest durable snapshot. */
  readonly kept: number;
  /**
   * The data servers whose build is waited for before the next version is activated; null where none is to be, and at a
   * secondary.
   */
  readonly awaits: readonly NodeId[] | null;
  /**
   * Builds need no code of versions below this one: every data server has a snapshot of it or of a later one. Null while
   * one of them is not heard, and at a secondary.
   */
  readonly neededFrom: number | null;
  /**
   * Why this server does not activate the next version: the words of its migration's error, as primary, or how long it
   * took; null where nothing is known against it.
   */
  readonly migrationFailed?: string | null;
  /** The data server that was trying the next migration when it was heard last: this primary tries it after its word. */
  readonly triedBy?: NodeId | null;
}

/** Undefined for a witness. */
export function codeStatus({ app: { app }, replica }: ReplicaSlot): CodeStatus | undefined {
  const { machine, leading, trial } = replica;
  if (machine === undefined) return undefined;
  const kept = durableVersion(replica) ?? machine.version;
  const next = machine.version + 1;
  const isNext = leading !== undefined && codeOf(app, next) !== undefined;
  const slow = cannotMigrate(replica) ? `its migration took ${replica.slow.millis} ms` : undefined;
  const failed = leading?.tried?.failed ?? slow;
  return {
    active: machine.version,
    ...codeRange(app),
    lacks: lackedVersion(app, replica) ?? null,
    kept,
    awaits: isNext ? serversWithout({ draft: replica }, leading, next) : null,
    neededFrom: neededFrom({ replica }, kept) ?? null,
    ...(failed === undefined ? {} : { migrationFailed: failed }),
    ...(isNext && trial?.version === next ? { triedBy: trial.by } : {}),
  };
}

function neededFrom({ replica }: Pick<ReplicaSlot, 'replica'>, kept: number): number | undefined {
  const { leading, identity, log, services } = replica;
  if (leading === undefined) return undefined;
  const servers = members(configurationOfLog(log)).filter(({ kind }) => kind === 'data');
  const known = services.filter(({ kind, standing }) => kind === 'server' && standing !== 'removed');
  let lowest = kept;
  for (const { nodeId } of [...servers, ...known]) {
    if (nodeId === identity.nodeId) continue;
    const code = leading.progress[nodeId]?.code;
    if (code === undefined) return undefined;
    lowest = Math.min(lowest, code.kept);
  }
  return lowest;
}
