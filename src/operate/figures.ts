import type { Host } from '../host/host.ts';
import type { GroupStatus, ProcessStatus } from '../live/admin/status.ts';
import type { ProcessView } from '../live/engine/observer.ts';
import { lastIndex } from '../protocol/model/log.ts';
import type { Machine, OutgoingCalls } from '../protocol/model/machine.ts';
import { resultOf, sessionsOf, slotResults } from '../protocol/model/write-sessions.ts';
import type { Replica } from '../protocol/replica/replica.ts';
import type { Labels } from './tally.ts';

/** One gauge value, read at a scrape. */
export type Figure = readonly [Labels, number];

/** The state of a process at a scrape. */
export interface Sample {
  readonly status: ProcessStatus;
  readonly host: Host;
  readonly queued: Readonly<Record<string, number>>;
  readonly isStopping: boolean;
  /** Unix time in milliseconds. */
  readonly wall: number;
  /** Unix time in milliseconds at which the certificate of this process ends; undefined without TLS. */
  readonly certificateEnd: number | undefined;
}

/** A gauge: its name, its help text, its labels, and how it is read. */
export interface FigureKind {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  read(sample: Sample): readonly Figure[];
}

const KINDS = ['server', 'frontend'] as const;

const LIFECYCLES = ['member', 'away', 'removed'] as const;

const ROLES = ['primary', 'candidate', 'secondary', 'witness', 'learner'] as const;

/** All gauges of a process, in the order of the page. */
export const FIGURES: readonly FigureKind[] = [
  figure('info', 'Always 1: which process this is.', ['node', 'kind', 'cluster'], ({ status }) => [
    [{ node: status.node, kind: status.kind, cluster: status.clusterId }, 1],
  ]),
  figure('build_wire_version', 'The newest version of the wire that this build speaks.', ['build'], ({ status }) =>
    status.build === undefined || status.speaks === undefined ? [] : [[{ build: status.build }, status.speaks.to]],
  ),
  figure('incarnation', 'How often a process has been started on this data folder.', [], ({ status }) => [
    [{}, status.incarnation],
  ]),
  figure(
    'clock_difference_seconds',
    'How far the wall clock of this machine is ahead of those of most voters; negative: behind.',
    ['from'],
    ({ status: { clock = null } }) => (clock === null ? [] : [[{ from: clock.from }, clock.byMillis / 1_000]]),
  ),
  figure(
    'certificate_remaining_days',
    'Time until the certificate of this process ends; negative: it has expired. Absent without TLS.',
    [],
    ({ certificateEnd, wall }) => (certificateEnd === undefined ? [] : [[{}, (certificateEnd - wall) / 86_400_000]]),
  ),
  figure('stopping', '1 while the process drains before it ends.', [], ({ isStopping }) => [[{}, Number(isStopping)]]),
  ofGroups('role', '1 for the role of this replica in its group, 0 for the others.', ['group', 'role'], (group, name) =>
    ROLES.map((role) => [{ group: name, role }, Number(group.role === role)]),
  ),
  ofGroups('epoch', 'The counter of the newest epoch promised.', ['group'], ({ epoch }, group) => [
    [{ group }, Number(epoch.split('.', 1)[0])],
  ]),
  ofGroups('primary_known', '1 while this replica knows the primary of its epoch.', ['group'], (status, group) => [
    [{ group }, Number(status.primary !== null)],
  ]),
  ofGroups('log_last', 'The index of the last entry of the log.', ['group'], ({ last }, group) => [[{ group }, last]]),
  ofGroups('commit', 'The index up to which entries are visible.', ['group'], ({ commit }, group) => [
    [{ group }, commit],
  ]),
  ofGroups('applied', 'The index up to which entries are applied.', ['group'], ({ applied }, group) =>
    applied === null ? [] : [[{ group }, applied]],
  ),
  ofGroups('version', 'The version of the code that the next entry is applied by.', ['group'], ({ code }, group) =>
    code ? [[{ group }, code.active]] : [],
  ),
  ofGroups('newest_code', 'The newest version of the code that this build has.', ['group'], ({ code }, group) =>
    code ? [[{ group }, code.newest]] : [],
  ),
  ofGroups(
    'mute',
    '1 while this build lacks code that its log needs: it answers nothing.',
    ['group'],
    ({ code }, group) => (code ? [[{ group }, Number(code.lacks !== null)]] : []),
  ),
  ofGroups(
    'version_awaits',
    'Data servers whose build is waited for before the next version is activated; said by the primary.',
    ['group'],
    ({ code }, group) => (code?.awaits ? [[{ group }, code.awaits.length]] : []),
  ),
  ofGroups(
    'migration_failed',
    '1 while this primary does not activate the next version, because its migration fails; said by the primary.',
    ['group'],
    ({ code, role }, group) =>
      code && role === 'primary' ? [[{ group }, Number(typeof code.migrationFailed === 'string')]] : [],
  ),
  ofGroups(
    'read_only',
    '1 while writes that need room are refused: a disk, memory or the quota of the state is nearly full.',
    ['group'],
    ({ readOnly = [] }, group) => [[{ group }, Number(readOnly.length > 0)]],
  ),
  ofGroups('state_bytes', 'The state, as in a snapshot.', ['group'], ({ stateSize = null }, group) =>
    stateSize === null ? [] : [[{ group }, stateSize]],
  ),
  ofGroups('votes', 'Votes in the newest configuration of the log.', ['group', 'kind'], ({ members }, group) =>
    (['data', 'witness'] as const).map((kind) => [
      { group, kind },
      members.reduce((sum, member) => sum + (member.kind === kind ? member.votes : 0), 0),
    ]),
  ),
  ofGroups('learners', 'Data servers without a vote in the newest configuration.', ['group'], ({ members }, group) => [
    [{ group }, members.filter(({ kind, voter }) => kind === 'data' && !voter).length],
  ]),
  ofGroups('peer_lag', 'Entries a member lacks; said by the primary.', ['group', 'peer'], ({ members }, group) =>
    members.flatMap(({ node, lag }) => (lag === null ? [] : [[{ group, peer: node }, lag]])),
  ),
  ofGroups(
    'peer_silent_seconds',
    'Time since a member was heard; said by the primary.',
    ['group', 'peer'],
    ({ members }, group) =>
      members.flatMap(({ node, silentFor }) =>
        silentFor === null ? [] : [[{ group, peer: node }, silentFor / 1_000]],
      ),
  ),
  ofGroups(
    'peer_clock_difference_seconds',
    "How far a member's wall clock is ahead of those of most voters; said by the primary.",
    ['group', 'peer'],
    ({ members }, group) =>
      members.flatMap(({ node, clockAhead = null }) =>
        clockAhead === null ? [] : [[{ group, peer: node }, clockAhead / 1_000]],
      ),
  ),
  ofReplicas('uncommitted_entries', 'Entries of the log that are not visible yet.', ['group'], (replica, group) => [
    [{ group }, lastIndex(replica.log) - replica.commit],
  ]),
  ofReplicas(
    'diverged',
    '1 while the state of this replica is known to differ from what it should be: it answers nothing.',
    ['group'],
    ({ machine, diverged }, group) => (machine === undefined ? [] : [[{ group }, Number(diverged !== undefined)]]),
  ),
  ofReplicas('pending_writes', 'Writes that wait at the primary for their outcome.', ['group'], ({ leading }, group) =>
    leading === undefined ? [] : [[{ group }, leading.pending.size]],
  ),
  ofReplicas(
    'held_writes',
    'Writes and calls that wait for a transfer of leadership.',
    ['group'],
    ({ leading }, group) => (leading === undefined ? [] : [[{ group }, leading.transfer?.held.length ?? 0]]),
  ),
  ofReplicas('waiting_reads', 'Reads that wait for an index or for a proof.', ['group'], (replica, group) => [
    [{ group }, replica.reads.length + proving(replica)],
  ]),
  ofMachines(
    'remembered_results',
    'Results kept by uuid, so that nothing is done twice.',
    ['group'],
    (machine, group) => [[{ group }, machine.results.size]],
  ),
  ofMachines(
    'write_sessions',
    'Write sessions of front ends, which number writes without a key: 256 at most.',
    ['group'],
    (machine, group) => [[{ group }, sessionsOf(machine).size]],
  ),
  ofMachines(
    'remembered_numbers',
    'Results kept of writes without a key, until their front ends have them.',
    ['group'],
    (machine, group) => [[{ group }, slotResults(machine)]],
  ),
  ofMachines('pending_calls', 'Calls to another group without an outcome.', ['group', 'to'], ({ outgoing }, group) =>
    [...outgoing].map(([to, { pending }]) => [{ group, to }, pending.size]),
  ),
  ofMachines(
    'oldest_call_seconds',
    'Age of the oldest call without an outcome, by the wall time of the write that made it; 0 where there is none.',
    ['group', 'to'],
    (machine, group, { wall }) =>
      [...machine.outgoing].map(([to, calls]) => [{ group, to }, ageOfOldest(machine, calls, wall)]),
  ),
  figure('outbox_operations', 'Changes of the log that wait for the disk to be free.', ['group'], ({ host }) =>
    Object.entries(host.slots).map(([group, { outbox }]) => [{ group }, outbox.next.operations.length]),
  ),
  figure('outbox_effects', 'Messages that wait for what is on its way to the disk.', ['group'], ({ host }) =>
    Object.entries(host.slots).map(([group, { outbox }]) => [
      { group },
      (outbox.writing?.length ?? 0) + outbox.next.then.length,
    ]),
  ),
  figure('held_requests', 'Requests that a front end holds for an answer.', [], ({ status }) =>
    status.frontEnd === null ? [] : [[{}, status.frontEnd.held]],
  ),
  figure('front_end_primary_known', '1 while the front end knows the primary.', ['group'], ({ status }) =>
    Object.entries(status.frontEnd?.primaries ?? {}).map(([group, { primary }]) => [
      { group },
      Number(primary !== null),
    ]),
  ),
  figure('cache_items', 'Answers that a front end keeps.', [], ({ host }) =>
    host.frontEnd === undefined ? [] : [[{}, host.frontEnd.cache.items.size]],
  ),
  ofReplicas(
    'watchers',
    'Front ends that keep answers of the group; said by the primary.',
    ['group'],
    (replica, group) => (replica.leading === undefined ? [] : [[{ group }, replica.leading.watchers.length]]),
  ),
  figure('directory', 'Known nodes.', ['kind', 'standing'], ({ status }) =>
    KINDS.flatMap((kind) =>
      LIFECYCLES.map((standing) => [
        { kind, standing },
        status.directory.filter((row) => row.kind === kind && row.standing === standing).length,
      ]),
    ),
  ),
  figure('unreachable', 'Members not heard of for `unreachableAfter`.', [], ({ status }) => [
    [{}, status.directory.filter(({ standing, reachable }) => standing === 'member' && !reachable).length],
  ]),
  figure('link_open', '1 while the link by which a node hears this one is open.', ['peer'], ({ status }) =>
    Object.entries(status.links).map(([peer, state]) => [{ peer }, Number(state === 'open')]),
  ),
  figure('peer_wire_version', 'The version of the wire spoken with a node.', ['peer', 'build'], ({ status }) =>
    Object.entries(status.peers ?? {}).map(([peer, { build, common }]) => [{ peer, build }, common]),
  ),
  figure('link_queue', 'Envelopes that wait for the link to a node.', ['peer'], ({ queued }) =>
    Object.entries(queued).map(([peer, count]) => [{ peer }, count]),
  ),
];

/** Counters of the front end's cache since it started. */
export const CACHE_COUNTS: readonly FigureKind[] = [
  ofCache('hits', 'Reads that were answered from the cache.'),
  ofCache('misses', 'Reads that might have been, and were not.'),
  ofCache('evictions', 'Kept answers dropped for want of room.'),
  ofCache('invalidations', 'Kept answers dropped because their group changed, or may have.'),
];

/** Samples the process now. */
export function sampleOf(view: ProcessView, certificateEnd: number | undefined): Sample {
  return {
    status: view.status(),
    host: view.host(),
    queued: view.queued(),
    isStopping: view.isStopping(),
    wall: Date.now(),
    certificateEnd,
  };
}

function figure(
  name: string,
  help: string,
  labels: readonly string[],
  read: (sample: Sample) => readonly Figure[],
): FigureKind {
  return { name: `understudy_${name}`, help, labels, read };
}

function ofCache(name: 'hits' | 'misses' | 'evictions' | 'invalidations', help: string): FigureKind {
  return figure(`cache_${name}`, help, [], ({ host }) =>
    host.frontEnd === undefined ? [] : [[{}, host.frontEnd.cache[name]]],
  );
}

function ofGroups(
  name: string,
  help: string,
  labels: readonly string[],
  read: (group: GroupStatus, name: string) => readonly Figure[],
): FigureKind {
  return figure(name, help, labels, ({ status }) =>
    Object.entries(status.groups).flatMap(([group, found]) => read(found, group)),
  );
}

function ofReplicas(
  name: string,
  help: string,
  labels: readonly string[],
  read: (replica: Replica, group: string, sample: Sample) => readonly Figure[],
): FigureKind {
  return figure(name, help, labels, (sample) =>
    Object.entries(sample.host.slots).flatMap(([group, { replica }]) => read(replica, group, sample)),
  );
}

function ofMachines(
  name: string,
  help: string,
  labels: readonly string[],
  read: (machine: Machine, group: string, sample: Sample) => readonly Figure[],
): FigureKind {
  return ofReplicas(name, help, labels, ({ machine }, group, sample) =>
    machine === undefined ? [] : read(machine, group, sample),
  );
}

function proving({ leading }: Replica): number {
  return (leading?.round?.reads.length ?? 0) + (leading?.nextRound.length ?? 0);
}

/**
 * Age of the oldest pending call in seconds. The machine keeps the write that made a call, with the wall time of its
 * entry, until the call is settled.
 */
function ageOfOldest(machine: Machine, { pending, settled, last }: OutgoingCalls, wall: number): number {
  for (let number = settled + 1; number <= last; number += 1) {
    const call = pending.get(number);
    const made = call === undefined ? undefined : resultOf(machine, { uuid: call.origin, slot: call.slot });
    if (made !== undefined) return Math.max(0, (wall - made.wall) / 1_000);
  }
  return 0;
}
