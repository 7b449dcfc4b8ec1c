import type { App } from '../model/app.ts';
import { codeOf, codeRange } from '../model/app-versions.ts';
import { canApply } from '../model/apply.ts';
import { activationUpTo, entryAt, lastIndex, type Log } from '../model/log.ts';
import type { Machine } from '../model/machine.ts';
import type { CodeReport } from '../model/messages.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';
import { cannotMigrate } from './trial.ts';

/*
 * Which code a replica's build has, and how far it can apply its log (PROTOCOL §11). A replica that lacks the code of a
 * version is mute: it takes and keeps entries and votes like any other, applies nothing from there on, and leads only to
 * hand over.
 */

/** What a data server that says nothing of its code has. */
export const FIRST_CODE: CodeReport = { oldest: 1, newest: 1, isMute: false, kept: 1 };

type Applying = Pick<Replica, 'log' | 'machine'>;

/**
 * The version whose code this build lacks to apply all of the own log, what is not visible yet included, and one entry
 * more; undefined for a replica that is able, and for a witness.
 */
export function lackedVersion(app: App, { log, machine }: Applying): number | undefined {
  if (machine === undefined) return undefined;
  let { version } = machine;
  if (machine.state === undefined) return version;
  const newest = log.activations.at(-1);
  if (newest !== undefined && newest.index > machine.at.index) {
    // One by one: the log of a mute replica grows, and the first entry that it has no code for is near.
    for (let index = machine.at.index + 1; index <= lastIndex(log); index += 1) {
      const body = entryAt(log, index)?.body;
      if (body === undefined) break;
      if (!canApply(app, version, body)) return body.type === 'activate' ? body.version : version;
      if (body.type === 'activate') version = body.version;
    }
  }
  return codeOf(app, version) === undefined ? version : undefined;
}

/** Whether this replica is mute. */
export function isMute({ draft, hosted }: Pick<ReplicaTurn, 'draft' | 'hosted'>): boolean {
  return lackedVersion(hosted.app, draft) !== undefined;
}

/** Whether this replica serves nothing and leads only to hand over: it is mute, or its state has diverged (PROTOCOL §11.8). */
export function isUnfit(turn: Pick<ReplicaTurn, 'draft' | 'hosted'>): boolean {
  return turn.draft.diverged !== undefined || isMute(turn);
}

/** The version that the entry behind `index` is applied by; `index` is at or behind the last entry applied. */
export function versionBehind(log: Log, machine: Machine, index: number): number {
  const activation = activationUpTo(log, index);
  return activation !== undefined && activation.index > machine.at.index ? activation.version : machine.version;
}

/** The code that the next entry of the own log is applied by; undefined where this build has none. */
export function codeAtEnd({ draft, hosted }: ReplicaTurn): App | undefined {
  const { log, machine } = draft;
  return machine === undefined ? undefined : codeOf(hosted.app, versionBehind(log, machine, lastIndex(log)));
}

/** What this replica says of its code; undefined where that is FIRST_CODE, and for a witness. */
export function codeReport(turn: ReplicaTurn): CodeReport | undefined {
  const { draft, hosted } = turn;
  if (draft.machine === undefined) return undefined;
  const { oldest, newest: has } = codeRange(hosted.app);
  const newest = cannotMigrate(draft) ? draft.slow.version - 1 : has;
  const told = planted(turn, 'tells-version-before-disk') ? draft.snapshot.machine?.version : durableVersion(draft);
  const kept = told ?? draft.machine.version;
  const mute = isMute(turn);
  return newest === 1 && kept === 1 && !mute ? undefined : { oldest, newest, isMute: mute, kept };
}

/** The version of the newest snapshot that is known to be durable: builds need the code of no version before it. */
export function durableVersion({ snapshot, unsaved }: Pick<Replica, 'snapshot' | 'unsaved'>): number | undefined {
  return unsaved?.kept ?? snapshot.machine?.version;
}

/** Notes that this replica has become mute, or is able again. */
export function noteAbility(turn: ReplicaTurn, before: Replica | undefined): void {
  const { draft, hosted } = turn;
  if (draft.log === before?.log && draft.machine === before.machine) return;
  const lacked = before === undefined ? undefined : lackedVersion(hosted.app, before);
  const lacks = lackedVersion(hosted.app, draft);
  if (lacks === lacked) return;
  if (lacks === undefined) note(turn, { type: 'able', version: draft.machine?.version ?? 1 });
  else note(turn, { type: 'mute', lacks, has: codeRange(hosted.app) });
}
