import { assert } from '../../protocol/model/assert.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { exceeded, type MessageFilter, type Resource, spend, type Spent, used } from './bounds.ts';
import { createInFlight } from './in-flight.ts';
import { createIntern } from './intern.ts';
import { isLastCovered } from './covered.ts';
import { FIRST_BUILD } from '../world/builds.ts';
import { createRestJudge } from './judge-rest.ts';
import { createClusterJudge } from './judge-cluster.ts';
import type { Wrong } from './judge-local.ts';
import { committedIn, type JudgedFacts } from './judged-facts.ts';
import { createLocalTable, createPackets, type LocalTable, type StepOutcome } from './local-table.ts';
import type { Local } from './local.ts';
import { type Model, nodesOf } from './model.ts';
import { createStateTable } from './state-table.ts';

/**
 * The model as a transition system over the real reducers. A state is a row of numbers: for each node its local state,
 * for each node the set of its packets in flight, the judged facts, and the resources used. Equal rows are equal
 * states.
 *
 * A node's step depends on its local state and on one packet alone, so each is worked out once (local-table.ts) and
 * then looked up: most transitions run no reducer.
 */
export interface System {
  readonly nodes: readonly NodeId[];
  readonly width: number;
  readonly tables: readonly LocalTable[];
  /** Passes every transition out of `row` to `visit`, until that returns false. */
  expand(row: Int32Array, bounds: Spent, visit: Visit): void;
  /**
   * The packets that can arrive at `node`, in the order of their numbers, and the sender of each (undefined: a client).
   */
  packetsTo(row: Int32Array, node: number): readonly { readonly from: number | undefined; readonly packet: number }[];
  /** Takes one outcome at one node. */
  take(row: Int32Array, transition: Move, into: Int32Array): Wrong | undefined;
  /** The row of a cluster with nothing in flight and no resources used. */
  rowOf(locals: readonly Local[], facts: JudgedFacts): Int32Array;
  ledgerIn(row: Int32Array): JudgedFacts;
  /** Whether the move is within the bounds. */
  isWithin(row: Int32Array, move: Move, bounds: Spent): boolean;
  readonly packet: (number: number) => Envelope;
  /** The number of different packets ever sent. */
  readonly packetCount: () => number;
  numberOfPacket(envelope: Envelope): number;
}

/** One transition. */
export interface Move {
  readonly node: number;
  readonly outcome: StepOutcome;
  /** The arriving packet, its sender (undefined: a client), and whether it stays in flight. */
  readonly arrival: Arrival | undefined;
}

interface Arrival {
  readonly packet: number;
  readonly from: number | undefined;
  readonly repeated: boolean;
}

/**
 * `row` is the state after `move`, and is overwritten by the next transition. `cut` is the bound that forbids the move;
 * the row then has no meaning. `wrong` is the rule that the move breaks.
 */
type Visit = (move: Move, row: Int32Array, cut: Resource | undefined, wrong: Wrong | undefined) => boolean;

export function createSystem(model: Model, planted: ReadonlySet<PlantedBug>, messageFilter: MessageFilter): System {
  const nodes = nodesOf(model);
  const packets = createPackets();
  const tables = nodes.map((node) => createLocalTable(model, node, packets, planted, messageFilter));
  const destinations: number[] = [];
  const destinationOf = (packet: number): number =>
    (destinations[packet] ??= nodes.indexOf(packets.at(packet).to.node));
  const isDead = (packet: number, horizon: number): boolean =>
    tables[destinationOf(packet)]?.isDead(packet, horizon) ?? false;
  const inFlight = nodes.map(() => createInFlight(nodes.length, { destinationOf, isDead }));
  const ledgers = createIntern<JudgedFacts>((facts) => facts);
  const judge = createClusterJudge(model);
  const ruleRest =
    model.builds === undefined || messageFilter === 'full'
      ? undefined
      : createRestJudge(model, planted, (row, node) => {
          const local = tables[node]?.at(at(row, node));
          assert(local !== undefined, 'every node has a local state');
          return local;
        });
  const requests = createInFlight(nodes.length, { destinationOf, isDead });
  const asked = requests.with(
    0,
    model.requests.map((envelope) => packets.numberOf(envelope)),
  );

  const boundsRequests = model.bounds.requests !== undefined;
  const priceOf = ({ spent, aged, after }: StepOutcome, arrival: Arrival | undefined): Spent => {
    if (arrival?.repeated === true) return spent + spend('repeats');
    const isRequest = boundsRequests && arrival !== undefined && arrival.from === undefined;
    return isRequest && after !== aged ? spent + spend('requests') : spent;
  };

  const count = nodes.length;
  const LEDGER = count * 2;
  const SPENT = LEDGER + 1;
  const width = SPENT + 1;
  // Judgements found right: what each rests on, and the judged facts after it.
  const judged = createStateTable(count + 4);
  const ledgersAfter: number[] = [];
  const judging = new Int32Array(count + 4);
  const localAt = (row: Int32Array, node: number): Local | undefined => tables[node]?.at(at(row, node));

  const take = (row: Int32Array, { node, outcome, arrival }: Move, into: Int32Array): Wrong | undefined => {
    // Rows are too short for `set` to be quicker.
    for (let place = 0; place < width; place += 1) into[place] = at(row, place);
    into[node] = outcome.after;
    into[count + node] = inFlight[node]?.with(at(row, count + node), outcome.sent) ?? 0;
    into[SPENT] = at(row, SPENT) + priceOf(outcome, arrival);
    if (arrival?.from !== undefined && !arrival.repeated) {
      const { from, packet } = arrival;
      into[count + from] = inFlight[from]?.without(at(row, count + from), packet) ?? 0;
    }
    if (messageFilter === 'lean') clear(row, node, outcome, into);
    return outcome.wrong ?? ruleSteps(row, node, outcome, into) ?? ruleRest?.(into);
  };

  /** Judges an outcome by the disks of the other nodes and the judged facts: the same question is asked only once. */
  const ruleSteps = (row: Int32Array, node: number, outcome: StepOutcome, into: Int32Array): Wrong | undefined => {
    if (outcome.steps.length === 0 && outcome.lost.length === 0) return undefined;
    for (let other = 0; other < count; other += 1) {
      judging[other] = other === node ? -1 : (tables[other]?.disksOf(at(row, other)) ?? -1);
    }
    judging[count] = at(row, LEDGER);
    judging[count + 1] = outcome.number;
    judging[count + 2] = node;
    judging[count + 3] = judge.machines;
    const known = judged.find(judging);
    if (known >= 0) {
      into[LEDGER] = ledgersAfter[known] ?? 0;
      return undefined;
    }
    const wrong = ruleAnew(row, node, outcome, into);
    judging[count + 3] = judge.machines;
    if (wrong === undefined) ledgersAfter[judged.add(judging, -1)] = at(into, LEDGER);
    return wrong;
  };

  const ruleAnew = (row: Int32Array, node: number, outcome: StepOutcome, into: Int32Array): Wrong | undefined => {
    let facts = ledgers.at(at(row, LEDGER));
    const known = facts;
    const build = tables[node]?.at(outcome.after).build ?? FIRST_BUILD;
    for (const step of outcome.steps) {
      const ruling = judge.rule(
        nodes[node] ?? '',
        build,
        step,
        facts,
        (id, group) => localAt(row, nodes.indexOf(id))?.disks[group],
      );
      if ('wrong' in ruling) return ruling.wrong;
      ({ facts } = ruling);
    }
    for (const { group, place } of outcome.event.type === 'lose-record' ? [] : outcome.lost) {
      if (committedIn(facts, group)[place.index - 1]?.hash !== place.hash) continue;
      const reason = `the disk of ${nodes[node]} lost entry ${place.index} of ${group}, which was committed`;
      return { judge: 'monotonic', reason };
    }
    if (facts !== known) into[LEDGER] = ledgers.numberOf(facts);
    return undefined;
  };

  /** Whether it can happen: a disk loses only what the others have. */
  const isAllowed = (row: Int32Array, node: number, { event, aged }: StepOutcome): boolean => {
    if (event.type !== 'lose-record') return true;
    const cluster = new Map<NodeId, Local>();
    nodes.forEach((id, place) => {
      const local = place === node ? tables[node]?.at(aged) : localAt(row, place);
      if (local !== undefined) cluster.set(id, local);
    });
    return isLastCovered(model, cluster, nodes[node] ?? '', event.group);
  };

  /** Drops ignored packets: those for this node if its horizon has moved, and those it sends in vain. */
  const clear = (row: Int32Array, node: number, outcome: StepOutcome, into: Int32Array): void => {
    const horizon = tables[node]?.horizonOf(outcome.after) ?? 0;
    const isFurther = horizon !== tables[node]?.horizonOf(at(row, node));
    for (let other = 0; other < count; other += 1) {
      if (isFurther) into[count + other] = inFlight[other]?.alive(at(into, count + other), node, horizon) ?? 0;
      if (outcome.sent.length === 0) continue;
      const theirs = tables[other]?.horizonOf(at(into, other)) ?? 0;
      into[count + node] = inFlight[node]?.alive(at(into, count + node), other, theirs) ?? 0;
    }
  };

  const packetsTo = (row: Int32Array, node: number): { from: number | undefined; packet: number }[] => [
    ...requests.to(asked, node).map((packet) => ({ from: undefined, packet })),
    ...nodes.flatMap((_, from) =>
      (inFlight[from]?.to(at(row, count + from), node) ?? []).map((packet) => ({ from, packet })),
    ),
  ];

  return {
    nodes,
    width,
    tables,
    packetsTo,
    take,
    isWithin: (row, { node, outcome, arrival }, bounds) =>
      exceeded(bounds, at(row, SPENT), priceOf(outcome, arrival)) === undefined && isAllowed(row, node, outcome),
    packet: (number) => packets.at(number),
    packetCount: () => packets.size,
    numberOfPacket: (envelope) => packets.numberOf(envelope),
    rowOf(locals, facts) {
      const row = new Int32Array(width);
      row[LEDGER] = ledgers.numberOf(facts);
      tables.forEach((table, node) => {
        const local = locals[node];
        if (local !== undefined) row[node] = table.numberOf(local);
      });
      return row;
    },
    ledgerIn: (row) => ledgers.at(at(row, LEDGER)),
    expand(row, bounds, visit) {
      const next = new Int32Array(width);
      const spent = at(row, SPENT);
      const mayRepeat = used(bounds, 'repeats') > 0;
      const offer = (node: number, outcomes: readonly StepOutcome[], arrival?: Arrival): boolean => {
        for (const outcome of outcomes) {
          if (!isAllowed(row, node, outcome)) continue;
          const move = { node, outcome, arrival };
          const cut = exceeded(bounds, spent, priceOf(outcome, arrival));
          const wrong = cut === undefined ? take(row, move, next) : undefined;
          if (!visit(move, next, cut, wrong)) return false;
        }
        return true;
      };
      for (let node = 0; node < count; node += 1) {
        const table = tables[node];
        const local = at(row, node);
        if (table === undefined || !offer(node, table.alone(local))) return;
        for (const packet of requests.to(asked, node)) {
          if (!offer(node, table.delivered(local, packet), { packet, from: undefined, repeated: false })) return;
        }
        for (let from = 0; from < count; from += 1) {
          for (const packet of inFlight[from]?.to(at(row, count + from), node) ?? []) {
            const outcomes = table.delivered(local, packet);
            if (!offer(node, outcomes, { packet, from, repeated: false })) return;
            if (mayRepeat && !offer(node, outcomes, { packet, from, repeated: true })) return;
          }
        }
      }
    },
  };
}

function at(row: Int32Array, place: number): number {
  return row[place] ?? 0;
}
