import { configurationOf, dataVoters, members } from '../../protocol/model/configuration.ts';
import { compareEpochs } from '../../protocol/model/epoch.ts';
import { configurationOfLog, entryAt, lastIndex, placeAt } from '../../protocol/model/log.ts';
import { majorityMatch } from '../../protocol/model/quorum.ts';
import { durableEnd, hasDurably } from '../disk/disk.ts';
import type { ReplicaStep } from '../judges/judge.ts';
import type { Probe, ProbeContext } from './probe.ts';

/** Coverage goals of logs, configurations, snapshots and disks. */
export function logProbes(): readonly Probe[] {
  return [
    removed(),
    readmitted(),
    { goal: 'reverted-configuration', stepped: (step) => truncates(step, 'configuration') },
    { goal: 'truncated-write', stepped: (step) => truncates(step, 'write') },
    { goal: 'old-entry-on-majority', stepped: hasOldEntryOnMajority },
    { goal: 'full-copy', noted: ({ type }) => type === 'installed' },
    copyUnderLoad(),
    { goal: 'recovery-from-snapshot', stepped: ({ before, after }) => before === undefined && after.commit > 0 },
    { goal: 'recovery-from-changes', noted: ({ type }) => type === 'recovers-from-changes' },
    { goal: 'crash-beside-base', noted: ({ type }) => type === 'dies-beside-base' },
    { goal: 'copy-beside-base', noted: ({ type }) => type === 'installs-beside-base' },
    { goal: 'changes-that-delete', noted: ({ type }) => type === 'saves-deletions' },
    { goal: 'crash-between-effects', noted: ({ type }) => type === 'dies-between-effects' },
    { goal: 'torn-tail-cut', noted: ({ type }) => type === 'cuts-torn-tail' },
    { goal: 'full-disk-stops', noted: ({ type }) => type === 'disk-full' },
    { goal: 'failed-sync-stops', noted: ({ type }) => type === 'sync-failed' },
    { goal: 'lost-disk-stays-out', noted: ({ type }) => type === 'refuses-to-start' },
    {
      goal: 'stuck-primary-steps-down',
      noted: ({ note }) => note?.type === 'steps-down' && note.reason === 'stalled',
    },
    { goal: 'last-survivor-serves', stepped: servesAlone },
  ];
}

/** A configuration is committed that has one data voter less. */
function removed(): Probe {
  return {
    goal: 'removed-server',
    committed: ({ entry: { body } }) => body.type === 'configuration' && body.configuration.learners.length > 0,
  };
}

/** A configuration is committed in which a learner of an earlier committed one is a voter. */
function readmitted(): Probe {
  const learners = new Set<string>();
  return {
    goal: 'readmitted-server',
    committed({ group, entry: { body } }) {
      if (body.type !== 'configuration') return false;
      for (const { nodeId } of body.configuration.learners) learners.add(`${nodeId} of ${group}`);
      return body.configuration.voters.some(({ nodeId }) => learners.has(`${nodeId} of ${group}`));
    },
  };
}

function truncates({ before, after }: ReplicaStep, what: 'configuration' | 'write'): boolean {
  if (before === undefined || before.log === after.log) return false;
  for (let index = lastIndex(before.log); index > after.commit; index -= 1) {
    const entry = entryAt(before.log, index);
    if (entry === undefined || placeAt(after.log, index)?.hash === entry.hash) return false;
    if (entry.body.type === what) return true;
  }
  return false;
}

function hasOldEntryOnMajority({ group, after }: ReplicaStep, { evidence }: ProbeContext): boolean {
  const { leading, log } = after;
  if (leading === undefined) return false;
  const matchOf = (nodeId: string): number => {
    const disk = evidence.diskOf(nodeId, group);
    const end = disk === undefined ? 0 : Math.min(durableEnd(disk).index, lastIndex(log));
    const place = placeAt(log, end);
    return disk !== undefined && place !== undefined && hasDurably(disk, end, place.hash) ? end : 0;
  };
  const majority = majorityMatch(configurationOfLog(log), matchOf);
  const entry = entryAt(log, majority);
  return entry !== undefined && majority > leading.raftCommit && compareEpochs(entry.epoch, leading.epoch) < 0;
}

function copyUnderLoad(): Probe {
  const copying = new Set<string>();
  return {
    goal: 'full-copy-under-load',
    sent({ from, message }) {
      if (message.type === 'install') copying.add(from.unit);
      return false;
    },
    noted({ unit, type }) {
      if (type === 'installed') copying.delete(unit);
      return false;
    },
    committed: ({ group, entry }) => entry.body.type === 'write' && copying.has(group),
  };
}

/** A write becomes visible while all other data servers of the first configuration are down. */
function servesAlone({ node, group, before, after }: ReplicaStep, context: ProbeContext): boolean {
  if (after.leading === undefined || after.commit <= (before?.commit ?? 0)) return false;
  if (entryAt(after.log, after.commit)?.body.type !== 'write') return false;
  const servers = dataVoters(configurationOf(members(context.evidence.firstConfiguration(group))));
  return servers.length > 1 && servers.every(({ nodeId }) => nodeId === node || !context.isUp(nodeId));
}
