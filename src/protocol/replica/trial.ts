import { type Epoch, sameEpoch } from '../model/epoch.ts';
import type { Trial } from '../model/messages.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/*
 * A migration is tried in one step of its primary, which is silent until that has ended, and is deposed if it takes long
 * (PROTOCOL §11.3). So that not each server in turn loses the lead over it:
 * - the primary says that it will try one heartbeat before it does, and every server remembers by whom it is tried until
 *   that primary says no more of it; a later primary waits for the word of that server;
 * - a server that took longer than `electAfter` says that it cannot run the version.
 */

/** A heartbeat says what is tried; one that arrives late, behind a later one of its primary, ends no trial. */
export function hearTrial({ draft }: ReplicaTurn, epoch: Epoch, beat: number, trial: Trial | undefined): void {
  const { trialHeard: heard } = draft;
  if (trial === undefined && heard !== undefined && sameEpoch(heard.epoch, epoch) && beat < heard.beat) return;
  draft.trial = trial;
  draft.trialHeard = trial === undefined ? undefined : { epoch, beat };
}

/** Measures how long the migration took that this primary has tried in its last step. */
export function measureTrial(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  const { leading } = draft;
  if (leading?.tried?.at === undefined) return;
  const { version, at } = leading.tried;
  draft.leading = { ...leading, tried: { ...leading.tried, at: undefined } };
  const millis = Math.floor(now.millis - at);
  if (millis < hosted.settings.electAfter) return;
  if (!planted(turn, 'tries-slow-migration-again')) draft.slow = { version, millis };
  note(turn, { type: 'migration-is-slow', version, millis });
}

/** Whether the migration to the next version takes this process longer than a primary may be silent. */
export function cannotMigrate(
  replica: Pick<Replica, 'slow' | 'machine'>,
): replica is Pick<Replica, 'machine'> & { readonly slow: NonNullable<Replica['slow']> } {
  return replica.slow !== undefined && replica.machine !== undefined && replica.slow.version > replica.machine.version;
}

/** A new primary says for whom it will wait. */
export function noteTrial(turn: ReplicaTurn): void {
  const { trial, identity, machine } = turn.draft;
  if (trial === undefined || trial.by === identity.nodeId || trial.version <= (machine?.version ?? 0)) return;
  note(turn, { type: 'awaits-trial', nodeId: trial.by, version: trial.version });
}
