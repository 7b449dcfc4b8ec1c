import { List, Map } from 'immutable';
import { type Configuration, configurationOf } from '../model/configuration.ts';
import type { Entry } from '../model/entry.ts';
import type { NodeId } from '../model/epoch.ts';
import type { Json } from '../model/json.ts';
import { lastIndex } from '../model/log.ts';
import type { Machine, Result } from '../model/machine.ts';
import { machineOf, type PrimaryState, type Requester } from './replica.ts';
import { planted, type ReplicaTurn, reply } from './turn.ts';

// What planted bugs do, where that takes more than a condition. Nothing here is reached unless the simulator plants it.

/** M01: a vote is a message, and who sent it does not matter. */
export function hasVotes({ voters }: Configuration, senders: readonly NodeId[]): boolean {
  const votesOf = (sender: NodeId): number => voters.find(({ nodeId }) => nodeId === sender)?.votes ?? 0;
  const votes = senders.reduce((sum, sender) => sum + votesOf(sender), 0);
  return votes * 2 > voters.reduce((sum, voter) => sum + voter.votes, 0);
}

/** M07: whoever has fallen silent does not count. */
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

/** M10: what the write will come to, judging by the state there is. A write that makes a call has to wait after all. */
export function answerEarly(turn: ReplicaTurn, requester: Requester, uuid: string, command: Json): boolean {
  const { draft, now, hosted } = turn;
  const { state, at } = machineOf(draft);
  const context = { index: lastIndex(draft.log), epoch: at.epoch, lamport: draft.lamport, wall: now.wall, uuid };
  const step = hosted.app.apply(state, command, context);
  if (!('outcome' in step)) return false;
  const { index, lamport } = context;
  reply(turn, requester, { type: 'done', id: requester.id, outcome: step.outcome, index, lamport, rests: [] });
  return true;
}

/** M11: the state is all that counts. */
export function withoutResults(machine: Machine): Machine {
  return { ...machine, results: Map<string, Result>(), order: List<string>() };
}

/** M32: no copy is made of what is only passed on. */
export function withholdInPlace(entry: Entry): Entry {
  if (entry.body.type === 'noop' || entry.body.type === 'configuration') return entry;
  return Object.assign(entry, { body: { type: 'withheld' } as const });
}

/** M35: somebody said that the node is dead, and the dead do not object. */
export function isCountedOut(turn: ReplicaTurn, nodeId: NodeId): boolean {
  return planted(turn, 'counts-suspects-as-votes') && turn.draft.election.suspected.includes(nodeId);
}
