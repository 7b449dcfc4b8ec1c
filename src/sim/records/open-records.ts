import type { HostAction, HostInput } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import { noteLine } from '../../host/note-line.ts';
import type { RecordedStep } from '../../host/record.ts';
import { createReplay, type Difference, type Replay } from '../../host/replay.ts';
import { FRONT_END, GOSSIP } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { DiskOperation } from '../../protocol/model/effects.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { deepFreeze } from '../../protocol/model/freeze.ts';
import type { Service } from '../../service/service.ts';
import { createRecorder, type Recorder, type Recording } from '../recording/recording.ts';
import { type NodeView, replicaView, type RunView, sentView } from '../verdict/view.ts';
import { recordedStep } from '../world/record-world.ts';
import type { LifeRecord } from './life-record.ts';
import { recordedClients } from './recorded-clients.ts';
import { recordedMessages, withLosses } from './recorded-messages.ts';

/** The records of processes, done again step by step in the order of their clocks. */
export interface OpenRecords {
  /** Steps of all processes, and those that are done. */
  readonly steps: number;
  readonly done: number;
  /** Where a process did something else than its record says, such as one of another release. Its later steps are left out. */
  readonly differences: readonly RecordDifference[];
  /** Does steps up to that one, or to the last. */
  advanceTo(step: number): void;
  /** What was done from step `recordFrom` on. */
  recording(): Recording;
  /** The state of every process now: frozen plain data. */
  view(): RunView;
}

interface RecordDifference {
  readonly node: NodeId;
  readonly life: number;
  readonly difference: Difference;
}

export interface RecordsOptions {
  /** Services that a record may name. */
  readonly services: readonly Service[];
  /** The first step that is recorded; undefined: none is. */
  readonly recordFrom?: number;
}

/** One life, as far as it is done. */
interface Life {
  readonly node: NodeId;
  readonly life: number;
  readonly record: LifeRecord;
  readonly replay: Replay;
  /** What is added to its clock to have the wall clock at its start. */
  readonly base: number;
  readonly endsAt: number;
  place: number;
  /** At the end of the records a process runs on, as far as they tell. */
  state: 'not begun' | 'runs' | 'over';
  /** By group: where the log on the disk ends, and the write under way. */
  readonly disks: Map<GroupName, { durable: number; writing: readonly DiskOperation[] | undefined }>;
}

/** Clocks of processes may differ by so much, in milliseconds: nothing arrives before it was sent. */
const SKEW = 20;

/** A process whose record ends so long before the last one, in milliseconds, has ended. */
const SILENT_FOR = 1_000;

/** Throws a `RangeError` for records of a service that is not there, or none at all. */
export function openRecords(records: readonly LifeRecord[], { services, recordFrom }: RecordsOptions): OpenRecords {
  const lives = records.map((record) => lifeOf(record, services));
  const [first] = [...lives].sort((a, b) => startOf(a) - startOf(b));
  if (first === undefined) throw new RangeError('there is no record of a process');
  const recorded = new Set(lives.map(({ node }) => node));
  const messages = recordedMessages((node) => recorded.has(node));
  const clients = recordedClients();
  const differences: RecordDifference[] = [];
  const endsAt = Math.max(...lives.map((life) => life.endsAt));
  const zero = startOf(first);
  const steps = lives.reduce((sum, { record }) => sum + record.steps.length, 0);
  let done = 0;
  let now = 0;
  let recorder: Recorder | undefined;
  let sent: readonly Envelope[] = [];

  const finish = (life: Life, isKnown: boolean): void => {
    const isFollowed = lives.some((other) => other.node === life.node && other.life > life.life);
    const hasThrown = life.record.steps.at(-1)?.actions === null;
    if (isKnown && !isFollowed && !hasThrown && endsAt - life.endsAt < SILENT_FOR) return;
    life.state = 'over';
    clients.lostAll(recorder, life.node);
    recorder?.put({ type: 'crashed', node: life.node });
  };

  const begin = (life: Life): void => {
    life.state = 'runs';
    recorder?.put({ type: 'started', node: life.node, life: life.life });
  };

  const advance = (): boolean => {
    const life = nextOf(lives, (envelope) => messages.isSent(envelope), recorded);
    const step = life?.record.steps[life.place];
    if (life === undefined || step === undefined) return false;
    done += 1;
    now = Math.max(now + 1, Math.round((life.base + step.now.millis - zero) * 1_000));
    if (recorder === undefined && recordFrom !== undefined && done >= recordFrom) {
      recorder = createRecorder(
        () => now,
        () => done,
      );
      for (const one of lives) if (one.state === 'runs') recordSoFar(recorder, one);
    }
    if (life.state === 'not begun') begin(life);
    hear(life, step.input);
    const before = life.replay.host();
    const difference = life.replay.take(step);
    life.place += 1;
    if (difference === undefined) {
      recordChanges(recorder, life, before);
      const actions = life.replay.actions();
      sent = actions.flatMap((action) => (action.type === 'send' ? [action.envelope] : []));
      for (const action of actions) carryOut(life, action);
    } else {
      sent = [];
      differences.push({ node: life.node, life: life.life, difference });
      life.place = life.record.steps.length;
    }
    if (life.place >= life.record.steps.length) finish(life, difference === undefined);
    return true;
  };

  const hear = ({ node, disks }: Life, input: HostInput): void => {
    switch (input.type) {
      case 'recovered': {
        const { entries, snapshot } = input.stored;
        const durable = entries.at(-1)?.index ?? snapshot?.base.index ?? 0;
        disks.set(input.unit, { durable, writing: undefined });
        return;
      }
      case 'envelope':
        return messages.arrived(recorder, input.envelope);
      case 'requests':
        for (const request of input.requests) clients.asked(recorder, node, request);
        return;
      case 'gone':
        return clients.lost(recorder, node, input.id);
      case 'written': {
        const disk = disks.get(input.unit);
        const durable = endAfter(disk?.durable ?? 0, disk?.writing ?? []);
        disks.set(input.unit, { durable, writing: undefined });
        recorder?.put({ type: 'written', node, group: input.unit, index: durable });
        return;
      }
      case 'saved':
        recorder?.put({ type: 'saved', node, group: input.unit, index: input.index });
        return;
      case 'started':
      case 'taken':
      case 'hashed':
      case 'suspected':
      case 'backlog':
      case 'short':
      case 'outlived':
      case 'order':
      case 'wake':
        return;
      default:
        unreachable(input);
    }
  };

  const heads = new Map<string, { status: number; body: string }>();
  const carryOut = ({ node, disks }: Life, action: HostAction): void => {
    switch (action.type) {
      case 'write':
        disks.set(action.unit, { durable: disks.get(action.unit)?.durable ?? 0, writing: action.operations });
        recorder?.put({ type: 'writes', node, group: action.unit, records: action.operations.length });
        return;
      case 'send':
        return messages.sent(recorder, action.envelope);
      case 'respond':
        return clients.answered(recorder, node, action.id, action.response);
      case 'part': {
        const key = `${node} ${action.id}`;
        const begun = heads.get(key) ?? { status: action.head?.status ?? 200, body: '' };
        heads.delete(key);
        const whole = { ...begun, body: begun.body + action.text };
        if (action.isLast) clients.answered(recorder, node, action.id, whole);
        else heads.set(key, whole);
        return;
      }
      case 'abort':
        return clients.lost(recorder, node, action.id);
      case 'note': {
        const { unit, note } = action;
        recorder?.put({ type: 'note', node, unit, note: note.type, text: noteLine(unit, note).line });
        return;
      }
      case 'dismissed':
        recorder?.put({
          type: 'note',
          node,
          unit: '',
          note: 'dismissed',
          text: `ends, for it was ${action.reason}`,
        });
        return;
      case 'save':
      case 'hash':
      case 'known':
      case 'claimed':
        return;
      default:
        unreachable(action);
    }
  };

  return {
    steps,
    get done() {
      return done;
    },
    differences,
    advanceTo(step) {
      while (done < step && advance());
    },
    recording() {
      const { servers, frontEnds } = membersOf(lives);
      return {
        version: 1,
        name: undefined,
        seed: 0,
        digest: '',
        servers,
        frontEnds,
        clients: clients.names,
        groups: first.record.header.plan.topology.groups,
        endedAt: now,
        events: withLosses(recorder?.events ?? [], now),
      };
    },
    view: () => deepFreeze({ event: done, at: now, nodes: viewsOf(lives), sent: sent.map(sentView) }),
  };
}

function lifeOf(record: LifeRecord, services: readonly Service[]): Life {
  const { header, steps } = record;
  const service = services.find(({ name }) => name === header.service);
  if (service === undefined) throw new RangeError(`this is the record of a service called ${header.service}`);
  const [first] = steps;
  const base = first === undefined ? 0 : first.now.wall - first.now.millis;
  return {
    node: header.plan.self.nodeId,
    life: header.incarnation,
    record,
    replay: createReplay(header, service),
    base,
    endsAt: base + (steps.at(-1)?.now.millis ?? 0),
    place: 0,
    state: steps.length === 0 ? 'over' : 'not begun',
    disks: new Map(),
  };
}

function startOf({ base, record }: Life): number {
  return base + (record.steps[0]?.now.millis ?? Infinity);
}

/** The life whose step is next: the earliest, unless it hears what another one has still to say. */
function nextOf(
  lives: readonly Life[],
  isSent: (envelope: Envelope) => boolean,
  recorded: ReadonlySet<NodeId>,
): Life | undefined {
  const due = lives.flatMap((life) => {
    const step = life.record.steps[life.place];
    return step === undefined ? [] : [{ life, step, at: life.base + step.now.millis }];
  });
  due.sort((a, b) => a.at - b.at);
  const limit = (due[0]?.at ?? 0) + SKEW;
  const ready = due.find(({ at, step }) => at <= limit && isReady(step));
  return (ready ?? due[0])?.life;

  function isReady({ input }: RecordedStep): boolean {
    return input.type !== 'envelope' || !recorded.has(input.envelope.from.node) || isSent(input.envelope);
  }
}

/** What a step changed in the replicas of a process. */
function recordChanges(recorder: Recorder | undefined, { node, replay }: Life, before: Host): void {
  if (recorder === undefined) return;
  for (const [group, { replica }] of Object.entries(replay.host().slots)) {
    const was = before.slots[group]?.replica;
    if (replica === was || replica.incarnation === 0) continue;
    recordedStep(recorder, node, group, was?.incarnation === 0 ? undefined : was, replica);
  }
}

/** A process that ran before the recording begins, as it is. */
function recordSoFar(recorder: Recorder, { node, life, replay, disks }: Life): void {
  recorder.put({ type: 'started', node, life });
  for (const [group, { replica }] of Object.entries(replay.host().slots)) {
    if (replica.incarnation === 0) continue;
    recordedStep(recorder, node, group, undefined, replica);
    recorder.put({ type: 'written', node, group, index: disks.get(group)?.durable ?? 0 });
  }
}

/** Where the log on a disk ends once these are durable. */
function endAfter(end: number, operations: readonly DiskOperation[]): number {
  let after = end;
  for (const operation of operations) {
    if (operation.type === 'append') after = operation.entries.at(-1)?.index ?? after;
    else if (operation.type === 'truncate') after = Math.min(after, operation.from - 1);
    else if (operation.type === 'install') after = operation.snapshot.base.index;
  }
  return after;
}

/** The nodes that the records name: those of the first configurations, those recorded, and those they speak with. */
function membersOf(lives: readonly Life[]): {
  readonly servers: readonly NodeId[];
  readonly frontEnds: readonly NodeId[];
} {
  const servers = new Set<NodeId>();
  const frontEnds = new Set<NodeId>();
  for (const { record } of lives) {
    const { topology, self } = record.header.plan;
    for (const server of topology.servers) servers.add(server);
    for (const frontEnd of topology.frontEnds) frontEnds.add(frontEnd);
    (self.kind === 'server' ? servers : frontEnds).add(self.nodeId);
  }
  for (const { record } of lives) {
    for (const { input } of record.steps) {
      if (input.type !== 'envelope') continue;
      const { node, unit } = input.envelope.from;
      if (unit === GOSSIP || servers.has(node) || frontEnds.has(node)) continue;
      (unit === FRONT_END ? frontEnds : servers).add(node);
    }
  }
  return { servers: [...servers].sort(byName), frontEnds: [...frontEnds].sort(byName) };
}

function byName(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** Of each node the newest life that has begun. */
function viewsOf(lives: readonly Life[]): readonly NodeView[] {
  const newest = new Map<NodeId, Life>();
  for (const life of lives) {
    const known = newest.get(life.node);
    if (life.place > 0 && (known === undefined || known.life < life.life)) newest.set(life.node, life);
  }
  return [...newest.values()].map(({ node, life, record, replay, state, disks }): NodeView => {
    const groups = Object.entries(replay.host().slots).map(([group, slot]) =>
      replicaView(group, slot, disks.get(group) ?? { durable: 0, writing: undefined }),
    );
    const { kind } = record.header.plan.self;
    return {
      node,
      kind: kind === 'server' ? 'server' : 'front end',
      state: state === 'over' ? 'is down' : 'runs',
      life,
      groups,
    };
  });
}
