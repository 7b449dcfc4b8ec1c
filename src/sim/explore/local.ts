import type { HostAction, HostInput, HostNote } from '../../host/host-io.ts';
import { type Host, stepHost } from '../../host/host.ts';
import type { Unit } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { NO_EPOCH, type NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import type { Build } from '../plan/plan.ts';
import { type MessageFilter, spend, type Spent } from './bounds.ts';
import { canonicalAfter, canonicalMessage } from './canonical.ts';
import { beginWrite, type DiskValue, endSave, endWrite, loseLastEntry, storedIn } from './disk-value.ts';
import { SAYS_NOTHING } from './in-flight.ts';
import { MOMENT } from './ticks.ts';

/** One node: its process, the build that it runs, and the disk of each of its replicas. */
export interface Local {
  readonly build: Build;
  readonly host: Host;
  readonly disks: Readonly<Record<GroupName, DiskValue>>;
}

/** An event at one node. */
export type LocalEvent =
  | { readonly type: 'deliver'; readonly envelope: Envelope }
  /** A due timer fires. */
  | { readonly type: 'wake' }
  /** A pending write, or a pending snapshot, completes. */
  | { readonly type: 'written'; readonly group: GroupName }
  | { readonly type: 'saved'; readonly group: GroupName }
  /**
   * The process crashes and restarts. The disk keeps so many records of each pending write, and the snapshot or not.
   * `build` where the node has several.
   */
  | {
      readonly type: 'reboot';
      readonly kept: number;
      readonly savedToo: boolean;
      readonly build?: Build | undefined;
    }
  /** The process crashes, its disk loses the last entry of the log, and it restarts. */
  | { readonly type: 'lose-record'; readonly group: GroupName }
  | { readonly type: 'hint'; readonly nodeId: NodeId }
  /** A sign of life of a peer: one of the messages that the lean filter drops (message-filter.ts). */
  | { readonly type: 'nudge'; readonly group: GroupName; readonly from: NodeId };

/** One step of a replica, as the judges see it. */
export interface SeenStep {
  readonly group: GroupName;
  /** Undefined at the beginning of a life. */
  readonly before: Replica | undefined;
  readonly after: Replica;
  /** The node's disks at that time. */
  readonly disks: Local['disks'];
}

/** The outcome of an event. */
export interface Happened {
  readonly after: Local;
  /** For other nodes of the model, in order. */
  readonly sent: readonly { readonly envelope: Envelope; readonly disks: Local['disks'] }[];
  readonly steps: readonly SeenStep[];
  readonly notes: readonly { readonly unit: Unit; readonly note: HostNote }[];
  readonly spent: Spent;
  /** The assertion that failed. */
  readonly broken: string | undefined;
}

/**
 * All outcomes of `event` at a node: one, and more where a write begins, which completes at once or (if the bounds
 * allow slow writes) later.
 */
export function happen(
  { blankOf, slow, messageFilter }: LocalRules,
  local: Local,
  event: LocalEvent,
): readonly Happened[] {
  const run: Run = {
    host: local.host,
    build: local.build,
    disks: local.disks,
    sent: [],
    steps: [],
    notes: [],
    begun: [],
    spent: 0,
    broken: undefined,
  };
  begin(run, blankOf, local, event);
  if (messageFilter === 'lean') encourage(run);
  return settle(run, slow).map(({ host, build, disks, sent, steps, notes, spent, broken }) => {
    return { after: { host: canonicalAfter(local.host, host), build, disks }, sent, steps, notes, spent, broken };
  });
}

/** The node with that build, before it has read its disks. */
type BlankOf = (build: Build) => Host;

export interface LocalRules {
  readonly blankOf: BlankOf;
  readonly slow: boolean;
  readonly messageFilter: MessageFilter;
}

interface Run {
  host: Host;
  build: Build;
  disks: Local['disks'];
  readonly sent: { readonly envelope: Envelope; readonly disks: Local['disks'] }[];
  readonly steps: SeenStep[];
  readonly notes: { readonly unit: Unit; readonly note: HostNote }[];
  /** Writes and snapshots that have begun and neither completed nor become slow. */
  readonly begun: { readonly type: 'written' | 'saved'; readonly group: GroupName }[];
  spent: Spent;
  broken: string | undefined;
}

function begin(run: Run, blankOf: BlankOf, local: Local, event: LocalEvent): void {
  switch (event.type) {
    case 'deliver':
      return feed(run, { type: 'envelope', envelope: event.envelope });
    case 'wake':
      return feed(run, event);
    case 'hint':
      run.spent += spend('hints');
      return feed(run, { type: 'suspected', nodeId: event.nodeId });
    case 'nudge': {
      const { group, from } = event;
      const to = { node: local.host.nodeId, unit: group };
      return feed(run, {
        type: 'envelope',
        envelope: { from: { node: from, unit: group }, to, message: SAYS_NOTHING },
      });
    }
    case 'written':
    case 'saved':
      return finish(run, event);
    case 'reboot':
      run.spent += spend('reboots');
      run.build = event.build ?? run.build;
      return reboot(run, blankOf, (disk) => endSave(endWrite(disk, event.kept), event.savedToo));
    case 'lose-record':
      run.spent += spend('losses');
      return reboot(run, blankOf, (disk, group) => {
        const left = endSave(endWrite(disk, 0), false);
        return group === event.group ? loseLastEntry(left) : left;
      });
    default:
      return unreachable(event);
  }
}

/** The process crashes, which leaves `after` of each disk, and restarts. */
function reboot(run: Run, blankOf: BlankOf, after: (disk: DiskValue, group: GroupName) => DiskValue): void {
  run.host = blankOf(run.build);
  for (const [group, disk] of Object.entries(run.disks)) setDisk(run, group, after(disk, group));
  for (const [group, disk] of Object.entries(run.disks)) {
    feed(run, { type: 'recovered', unit: group, stored: storedIn(disk) }, true);
  }
}

/** Answers every candidate's ELECTION with `ok` (see message-filter.ts). */
function encourage(run: Run): void {
  for (const [group, { replica }] of Object.entries(run.host.slots)) {
    const voters = replica.election.phase.type === 'asking' ? configurationOfLog(replica.log).voters : [];
    for (const { nodeId } of voters) {
      const election = run.host.slots[group]?.replica.election;
      if (election?.phase.type !== 'asking' || nodeId === run.host.nodeId) continue;
      const message = { type: 'answer', round: election.round, verdict: 'ok', promised: NO_EPOCH } as const;
      const address = { node: run.host.nodeId, unit: group };
      feed(run, { type: 'envelope', envelope: { from: { node: nodeId, unit: group }, to: address, message } });
    }
    const slot = run.host.slots[group];
    if (slot === undefined || slot.replica.election.round === 0) continue;
    // No answer that names a round is in flight.
    const election = { ...slot.replica.election, round: 0 };
    run.host = {
      ...run.host,
      slots: { ...run.host.slots, [group]: { ...slot, replica: { ...slot.replica, election } } },
    };
  }
}

/** Completes every pending write at once, or leaves it pending. */
function settle(run: Run, slow: boolean): readonly Run[] {
  const begun = run.begun.shift();
  if (begun === undefined || run.broken !== undefined) return [run];
  const later = slow ? settle({ ...copy(run), spent: run.spent + spend('slowWrites') }, slow) : [];
  finish(run, begun);
  return [...settle(run, slow), ...later];
}

function copy(run: Run): Run {
  const { sent, steps, notes, begun } = run;
  return { ...run, sent: [...sent], steps: [...steps], notes: [...notes], begun: [...begun] };
}

function finish(run: Run, { type, group }: { readonly type: 'written' | 'saved'; readonly group: GroupName }): void {
  const disk = run.disks[group];
  if (disk === undefined) return;
  if (type === 'written') {
    setDisk(run, group, endWrite(disk));
    return feed(run, { type, unit: group });
  }
  const index = disk.saving?.base.index ?? 0;
  setDisk(run, group, endSave(disk, true));
  feed(run, { type, unit: group, index });
}

function feed(run: Run, input: HostInput, isNew = false): void {
  if (run.broken !== undefined) return;
  const before = run.host;
  try {
    const [host, actions] = stepHost(before, input, MOMENT);
    run.host = host;
    noteSteps(run, before, isNew);
    for (const action of actions) carryOut(run, action);
  } catch (error) {
    // A failed assertion ends a live process; here it is a finding.
    run.broken = error instanceof Error ? `${error.name}: ${error.message}` : 'threw';
  }
}

function noteSteps(run: Run, before: Host, isNew: boolean): void {
  for (const [group, { replica }] of Object.entries(run.host.slots)) {
    const known = before.slots[group]?.replica;
    if (known !== replica)
      run.steps.push({ group, before: isNew ? undefined : known, after: replica, disks: run.disks });
  }
}

function carryOut(run: Run, action: HostAction): void {
  switch (action.type) {
    case 'write': {
      const disk = run.disks[action.unit];
      if (disk !== undefined) setDisk(run, action.unit, beginWrite(disk, action.operations));
      run.begun.push({ type: 'written', group: action.unit });
      return;
    }
    case 'save': {
      const disk = run.disks[action.unit];
      if (disk !== undefined) setDisk(run, action.unit, { ...disk, saving: action.snapshot });
      run.begun.push({ type: 'saved', group: action.unit });
      return;
    }
    case 'send': {
      const { from, to, message } = action.envelope;
      run.sent.push({ envelope: { from, to, message: canonicalMessage(message) }, disks: run.disks });
      return;
    }
    case 'note':
      run.notes.push({ unit: action.unit, note: action.note });
      run.spent += priceOf(action.note);
      return;
    // No model has its states compared: `compareEvery` is never.
    case 'hash':
    case 'respond':
    case 'part':
    case 'abort':
    case 'known':
    case 'claimed':
    case 'dismissed':
      return;
    default:
      unreachable(action);
  }
}

function priceOf({ type }: HostNote): Spent {
  if (type === 'campaigns') return spend('campaigns');
  return type === 'proposes' ? spend('changes') : 0;
}

function setDisk(run: Run, group: GroupName, disk: DiskValue): void {
  run.disks = { ...run.disks, [group]: disk };
}
