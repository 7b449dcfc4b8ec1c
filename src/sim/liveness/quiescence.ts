import { ASKABLE_FOR } from '../../frontend/write-slots.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import { encodeSnapshot } from '../../protocol/wire/codec.ts';
import { tell } from '../base/trace.ts';
import type { Probe } from '../workloads/workload.ts';
import { clockErrorOf } from '../world/clock.ts';
import { newestIn } from '../world/builds.ts';
import { addClient } from '../world/clients.ts';
import type { Core, Hopeless } from '../world/core.ts';
import { runNextEvent } from '../world/events.ts';
import { letGo } from '../world/faults.ts';
import { crash } from '../world/lifecycle.ts';
import { clearConditions, cut, heal } from '../world/links.ts';
import type { Pair } from '../world/network.ts';
import { deploy, recover } from '../world/node-faults.ts';
import { type Client, fail, nodeNamed, type SimNode, type World } from '../world/world.ts';
import { hopelessOf, mayGetBuild, pickCore } from './core.ts';
import { noticesWithin, wronglyReady } from './ready.ts';
import { pending, showPending } from './pending.ts';

/** The interval of checks for quiescence, in microseconds. */
const LOOK_EVERY = 100_000;

/** How long a hopeless core is watched, in microseconds: it must stay safe. */
const WATCHED_FOR = 5_000_000;

/** The result of the liveness phase: the core served, or could not be made to serve. */
export type Liveness = 'served' | 'unrecoverable';

/** Yields after every event. */
type Steps<Result> = Generator<undefined, Result>;

/**
 * The liveness phase: clients begin no new operation, the core (see `Core`) is healed and started, and the rest stays
 * broken. Within the plan's time the core must become quiescent, serve a write and a read through each of its front
 * ends, and become quiescent again: a cluster that stays safe and never works again fails. Only a core to which the
 * faults left too little of a group need not serve; it must stay safe. Yields after every event; undefined when a rule was
 * broken.
 */
export function* reachQuiescence(world: World): Steps<Liveness | undefined> {
  world.isInLivenessPhase = true;
  const core = pickCore(world);
  world.core = core;
  tell(world.trace, world.now, '***', () => showCore(core));
  world.recording?.put({ type: 'healed', broken: [...core.broken.keys()], text: showCore(core) });
  mend(world, core);
  if (core.hopeless !== undefined) {
    yield* pass(world, WATCHED_FOR);
    doubt(world, core, core.hopeless);
    return world.verdict === undefined ? 'unrecoverable' : undefined;
  }
  yield* pass(world, noticedAfter(world));
  // Until then a primary may have acted on what it had heard of nodes that are broken now: it readmitted one, say, and
  // the votes of the core no longer suffice. No protocol can avoid that, so such a core need not serve.
  const isCaught = hopelessOf(world, core.nodes) !== undefined;
  const hasServed = (yield* waitForQuiescence(world, core, isCaught)) && (yield* serve(world, core, isCaught));
  if (hasServed) yield* agreeOnReadiness(world, core, isCaught);
  if (world.verdict !== undefined) return undefined;
  return hasServed ? 'served' : 'unrecoverable';
}

/**
 * Each process says in time whether it can serve. A core that was caught in the act may have served before it noticed
 * that it has lost what it needed: its nodes may say either.
 */
function* agreeOnReadiness(world: World, core: Core, isCaught: boolean): Steps<void> {
  const until = world.now + noticesWithin(world);
  const wrong = (): readonly string[] =>
    wronglyReady(world, core, isCaught && hopelessOf(world, core.nodes) !== undefined);
  for (let found = wrong(); found.length > 0; found = wrong()) {
    if (world.verdict !== undefined) return;
    if (world.now >= until) fail(world, 'readiness', found.join('; '));
    yield* pass(world, LOOK_EVERY);
  }
}

/** Time until the whole core has noticed that the rest is broken, in microseconds. */
function noticedAfter({ plan, settings: { quorumWithin, suspectAfter, heartbeatEvery } }: World): number {
  return Math.min(plan.restWithin, Math.max(quorumWithin, suspectAfter) + 2 * heartbeatEvery) * 1_000;
}

/** Heals the core and breaks the rest. */
function mend(world: World, core: Core): void {
  heal(world.network, undefined);
  clearConditions(world.network, undefined);
  letGo(world, undefined);
  world.network.isCalm = true;
  for (const [id, how] of core.broken) {
    const outward = core.nodes.map((other): Pair => [id, other]);
    const inward = core.nodes.map((other): Pair => [other, id]);
    if (how === 'crashed' || how === 'gone') crash(world, nodeNamed(world, id));
    if (how !== 'crashed') cut(world.network, 'for good', how === 'mute' ? outward : [...outward, ...inward]);
  }
  bringBuild(world, core);
  for (const id of core.nodes) recover(world, nodeNamed(world, id));
}

/**
 * One server gets a build with every version, so that no log needs code that the core does not have, or as many as writes
 * need (`minInSync`): those that are down first.
 */
function bringBuild(world: World, core: Core): void {
  const newest = newestIn(world.plan);
  const servers = core.nodes.map((id) => nodeNamed(world, id)).filter((node) => mayGetBuild(world, node));
  const hasAll = ({ build }: SimNode): boolean => build.oldest === 1 && build.newest === newest;
  const others = servers.filter((server) => !hasAll(server));
  const downFirst = [
    ...others.filter(({ host }) => host === undefined),
    ...others.filter(({ host }) => host !== undefined),
  ];
  const wanted = Math.max(1, world.settings.minInSync) - (servers.length - others.length);
  for (const server of downFirst.slice(0, Math.max(0, wanted))) deploy(world, server, { oldest: 1, newest });
}

/**
 * Checks the oracle: a core in which no node can be elected and that becomes quiescent all the same refutes it. Only a
 * core with a primary is exempt: with half of the votes that primary can still remove a dead voter, if it is quick,
 * since the smaller configuration counts at once. That is possible and not guaranteed.
 */
function doubt(world: World, { hasPrimary }: Core, { type, reason }: Hopeless): void {
  const isElected = pending(world).every(({ where }) => world.clients.has(where));
  const isOfVotes = type !== 'too-few-in-sync' && type !== 'no-front-end' && type !== 'no-code';
  if (isElected && !hasPrimary && isOfVotes) {
    fail(world, 'recoverable', `a core that was called hopeless is at rest: ${reason}`);
  }
}

/**
 * False where a core that was caught in the act (`isCaught`) has lost what it needed, or a group is full and clients wait
 * for nothing else, and so need not become quiescent.
 */
function* waitForQuiescence(world: World, core: Core, isCaught: boolean): Steps<boolean> {
  let until = world.now + world.plan.restWithin * 1_000;
  const latest = until + untilFenced(world);
  let reasons = pending(world);
  while (reasons.length > 0 && world.verdict === undefined) {
    if (world.now >= until) {
      const since = hopelessOf(world, core.nodes);
      if (isCaught && since !== undefined) return false;
      if (reasons.every(({ where }) => world.clients.has(where)) && isFull(world)) return false;
      if (until < latest && reasons.every(({ where }) => asksByName(world, where))) {
        until = latest;
        continue;
      }
      world.pending = reasons;
      const lost = since === undefined ? '' : `; it has lost what it needed: ${since.reason}`;
      fail(world, 'rest', `${showPending(reasons)}${lost}`);
    }
    yield* pass(world, LOOK_EVERY);
    reasons = pending(world);
  }
  return true;
}

/** Whether it is a client that asks what has become of a write without a key. */
function asksByName({ clients }: World, where: string): boolean {
  return clients.get(where)?.current?.asks !== undefined;
}

/** How long such a client may wait for the answer of a group that works, in microseconds (PROTOCOL §7.11.5). */
function untilFenced({ settings: { holdFor, retryAfter } }: World): number {
  return (holdFor + ASKABLE_FOR + 2 * retryAfter) * 1_000;
}

/**
 * Whether a group may refuse writes to the end: it is read-only, and its state with its results as large as half of the
 * quota, which is compared with an estimate.
 */
function isFull({ settings, nodes }: World): boolean {
  const replicas = [...nodes.values()].flatMap(({ seen }) => [...seen.values()]);
  return replicas.some(({ leading, log, machine }) => {
    if (leading?.isReadOnly !== true || machine === undefined) return false;
    const snapshot = { base: machine.at, configuration: configurationOfLog(log), machine };
    return encodeSnapshot(snapshot).length >= settings.stateSizeAtMost / 2;
  });
}

function* pass(world: World, micros: number): Steps<void> {
  const next = world.now + micros;
  while (world.verdict === undefined && runNextEvent(world, next)) yield;
  if (world.verdict === undefined) world.now = next;
}

/** A uuid that has expired is given up, and so is a write without a key that had no answer in time. */
function mayAskAnew(status: number | undefined, isKeyed: boolean): boolean {
  return status === 410 || (status === undefined && !isKeyed);
}

interface Asked {
  readonly client: Client;
  readonly probe: Probe;
}

/**
 * Probes each front end of the core with one write and one read of a new client. However long the way to an answer, the
 * core has all the time of the wait to serve them. A write that is refused for so long (the memory for results may be
 * full) that its uuid expires is sent anew. False as for `waitForQuiescence`.
 */
function* serve(world: World, core: Core, isCaught: boolean): Steps<boolean> {
  // Where clocks were far wrong, the time of the cluster may be late, and uuids dated by clients are early (PROTOCOL §7.8).
  const isKeyed = clockErrorOf(world.plan) <= world.settings.dedupeMargin;
  const until = world.now + world.plan.restWithin * 1_000 + (isKeyed ? 0 : untilFenced(world));
  let open = world.roster.frontEnds.flatMap((frontEnd, place): readonly Asked[] => {
    if (world.verdict !== undefined || !core.nodes.includes(frontEnd)) return [];
    const traits = { isKeyed, hasToken: false, place, choices: 0, giveUpAfter: Number.POSITIVE_INFINITY };
    const client = addClient(world, `p${place + 1}`, traits);
    return probesThatFit(world).map((probe) => ({ client, probe }));
  });
  while (open.length > 0 && world.verdict === undefined) {
    for (const { client, probe } of open) {
      client.script.push({ at: world.now, call: probe, isKeyed, through: undefined, expect: undefined });
      client.readyAt = world.now;
      world.agenda.put(world.now, { type: 'client', client: client.name });
    }
    if (!(yield* waitForQuiescence(world, core, isCaught))) return false;
    open = open.filter((asked) => !isServed(world, asked));
    // Until its client's write is carried out, a read may find nothing.
    const awaitsWrite = ({ client, probe }: Asked): boolean =>
      probe.method === 'GET' && open.some((other) => other.client === client && other.probe.method === 'POST');
    const mayAgain = (asked: Asked): boolean => awaitsWrite(asked) || mayAskAnew(statusOf(world, asked), isKeyed);
    const refused = open.find((asked) => !mayAgain(asked) || world.now >= until);
    // Where most clocks were set while nodes were down, the time is as wrong as they are (PROTOCOL §7.8).
    if (refused !== undefined && world.topology.groups.some((group) => world.evidence.isDeceived(group))) return true;
    if (refused !== undefined && world.verdict === undefined) {
      const { client, probe } = refused;
      const told = statusOf(world, refused) ?? 'nothing';
      fail(world, 'rest', `${client.name} asked ${probe.method} ${probe.path} and was told ${told}`);
    }
  }
  return true;
}

/** A read may find more than such a plan lets an answer hold, however often it is asked again. */
const READ_FITS_FROM = 2_000;

function probesThatFit({ workload, settings }: World): readonly Probe[] {
  const fit = settings.answerSizeAtMost >= READ_FITS_FROM;
  return workload.probes.filter(({ method }) => fit || method !== 'GET');
}

function isServed(world: World, asked: Asked): boolean {
  const status = statusOf(world, asked);
  const expected = asked.probe.expect ?? 200;
  return expected === 'any' ? status !== undefined : status === expected;
}

function statusOf({ operations }: World, { client, probe }: Asked): number | undefined {
  const last = operations.findLast((operation) => operation.client === client.name && operation.call === probe);
  return last?.result?.type === 'answered' ? last.result.status : undefined;
}

function showCore(core: Core): string {
  if (core.broken.size === 0) return 'everything is healed and started again';
  const broken = [...core.broken].map(([id, how]) => `${id} ${how}`).join(', ');
  const hopeless = core.hopeless === undefined ? '' : `; it cannot serve: ${core.hopeless.reason}`;
  return `${core.nodes.join(', ')} are healed and started again; still broken: ${broken}${hopeless}`;
}
