import { type Host, hostWakeAt } from '../../host/host.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Build } from '../plan/plan.ts';
import type { MessageFilter, Spent } from './bounds.ts';
import { canonicalHost } from './canonical.ts';
import { lastEntry } from './disk-value.ts';
import { createIntern, type Intern } from './intern.ts';
import { isWeighty, judgeLocally, lostFromDisk, type Wrong } from './judge-local.ts';
import { happen, type Happened, type Local, type LocalEvent, type SeenStep } from './local.ts';
import { horizonsOf, isDead, passes } from './message-filter.ts';
import { blankHost, buildsOf, type Model, nodesOf } from './model.ts';
import { NOW } from './ticks.ts';

/** An outcome of an event at a node in one local state, worked out once and used in every state it occurs in. */
export interface StepOutcome {
  /** Counted at the node. */
  readonly number: number;
  /** Ticks that pass at the node before. */
  readonly ticks: number;
  /** The local state after those ticks. */
  readonly aged: number;
  readonly event: LocalEvent;
  readonly after: number;
  /** Packets sent, each once. */
  readonly sent: readonly number[];
  readonly spent: Spent;
  readonly steps: readonly SeenStep[];
  readonly lost: ReturnType<typeof lostFromDisk>;
  readonly notes: Happened['notes'];
  readonly wrong: Wrong | undefined;
}

/** The local states of one node, numbered, and the outcomes possible in each. */
export interface LocalTable {
  readonly size: number;
  /** The node in its first build, before it has read its disks. */
  readonly blank: Host;
  numberOf(local: Local): number;
  at(number: number): Local;
  /** The number of what its disks hold. */
  disksOf(local: number): number;
  /** The number of the local state's horizon: states with equal horizons ignore the same packets. */
  horizonOf(local: number): number;
  /** Whether a packet is ignored at that horizon. */
  isDead(packet: number, horizon: number): boolean;
  /** The outcomes of a packet; none if it changes nothing and is not answered. */
  delivered(local: number, packet: number): readonly StepOutcome[];
  /** The same before any tick, and not memoised: for a message that is checked once. */
  deliveredNow(local: number, envelope: Envelope): readonly StepOutcome[];
  /** The outcomes without a packet: clock, timer, disk, crash, hints. */
  alone(local: number): readonly StepOutcome[];
  /** Of those, what a due timer does. */
  woken(local: number): readonly StepOutcome[];
}

/** Packets: everything that is ever sent between nodes of the model, numbered. */
export function createPackets(): Intern<Envelope> {
  return createIntern((envelope) => envelope);
}

export function createLocalTable(
  model: Model,
  node: NodeId,
  packets: Intern<Envelope>,
  planted: ReadonlySet<PlantedBug>,
  messageFilter: MessageFilter,
): LocalTable {
  const nodes = nodesOf(model);
  const hasHints = model.bounds.hints > 0;
  const slow = model.bounds.slowWrites > 0;
  const forgets = model.bounds.losses > 0;
  const tellsCode = model.builds?.[node] !== undefined;
  const builds = buildsOf(model, node);
  const blanks = builds.map((build) => blankHost(model, node, planted, build));
  const [blank = blankHost(model, node, planted, builds[0])] = blanks;
  const blankOf = ({ oldest, newest }: Build): Host =>
    blanks[builds.findIndex((build) => build.oldest === oldest && build.newest === newest)] ?? blank;
  const rules = { blankOf, slow, messageFilter };
  const locals = createIntern<Local>(({ host, build, disks }) => [
    Object.entries(host.slots).map(([group, { replica, outbox }]) => [group, replica, outbox]),
    disks,
    build,
  ]);
  const horizons = createIntern<ReturnType<typeof horizonsOf>>((horizon) => horizon);
  const horizonNumbers: number[] = [];
  const older: number[] = [];
  const contents = createIntern<Local['disks']>((disks) => disks);
  const contentNumbers: number[] = [];
  let count = 0;
  const deliveries: Map<number, readonly StepOutcome[]>[] = [];
  const alone: (readonly StepOutcome[])[] = [];
  const woken: (readonly StepOutcome[])[] = [];

  /** The packets that are sent, each once. */
  const sentIn = ({ sent }: Happened): readonly number[] => {
    const numbers: number[] = [];
    for (const { envelope } of sent) {
      const { to, message } = envelope;
      if (!nodes.includes(to.node) || !passes(messageFilter, message, tellsCode)) continue;
      const number = packets.numberOf(envelope);
      if (!numbers.includes(number)) numbers.push(number);
    }
    return numbers;
  };

  const olderOf = (local: number): number => {
    const { host, build, disks } = locals.at(local);
    return (older[local] ??= locals.numberOf({ host: canonicalHost(host, 1), build, disks }));
  };

  /** The local state, then the same one tick later, and so on until ticks change nothing any more. */
  const aged = (local: number): readonly number[] => {
    const ages = [local];
    for (let next = olderOf(local); !ages.includes(next); next = olderOf(next)) ages.push(next);
    return ages;
  };

  const outcomes = (
    ages: readonly number[],
    eventsOf: (before: Local) => readonly LocalEvent[],
  ): readonly StepOutcome[] => {
    const [local] = ages;
    const found = new Map<string, StepOutcome>();
    for (const [ticks, age] of ages.entries()) {
      const before = locals.at(age);
      for (const event of eventsOf(before)) {
        for (const happened of happen(rules, before, event)) {
          const { notes, spent } = happened;
          const sent = sentIn(happened);
          const after = locals.numberOf(happened.after);
          const key = `${after} ${spent} ${sent.join()} ${event.type === 'lose-record'}`;
          if (found.has(key)) continue;
          const wrong = judgeLocally(node, before, happened);
          // An outcome that changes nothing but the ticks is no transition: they may pass later as well.
          if (wrong === undefined && sent.length === 0 && (after === age || after === local)) continue;
          const steps = happened.steps.filter(isWeighty);
          const lost = lostFromDisk(before, happened.after);
          count += 1;
          found.set(key, { number: count, ticks, aged: age, event, after, sent, spent, steps, lost, notes, wrong });
        }
      }
    }
    return [...found.values()];
  };

  return {
    get size() {
      return locals.size;
    },
    blank,
    numberOf: (local) => locals.numberOf(local),
    at: (number) => locals.at(number),
    disksOf: (local) => (contentNumbers[local] ??= contents.numberOf(locals.at(local).disks)),
    horizonOf: (local) => (horizonNumbers[local] ??= horizons.numberOf(horizonsOf(locals.at(local)))),
    isDead(packet, horizon) {
      const { to, message } = packets.at(packet);
      const known = horizons.at(horizon)[to.unit];
      return known !== undefined && isDead(message, known);
    },
    delivered(local, packet) {
      const known = (deliveries[local] ??= new Map()).get(packet);
      if (known !== undefined) return known;
      const event = { type: 'deliver', envelope: packets.at(packet) } as const;
      const made = outcomes(aged(local), () => [event]);
      deliveries[local]?.set(packet, made);
      return made;
    },
    deliveredNow(local, envelope) {
      return outcomes([local], () => [{ type: 'deliver', envelope }]);
    },
    woken: (local) => (woken[local] ??= outcomes(aged(local), timersOf)),
    alone(local) {
      const hinted = hasHints ? nodes.filter((at) => at !== node) : [];
      return (alone[local] ??= outcomes(aged(local), (before) => [
        ...eventsAlone(before, hinted, builds),
        ...(forgets ? losses(before) : []),
        ...(messageFilter === 'lean' ? nudges(before, nodes) : []),
      ]));
    },
  };
}

function timersOf({ host }: Pick<Local, 'host'>): readonly LocalEvent[] {
  return (hostWakeAt(host) ?? Infinity) <= NOW ? [{ type: 'wake' }] : [];
}

/** Events without a packet. A crash keeps any number of the pending records, and the snapshot or not. */
function eventsAlone(
  { host, disks }: Local,
  hinted: readonly NodeId[],
  builds: readonly Build[],
): readonly LocalEvent[] {
  const events: LocalEvent[] = [...timersOf({ host })];
  let records = 0;
  let isSaving = false;
  for (const [group, { writing, saving }] of Object.entries(disks)) {
    if (writing !== undefined) events.push({ type: 'written', group });
    if (saving !== undefined) events.push({ type: 'saved', group });
    records = Math.max(records, writing?.length ?? 0);
    isSaving ||= saving !== undefined;
  }
  for (let kept = 0; kept <= records; kept += 1) {
    for (const savedToo of isSaving ? [false, true] : [false]) {
      const reboot = { type: 'reboot', kept, savedToo } as const;
      if (builds.length === 1) events.push(reboot);
      else for (const build of builds) events.push({ ...reboot, build });
    }
  }
  for (const nodeId of hinted) events.push({ type: 'hint', nodeId });
  return events;
}

function losses({ disks }: Local): readonly LocalEvent[] {
  return Object.entries(disks).flatMap(([group, disk]) =>
    lastEntry(disk) === undefined ? [] : [{ type: 'lose-record' as const, group }],
  );
}

/** The effects of messages that the lean filter drops: those on a primary, or on a suspicion of their sender. */
function nudges({ host }: Local, nodes: readonly NodeId[]): readonly LocalEvent[] {
  return Object.entries(host.slots).flatMap(([group, { replica }]) => {
    const { leading, election } = replica;
    const froms = nodes.filter(
      (node) => node !== host.nodeId && (leading !== undefined || election.suspected.includes(node)),
    );
    return froms.map((from): LocalEvent => ({ type: 'nudge', group, from }));
  });
}
