import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters, hasQuorum } from '../../protocol/model/configuration.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import type { ReplicaStep } from '../judges/judge.ts';
import type { Probe, ProbeContext } from './probe.ts';

/** Coverage goals of elections. */
export function electionProbes(): readonly Probe[] {
  return [
    { goal: 'election-under-partition', stepped: (step, context) => isElected(step) && context.isCut() },
    {
      goal: 'election-while-paused',
      stepped: (step, context) =>
        isElected(step) && otherPrimaries(step, context).some((node) => context.isPaused(node)),
    },
    {
      goal: 'two-primaries',
      stepped: (step, context) =>
        isElected(step) && otherPrimaries(step, context).some((node) => !context.isPaused(node)),
    },
    { goal: 'election-of-lower-rank', stepped: (step) => isElected(step) && !isHighest(step) },
    { goal: 'witness-decides', stepped: (step, context) => isElected(step) && needsWitnesses(step, context) },
    {
      goal: 'better-candidate',
      sent: ({ message }) => message.type === 'answer' && message.verdict === 'better',
    },
    {
      goal: 'older-candidate',
      sent: ({ message }) => message.type === 'answer' && message.verdict === 'behind',
    },
    { goal: 'vote-refused', sent: ({ message }) => message.type === 'voted' && !message.granted },
    { goal: 'primary-fenced', sent: ({ message }) => message.type === 'outdated' },
    { goal: 'primary-without-quorum', noted: ({ note }) => note?.type === 'steps-down' && note.reason === 'no-quorum' },
  ];
}

function isElected({ before, after }: ReplicaStep): boolean {
  return after.leading !== undefined && before?.leading === undefined;
}

function otherPrimaries({ node, group }: ReplicaStep, context: ProbeContext): readonly NodeId[] {
  return context.evidence
    .replicaNodes(group)
    .filter((other) => other !== node && context.replicaOf(other, group)?.leading !== undefined);
}

function isHighest({ node, after }: ReplicaStep): boolean {
  const voters = dataVoters(configurationOfLog(after.log));
  const own = voters.find(({ nodeId }) => nodeId === node)?.rank ?? 0;
  return voters.every(({ rank }) => rank <= own);
}

function needsWitnesses({ after, group }: ReplicaStep, context: ProbeContext): boolean {
  return !hasQuorum(
    configurationOfLog(after.log),
    ({ nodeId, kind }) => kind === 'data' && isThere(context, nodeId, group),
  );
}

function isThere(context: ProbeContext, node: NodeId, group: GroupName): boolean {
  return context.isUp(node) && !context.isPaused(node) && context.replicaOf(node, group) !== undefined;
}
