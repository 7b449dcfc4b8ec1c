import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters } from '../../protocol/model/configuration.ts';
import { codeOf } from '../../protocol/model/app-versions.ts';
import { assert } from '../../protocol/model/assert.ts';
import { applyEntry } from '../../protocol/model/apply.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { compareEpochs, type NodeId, showEpoch } from '../../protocol/model/epoch.ts';
import { configurationAt, entriesBetween, genesis, type Log, placeAt } from '../../protocol/model/log.ts';
import { initialMachine, type Machine } from '../../protocol/model/machine.ts';
import { firstConfiguration, firstDiskId } from '../../protocol/model/topology.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { Build } from '../plan/plan.ts';
import { durableCommit } from '../judges/durable-commit.ts';
import { electedByQuorum } from '../judges/elected-by-quorum.ts';
import { outvoted } from '../judges/outvoted.ts';
import { asSimDisk } from './disk-value.ts';
import type { Wrong } from './judge-local.ts';
import { commit, committedIn, hasWon, type JudgedFacts, run, win } from './judged-facts.ts';
import type { Local, SeenStep } from './local.ts';
import { buildsOf, groupsAt, judgedService, type Model, nodesOf } from './model.ts';

/** The facts after a step, or the rule that it breaks. */
type Ruling = { readonly facts: JudgedFacts } | { readonly wrong: Wrong };

/**
 * Judges a cluster-wide step against all nodes. The simulator's own judges serve where they need no memory
 * (`elected-by-quorum`, `outvoted`, `durable-commit`); the rules of the others are stated here over the judged facts,
 * under the same names: `election-safety`, `leader-completeness`, `committed-immutable`, `state-machine-safety`,
 * `lamport-order`, `app-invariants`.
 */
export interface ClusterJudge {
  /** The number of machines it has made from entries: the same question is answered the same until it grows. */
  readonly machines: number;
  /** `build`: the one that `node` runs. */
  rule(node: NodeId, build: Build, step: SeenStep, facts: JudgedFacts, diskOf: DiskLookup): Ruling;
}

/** The disks of every other node at that time. */
type DiskLookup = (node: NodeId, group: GroupName) => Local['disks'][string] | undefined;

export function createClusterJudge(playing: Model): ClusterJudge {
  const model = { ...playing, service: judgedService(playing) };
  let lookup: DiskLookup | undefined;
  const evidence = {
    settings: model.settings,
    firstConfiguration: (group: GroupName) => firstConfiguration(model.topology, group),
    diskOf: (node: NodeId, group: GroupName) => {
      const disk = lookup?.(node, group);
      return disk === undefined ? undefined : asSimDisk(disk);
    },
    diskIdOf: (node: NodeId) => firstDiskId(model.topology, node),
    replicaNodes: (group: GroupName) => nodesOf(model).filter((node) => groupsAt(model, node).includes(group)),
  };
  const judges = [electedByQuorum(evidence), outvoted(evidence), durableCommit(evidence)];
  const machines = createMachines(model);
  return {
    get machines() {
      return machines.size;
    },
    rule(node, build, step, facts, diskOf) {
      lookup = (at, group) => (at === node ? step.disks[group] : diskOf(at, group));
      const newest = Math.max(facts.newest[node] ?? 0, build.newest);
      const ran = newest > buildsOf(model, node)[0].newest ? run(facts, node, newest) : facts;
      const elected = ruleElection(node, step, ran);
      if ('wrong' in elected) return elected;
      for (const judge of judges) {
        const reason = judge.stepped?.({ node, ...step });
        if (reason !== undefined) return { wrong: { judge: judge.name, reason } };
      }
      return ruleCommit(model, machines, node, step, elected.facts);
    },
  };
}

/**
 * Election safety and leader completeness: an epoch is won once, over all lives, and its primary has everything that
 * was committed in older ones (Raft §5.2, §5.4.3).
 */
function ruleElection(node: NodeId, { group, before, after }: SeenStep, facts: JudgedFacts): Ruling {
  const epoch = after.leading?.epoch;
  if (epoch === undefined || before?.leading?.epoch === epoch) return { facts };
  if (hasWon(facts, group, epoch)) {
    return {
      wrong: { judge: 'election-safety', reason: `epoch ${showEpoch(epoch)} of ${group} is won a second time` },
    };
  }
  const committed = committedIn(facts, group);
  for (let index = committed.length; index > after.log.base.index; index -= 1) {
    const known = committed[index - 1];
    if (known === undefined || compareEpochs(known.epoch, epoch) >= 0) continue;
    if (placeAt(after.log, index)?.hash === known.hash) break;
    const reason =
      `${node} became primary of ${group} in epoch ${showEpoch(epoch)} and lacks entry ${index}, ` +
      `committed in epoch ${showEpoch(known.epoch)}`;
    return { wrong: { judge: 'leader-completeness', reason } };
  }
  return { facts: win(facts, group, epoch) };
}

/**
 * State machine safety: a committed entry never changes, stamps grow, and equal entries make equal machines (Raft
 * §5.4.3; PROTOCOL §7).
 */
function ruleCommit(model: Model, machines: Machines, node: NodeId, step: SeenStep, facts: JudgedFacts): Ruling {
  const { group, before, after } = step;
  const known = committedIn(facts, group);
  const from = Math.max(before === undefined ? 1 : before.commit + 1, after.log.base.index + 1);
  const entries = after.commit < from ? [] : entriesBetween(after.log, from, after.commit);
  for (const { index, hash, lamport } of entries) {
    const committed = known[index - 1];
    if (committed !== undefined && committed.hash !== hash) {
      const reason = `${node} committed another entry ${index} of ${group} than was committed before`;
      return { wrong: { judge: 'committed-immutable', reason } };
    }
    const previous = placeAt(after.log, index - 1);
    if (previous !== undefined && index > 1 && lamport <= previous.lamport) {
      return { wrong: { judge: 'lamport-order', reason: `entry ${index} of ${group} has no later Lamport time` } };
    }
  }
  machines.learn(group, [...unlearned(machines, group, after.log, from), ...entries]);
  const muted = noneMuted(model, step, entries.slice(Math.max(0, known.length + 1 - from)), facts);
  if (muted !== undefined) return { wrong: muted };
  const next = commit(facts, group, entries, after.promised);
  const { machine } = after;
  // A build without the code of the first version has no state before a full copy.
  if (machine?.state === undefined || machine === before?.machine) return { facts: next };
  const wrong = judgeMachine(model, machines, node, group, machine, next);
  return wrong === undefined ? { facts: next } : { wrong };
}

/** The entries before `from` where the judges lack their machine: those of before the exploration began. */
function unlearned(machines: Machines, group: GroupName, log: Log, from: number): readonly Entry[] {
  const start = placeAt(log, from - 1);
  const isKnown = start === undefined || machines.after(group, start.hash) !== undefined;
  return isKnown || from - 1 <= log.base.index ? [] : entriesBetween(log, log.base.index + 1, from - 1);
}

/** No activation mutes a data voter that has kept its build: each has had the code of that version (PROTOCOL §11.3). */
function noneMuted(
  model: Model,
  { group, after }: SeenStep,
  visible: readonly Entry[],
  facts: JudgedFacts,
): Wrong | undefined {
  for (const { index, body } of visible) {
    if (body.type !== 'activate') continue;
    const { version } = body;
    const muted = dataVoters(configurationAt(after.log, index)).find(
      ({ nodeId }) => (facts.newest[nodeId] ?? buildsOf(model, nodeId)[0].newest) < version,
    );
    if (muted === undefined) continue;
    const reason = `version ${version} of ${group} is activated by entry ${index}, and ${muted.nodeId} has never had it`;
    return { judge: 'none-muted', reason };
  }
  return undefined;
}

function judgeMachine(
  model: Model,
  machines: Machines,
  node: NodeId,
  group: GroupName,
  machine: Machine,
  facts: JudgedFacts,
): Wrong | undefined {
  const { service } = model;
  const own = machines.after(group, machine.at.hash);
  if (own !== undefined && own !== machine && hashValue(own) !== hashValue(machine)) {
    const reason = `${node} has applied ${group} up to ${machine.at.index} and differs from what those entries make`;
    return { judge: 'state-machine-safety', reason };
  }
  for (const invariant of service.apps.find(({ name }) => name === group)?.invariants ?? []) {
    const broken = invariant.broken(machine.state);
    if (broken !== undefined)
      return { judge: 'app-invariants', reason: `${group} at ${node}, ${invariant.name}: ${broken}` };
  }
  const furthest: Record<GroupName, unknown> = {};
  for (const { name, initial } of service.apps) {
    const last = committedIn(facts, name).at(-1);
    furthest[name] = (last === undefined ? undefined : machines.after(name, last.hash)?.state) ?? initial;
  }
  for (const invariant of service.invariants) {
    const broken = invariant.broken(furthest);
    if (broken !== undefined) return { judge: 'app-invariants', reason: `${invariant.name}: ${broken}` };
  }
  return undefined;
}

/** The judges' own machines, by the hash of the last entry, which covers all before it. */
interface Machines {
  readonly size: number;
  learn(group: GroupName, entries: readonly Entry[]): void;
  after(group: GroupName, hash: number): Machine | undefined;
}

function createMachines({ topology, service, settings }: Model): Machines {
  const machines = new Map<string, Machine>();
  const window = { dedupeFor: settings.dedupeFor, dedupeMargin: settings.dedupeMargin };
  for (const app of service.apps) {
    const { name } = app;
    const code = codeOf(app, 1);
    assert(code !== undefined, 'a model has the code of every version');
    const { initial } = code;
    const { base } = genesis(topology.clusterId, name, firstConfiguration(topology, name), window);
    machines.set(`${name} ${base.hash}`, initialMachine(base, initial, window));
  }
  return {
    get size() {
      return machines.size;
    },
    learn(group, entries) {
      const app = service.apps.find(({ name }) => name === group);
      for (const entry of entries) {
        const before = machines.get(`${group} ${entry.previousHash}`);
        const key = `${group} ${entry.hash}`;
        // A witness withholds the content of entries; a data server has committed this one before.
        if (app === undefined || before === undefined || machines.has(key) || entry.body.type === 'withheld') continue;
        machines.set(key, applyEntry(app, before, entry).machine);
      }
    },
    after: (group, hash) => machines.get(`${group} ${hash}`),
  };
}
