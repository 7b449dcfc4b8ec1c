import { dataVoters, hasQuorum } from '../../protocol/model/configuration.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import type { ReplicaStep } from '../judges/judge.ts';
import type { Scene, Sighting } from './probe.ts';

/** What elections must have gone through. */
export function electionSightings(): readonly Sighting[] {
  return [
    { goal: 'election-under-partition', stepped: (step, scene) => isElected(step) && scene.isCut() },
    {
      goal: 'election-while-paused',
      stepped: (step, scene) => isElected(step) && otherPrimaries(step, scene).some((node) => scene.isPaused(node)),
    },
    {
      goal: 'two-primaries',
      stepped: (step, scene) => isElected(step) && otherPrimaries(step, scene).some((node) => !scene.isPaused(node)),
    },
    { goal: 'election-of-lower-rank', stepped: (step) => isElected(step) && !isHighest(step) },
    { goal: 'witness-decides', stepped: (step, scene) => isElected(step) && needsWitnesses(step, scene) },
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

function otherPrimaries({ node, group }: ReplicaStep, scene: Scene): readonly NodeId[] {
  return scene.bench
    .replicaNodes(group)
    .filter((other) => other !== node && scene.replicaOf(other, group)?.leading !== undefined);
}

function isHighest({ node, after }: ReplicaStep): boolean {
  const voters = dataVoters(configurationOfLog(after.log));
  const own = voters.find(({ nodeId }) => nodeId === node)?.rank ?? 0;
  return voters.every(({ rank }) => rank <= own);
}

function needsWitnesses({ after, group }: ReplicaStep, scene: Scene): boolean {
  return !hasQuorum(
    configurationOfLog(after.log),
    ({ nodeId, kind }) => kind === 'data' && isThere(scene, nodeId, group),
  );
}

function isThere(scene: Scene, node: NodeId, group: GroupName): boolean {
  return scene.isUp(node) && !scene.isPaused(node) && scene.replicaOf(node, group) !== undefined;
}
