import type { GroupName } from '../../protocol/model/app.ts';
import { type Configuration, dataVoters, hasQuorum } from '../../protocol/model/configuration.ts';
import { compareLogEnds } from '../../protocol/model/epoch.ts';
import { configurationOfLog, logEnd } from '../../protocol/model/log.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import { lackedVersion } from '../../protocol/replica/ability.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import type { ReplicaSlot } from '../../host/host.ts';
import type { Wrong } from './judge-local.ts';
import { createLocalTable, createPackets, type StepOutcome } from './local-table.ts';
import type { Local } from './local.ts';
import { groupsAt, type Model, nodesOf } from './model.ts';
import { createStateTable } from './state-table.ts';

/**
 * Liveness as a predicate on states (PROTOCOL §11.2, §11.4): if nothing fails from here on, any quorum of the voters
 * with a data voter that is able for the newest log among them comes to serve. Everything in flight is lost, since it
 * may be. Judged by the nodes' local states alone, each combination of them once.
 *
 * It serves where a primary is able and its no-op is safe: to make it visible, the votes of silent servers may have to go
 * first, which is a matter of configurations (PROTOCOL §5.3). It comes to serve if it does for one of its data voters in this schedule: that voter's timers fire again and again,
 * and between any two everything arrives. The other's own timers never fire, so a primary that must hand over does so
 * by itself, or not at all.
 */
export function createRestJudge(
  model: Model,
  planted: ReadonlySet<PlantedBug>,
  localAt: (row: Int32Array, node: number) => Local,
): RestJudge {
  const nodes = nodesOf(model);
  // Tables of its own, in which every message arrives.
  const packets = createPackets();
  const patient = { ...model, settings: { ...model.settings, ...REST } };
  const tables = nodes.map((node) => createLocalTable(patient, node, packets, planted, 'full'));
  const packet = (number: number): Envelope => packets.at(number);
  const restingNumbers: number[][] = [];
  const slotOf = (locals: readonly number[], node: number, group: GroupName): ReplicaSlot | undefined =>
    tables[node]?.at(locals[node] ?? 0).host.slots[group];

  const serves = (locals: readonly number[], up: readonly number[], group: GroupName): boolean =>
    up.some((node) => {
      const slot = slotOf(locals, node, group);
      const leading = slot?.replica.leading;
      if (slot === undefined || leading === undefined || leading.transfer !== undefined) return false;
      return slot.replica.commit >= leading.first && lackedVersion(slot.app.app, slot.replica) === undefined;
    });

  const comesToServe = (begin: readonly number[], up: readonly number[], group: GroupName, waker: number): boolean => {
    const locals = [...begin];
    let inFlight: readonly number[] = [];
    const take = (node: number, outcome: StepOutcome): void => {
      locals[node] = outcome.after;
      const sent = outcome.sent.filter((number) => up.includes(nodes.indexOf(packet(number).to.node)));
      inFlight = [...new Set([...inFlight, ...sent])];
    };
    const settle = (): void => {
      for (let left = STEPS_AT_MOST; left > 0; left -= 1) {
        const [next, ...rest] = inFlight;
        if (next === undefined) return;
        inFlight = rest;
        const node = nodes.indexOf(packet(next).to.node);
        const outcomes = tables[node]?.delivered(locals[node] ?? 0, next) ?? [];
        // A voter refuses a candidate until a tick has passed since it heard its primary.
        const outcome = outcomes.find(({ sent }) => sent.some((number) => isConsent(packet(number)))) ?? outcomes[0];
        if (outcome !== undefined) take(node, outcome);
      }
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      settle();
      if (serves(locals, up, group)) return true;
      const acting = up.find((node) => slotOf(locals, node, group)?.replica.leading !== undefined) ?? waker;
      const [woken] = tables[acting]?.woken(locals[acting] ?? 0) ?? [];
      if (woken !== undefined) take(acting, woken);
    }
    return serves(locals, up, group);
  };

  const judge = (locals: readonly number[], up: readonly number[], group: GroupName): Wrong | undefined => {
    const slots = up.flatMap((node) => slotOf(locals, node, group) ?? []);
    const newest = newestOf(slots.map(({ replica }) => replica));
    if (newest === undefined) return undefined;
    const configuration = configurationOfLog(newest.log);
    const isQuorum = (some: readonly number[]): boolean =>
      hasQuorum(configuration, ({ nodeId }) => some.includes(nodes.indexOf(nodeId)));
    // What comes to serve does so with more nodes as well.
    if (!isQuorum(up) || up.some((node) => isQuorum(up.filter((other) => other !== node)))) return undefined;
    const voters = dataVoters(configuration).map(({ nodeId }) => nodes.indexOf(nodeId));
    const candidates = up.filter((node) => voters.includes(node));
    const isAble = slots.some(({ app, replica }) => {
      return (
        isDataVoter(configuration, replica) && lackedVersion(app.app, { ...replica, log: newest.log }) === undefined
      );
    });
    if (!isAble || candidates.some((waker) => comesToServe(locals, up, group, waker))) return undefined;
    const who = up.map((node) => nodes[node]).join(', ');
    return { judge: 'rest', reason: `${who} never serve ${group}, although one of them can run the newest log` };
  };

  /** The number of the resting local state of a node. */
  const restingIn = (row: Int32Array, node: number): number =>
    ((restingNumbers[node] ??= [])[row[node] ?? 0] ??= tables[node]?.numberOf(resting(localAt(row, node))) ?? 0);

  const groups = groupsAt(model, nodes[0] ?? '');
  const judged = subsets(nodes.length).map((up) => {
    return { up, known: createStateTable(up.length), at: new Int32Array(up.length), wrongs: new Map<number, Wrong>() };
  });
  return (row) => {
    for (const { up, known, at, wrongs } of judged) {
      for (let place = 0; place < at.length; place += 1) at[place] = row[up[place] ?? 0] ?? 0;
      const place = known.add(at, -1);
      if (place >= 0) {
        const locals = nodes.map((_, node) => restingIn(row, node));
        const found = groups.map((group) => judge(locals, up, group)).find(Boolean);
        if (found !== undefined) wrongs.set(place, found);
      }
      const wrong = wrongs.size === 0 ? undefined : wrongs.get(known.find(at));
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** The rule that a state breaks. */
export type RestJudge = (row: Int32Array) => Wrong | undefined;

/** Wake-ups that an election, the newest entries and a transfer need together, and some more. */
const ROUNDS = 20;
const STEPS_AT_MOST = 200;

/**
 * The waits of this schedule: what is lost is sent again, and a primary hears its peers although its timer fires once a
 * tick.
 */
const REST: Partial<Settings> = {
  resendAfter: 1,
  copyWithin: 1,
  suspectAfter: 3,
  quorumWithin: 3,
  removeAfter: 4,
  readmitAfter: 1,
  admitAfter: 1,
};

function resting(local: Local): Local {
  const slots: Record<GroupName, ReplicaSlot> = {};
  for (const [group, slot] of Object.entries(local.host.slots)) {
    slots[group] = { ...slot, app: { ...slot.app, settings: { ...slot.app.settings, ...REST } } };
  }
  return { ...local, host: { ...local.host, slots } };
}

function isConsent({ message }: Envelope): boolean {
  return message.type === 'answer' ? message.verdict === 'ok' : message.type === 'voted' && message.granted;
}

/** The data server with the newest log; undefined where only a witness has that. */
function newestOf(replicas: readonly Replica[]): Replica | undefined {
  const isNewest = ({ log }: Replica): boolean =>
    replicas.every((other) => compareLogEnds(logEnd(log), logEnd(other.log)) >= 0);
  return replicas.find((replica) => replica.identity.kind === 'data' && isNewest(replica));
}

function isDataVoter(configuration: Configuration, { identity }: Replica): boolean {
  return dataVoters(configuration).some(({ nodeId }) => nodeId === identity.nodeId);
}

function subsets(count: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** count - 1 }, (_, made) => {
    return Array.from({ length: count }, (__, node) => node).filter((node) => ((made + 1) >> node) % 2 === 1);
  });
}
