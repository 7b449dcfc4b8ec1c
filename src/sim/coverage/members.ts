import {
  type Configuration,
  configurationOf,
  dataVoters,
  memberOf,
  members,
  votesOf,
} from '../../protocol/model/configuration.ts';
import { generationOf } from '../../protocol/model/topology.ts';
import type { Probe } from './probe.ts';

/** Coverage goals of joining and leaving nodes, and of leadership transfers. */
export function memberProbes(): readonly Probe[] {
  return [
    {
      goal: 'newcomer-votes',
      committed: ({ group, entry: { body } }, { evidence }) =>
        body.type === 'configuration' &&
        dataVoters(body.configuration).some(
          ({ nodeId }) => memberOf(evidence.firstConfiguration(group), nodeId) === undefined,
        ),
    },
    {
      goal: 'new-disk-votes',
      committed: ({ entry: { body } }) =>
        body.type === 'configuration' && dataVoters(body.configuration).some(({ diskId }) => generationOf(diskId) > 1),
    },
    { goal: 'left-for-good', noted: ({ type }) => type === 'left' },
    { goal: 'removed-while-alive', noted: ({ type }) => type === 'dismissed-removed' },
    { goal: 'stopped-in-order', noted: ({ type }) => type === 'stopped' },
    handedOver('handed-over-by-order', 'ordered'),
    handedOver('handed-over-by-rank', 'outranked'),
    { goal: 'kept-office', noted: ({ note }) => note?.type === 'keeps-office' && note.to !== undefined },
    witnessVotesMoved(),
  ];
}

/** The new primary deposes the one that offered the transfer for that reason. */
function handedOver(goal: 'handed-over-by-order' | 'handed-over-by-rank', reason: 'ordered' | 'outranked'): Probe {
  const offered = new Set<string>();
  return {
    goal,
    noted({ node, unit, note }) {
      const key = `${node} ${unit}`;
      if (note?.type === 'hands-over' && note.reason === reason) offered.add(key);
      if (note?.type === 'keeps-office') offered.delete(key);
      return note?.type === 'steps-down' && note.reason === 'handed-over' && offered.has(key);
    },
  };
}

/** One witness has more votes than at the beginning, and another one fewer. */
function witnessVotesMoved(): Probe {
  return {
    goal: 'witness-votes-moved',
    committed({ group, entry: { body } }, { evidence }) {
      if (body.type !== 'configuration') return false;
      const changes = changesOf(evidence.firstConfiguration(group), body.configuration);
      return changes.some((change) => change > 0) && changes.some((change) => change < 0);
    },
  };
}

function changesOf(first: Configuration, now: Configuration): readonly number[] {
  const witnesses = members(configurationOf(members(first), members(now))).filter(({ kind }) => kind === 'witness');
  return witnesses.map(({ nodeId }) => votesOf(now, nodeId) - votesOf(first, nodeId));
}
