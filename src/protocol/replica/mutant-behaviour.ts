import { List, Map } from 'immutable';
import { codeOf, versionOf } from '../model/app-versions.ts';
import { type Configuration, configurationOf } from '../model/configuration.ts';
import { primaryTime } from '../model/clocks.ts';
import type { Entry, Slot } from '../model/entry.ts';
import type { NodeId } from '../model/epoch.ts';
import type { Json } from '../model/json.ts';
import { lastIndex, withhold } from '../model/log.ts';
import type { Machine, Result } from '../model/machine.ts';
import { hasEnded, sessionsOf } from '../model/write-sessions.ts';
import type { PrimaryState, Requester } from './primary-state.ts';
import { machineOf } from './replica.ts';
import { planted, type ReplicaTurn, reply } from './turn.ts';

// Behaviour of planted bugs that takes more than a condition. Only the simulator reaches it.

/** `counts-repeated-vote-twice`: counts messages instead of voters. */
export function hasVotes({ voters }: Configuration, senders: readonly NodeId[]): boolean {
  const votesOf = (sender: NodeId): number => voters.find(({ nodeId }) => nodeId === sender)?.votes ?? 0;
  const votes = senders.reduce((sum, sender) => sum + votesOf(sender), 0);
  return votes * 2 > voters.reduce((sum, voter) => sum + voter.votes, 0);
}

/** `shrinks-quorum-to-heard-voters`: silent voters do not count. */
export function withoutSilent(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): Configuration {
  const { now, hosted, draft } = turn;
  const isHeard = (nodeId: NodeId): boolean =>
    nodeId === draft.identity.nodeId ||
    now.millis - (leading.progress[nodeId]?.heardAt ?? 0) <= hosted.settings.suspectAfter;
  return configurationOf(
    configuration.voters.filter(({ nodeId }) => isHeard(nodeId)),
    configuration.learners,
  );
}

/** `answers-retry-before-apply`: predicts the outcome from the current state. A write that makes a call still waits. */
export function answerEarly(turn: ReplicaTurn, requester: Requester, uuid: string, command: Json): boolean {
  const { draft, now, hosted } = turn;
  const { state, at, version } = machineOf(draft);
  const context = { index: lastIndex(draft.log), epoch: at.epoch, lamport: draft.lamport, wall: now.wall, uuid };
  const step = (codeOf(hosted.app, version) ?? hosted.app).apply(state, command, context);
  if (!('outcome' in step)) return false;
  const { index, lamport } = context;
  reply(turn, requester, { type: 'done', id: requester.id, outcome: step.outcome, index, lamport, rests: [] });
  return true;
}

/** The machine of a full copy, as planted bugs take it. */
export function asCopied(turn: ReplicaTurn, machine: Machine): Machine {
  if (planted(turn, 'installs-full-copy-without-results')) return withoutResults(machine);
  return planted(turn, 'installs-full-copy-without-numbers') ? withoutNumbers(machine) : machine;
}

/** `installs-full-copy-without-results`: drops all but the state. */
function withoutResults(machine: Machine): Machine {
  return { ...machine, results: Map<string, Result>(), order: List<string>() };
}

/** `installs-full-copy-without-numbers`: drops what the sessions remember, and with it their cursors. */
function withoutNumbers(machine: Machine): Machine {
  const sessions = sessionsOf(machine).map((session) => ({ ...session, results: session.results.clear() }));
  return { ...machine, sessions };
}

/** `ends-session-by-own-clock`: whether the session of a slot should have ended by now, though no entry says so. */
export function isOverdue({ draft, now }: ReplicaTurn, leading: PrimaryState, { session: id }: Slot): boolean {
  const machine = machineOf(draft);
  const session = sessionsOf(machine).get(id);
  return session !== undefined && hasEnded(session, primaryTime(leading, now.millis), machine.window);
}

/** `alters-entries-shared-with-log`: changes the entry instead of a copy. */
export function withholdInPlace(entry: Entry): Entry {
  if (withhold(entry) === entry) return entry;
  return Object.assign(entry, { body: { type: 'withheld' } as const });
}

/** `counts-suspects-as-votes`: a hint counts as a vote. */
export function isCountedOut(turn: ReplicaTurn, nodeId: NodeId): boolean {
  return planted(turn, 'counts-suspects-as-votes') && turn.draft.election.suspected.includes(nodeId);
}

/** `forgets-version-in-snapshot`, `migrates-again-at-start`: takes a machine from the disk for what it is not. */
export function misread(turn: ReplicaTurn, machine: Machine): Machine {
  const { app } = turn.hosted;
  if (planted(turn, 'forgets-version-in-snapshot')) return { ...machine, version: versionOf(app) };
  const code =
    planted(turn, 'migrates-again-at-start') && machine.version > 1 ? codeOf(app, machine.version) : undefined;
  return code?.migrate === undefined ? machine : { ...machine, state: code.migrate(machine.state) };
}
