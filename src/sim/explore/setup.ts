import type { ReplicaSlot } from '../../host/host.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { assert } from '../../protocol/model/assert.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { type GroupRoute, groupRouteOf } from '../../protocol/model/group-route.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { NOTHING_PLANTED } from '../../protocol/model/mutants.ts';
import { EMPTY_DISK } from './disk-value.ts';
import { committedIn, type JudgedFacts, NO_FACTS } from './judged-facts.ts';
import type { StepOutcome } from './local-table.ts';
import type { Local } from './local.ts';
import { blankHost, buildsOf, groupsAt, type Model } from './model.ts';
import { createSystem, type System } from './system.ts';

/** The initial state of a model. It has no planted bug, no message in flight, and has used no bound. */
export function beginning(model: Model, system: System): Int32Array {
  const { begins } = model;
  if (begins === 'blank') return formatted(model, system);
  const parts = Object.entries(begins.ledBy).map(([group, leader]) => ({
    group,
    leader,
    ...led(model, leader, begins.before ?? []),
  }));
  const locals = system.tables.map(({ blank }, place): Local => {
    const slots: Record<GroupName, ReplicaSlot> = {};
    const disks: Record<GroupName, Local['disks'][string]> = {};
    for (const { group, locals: known } of parts) {
      const local = known[place];
      const slot = local?.host.slots[group];
      const fresh = blank.slots[group];
      if (slot === undefined || fresh === undefined) continue;
      const groupRoutes = groupRoutesOf(model, group, parts);
      slots[group] = { ...slot, app: fresh.app, replica: { ...slot.replica, groupRoutes } };
      disks[group] = local?.disks[group] ?? EMPTY_DISK;
    }
    return { host: { ...blank, slots }, build: buildsOf(model, system.nodes[place] ?? '')[0], disks };
  });
  const facts: JudgedFacts = {
    committed: Object.fromEntries(parts.map((part) => [part.group, committedIn(part.facts, part.group)])),
    won: Object.fromEntries(parts.map((part) => [part.group, part.facts.won[part.group] ?? []])),
    newest: {},
  };
  return system.rowOf(locals, facts);
}

interface Part {
  readonly group: GroupName;
  readonly leader: NodeId;
  readonly locals: readonly Local[];
  readonly facts: JudgedFacts;
}

/**
 * The cluster with `leader` as primary of every group, by the protocol itself: it campaigns first, and all messages
 * arrive in order; then each of `requests`. All run version 1 alone, so none has said which other code it has.
 */
function led(model: Model, leader: NodeId, requests: readonly Envelope[]): Pick<Part, 'locals' | 'facts'> {
  const system = createSystem({ ...model, builds: undefined, requests }, NOTHING_PLANTED, 'lean');
  const place = system.nodes.indexOf(leader);
  const stands = system.tables[place];
  let row = formatted(model, system);
  const take = (
    node: number,
    outcome: StepOutcome | undefined,
    packet?: { packet: number; from: number | undefined },
  ): void => {
    assert(outcome !== undefined, 'a beginning can be reached');
    const next = new Int32Array(system.width);
    const arrival = packet === undefined ? undefined : { ...packet, repeated: false };
    const wrong = system.take(row, { node, outcome, arrival }, next);
    assert(wrong === undefined, 'nothing goes wrong before the exploration begins');
    row = next;
  };
  const arrivalAt = (node: number, packet: number): StepOutcome | undefined =>
    system.tables[node]?.delivered(row[node] ?? 0, packet).find(({ ticks }) => ticks === 0);
  const carryAll = (): void => {
    for (;;) {
      const found = system.nodes.flatMap((_, node) =>
        system.packetsTo(row, node).map((packet) => ({ node, packet, outcome: arrivalAt(node, packet.packet) })),
      );
      const next = found.find(({ outcome, packet }) => outcome !== undefined && packet.from !== undefined);
      if (next === undefined) return;
      take(next.node, next.outcome, next.packet);
    }
  };
  take(
    place,
    stands?.alone(row[place] ?? 0).find(({ event }) => event.type === 'wake'),
  );
  carryAll();
  for (const request of requests) {
    const node = system.nodes.indexOf(request.to.node);
    const packet = system.numberOfPacket(request);
    take(node, arrivalAt(node, packet), { packet, from: undefined });
    carryAll();
  }
  return {
    locals: system.nodes.map((_, node) => localAt(system, row, node)),
    facts: system.ledgerIn(row),
  };
}

/** Formatted disks, first lives. */
function formatted(model: Model, system: System): Int32Array {
  const disksOf = (node: NodeId): Local['disks'] =>
    Object.fromEntries(groupsAt(model, node).map((group) => [group, EMPTY_DISK]));
  const blank = system.nodes.map((node): Local => {
    const [build] = buildsOf(model, node);
    return { host: blankHost(model, node, NOTHING_PLANTED, build), build, disks: disksOf(node) };
  });
  const row = system.rowOf(blank, NO_FACTS);
  system.tables.forEach((table, node) => {
    const begun = table.alone(row[node] ?? 0).find(({ event }) => event.type === 'reboot');
    row[node] = begun?.after ?? 0;
  });
  return row;
}

/** The group routes of every primary. */
function groupRoutesOf(model: Model, own: GroupName, parts: readonly Part[]): Readonly<Record<GroupName, GroupRoute>> {
  const groupRoutes: Record<GroupName, GroupRoute> = {};
  for (const { group, leader, facts } of parts) {
    const epoch = facts.won[group]?.at(-1);
    if (group === own || epoch === undefined) continue;
    groupRoutes[group] = { ...groupRouteOf(model.topology.servers), epoch, primary: leader };
  }
  return groupRoutes;
}

function localAt(system: System, row: Int32Array, node: number): Local {
  const local = system.tables[node]?.at(row[node] ?? 0);
  assert(local !== undefined, 'every node has a local state');
  return local;
}
