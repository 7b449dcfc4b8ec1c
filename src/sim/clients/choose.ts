import type { ClientCall } from '../base/history.ts';
import { diceOf, drawAt, happensAt, streamOf } from '../base/random.ts';
import type { Plan, ScriptedRequest } from '../plan/plan.ts';
import type { Known, Workload } from '../workloads/workload.ts';

type WorkloadPlan = Plan['workload'];

/** Traits of a client, a function of its name and the seed. */
export interface Traits {
  /** Sends writes under its own uuid, and repeats them. */
  readonly isKeyed: boolean;
  readonly hasToken: boolean;
  /** Its first front end: a place in the list. */
  readonly place: number;
  /** Requests of its own choice, at most. */
  readonly choices: number;
  /** Milliseconds after which it does not ask again. */
  readonly giveUpAfter: number;
}

/** The clients of a plan: `c1`, `c2`, …, and further ones that its script names. */
export function clientNames({ clients, script }: WorkloadPlan): readonly string[] {
  const names = Array.from({ length: clients }, (_, place) => `c${place + 1}`);
  return [...new Set([...names, ...script.map(({ client }) => client)])];
}

export function traitsOf(plan: Plan, name: string, frontEnds: number): Traits {
  const { workload, seed } = plan;
  const stream = streamOf(seed, `client ${name}`);
  const isScripted = workload.script.some(({ client }) => client === name);
  return {
    isKeyed: isScripted || happensAt(stream, 1, workload.keyed),
    hasToken: isScripted || happensAt(stream, 2, workload.tokens),
    place: drawAt(stream, 3, frontEnds),
    choices: Number(name.slice(1)) <= workload.clients ? workload.requests : 0,
    giveUpAfter: workload.giveUpAfter,
  };
}

/** Delay before a client's first request, in microseconds. */
export function beginsAfter({ workload, seed }: Plan, name: string): number {
  return drawAt(streamOf(seed, `client ${name}`), 4, workload.think * 1_000 + 1);
}

/** Think time of a client after an operation, in microseconds. */
export function thinksFor({ workload, seed }: Plan, name: string, operation: number): number {
  return drawAt(streamOf(seed, `think ${name}`), operation, workload.think * 2_000 + 1);
}

/** The call of a scripted request. */
export function callOf({ method, path, body, session, linearizable }: ScriptedRequest): ClientCall {
  return { method, path, body, session, ...(linearizable === true ? { linearizable } : {}) };
}

/** A client's `number`-th request of its own choice, given what clients have learned. */
export function chooseCall(
  { seed, workload: { mix, session } }: Plan,
  workload: Workload,
  { name, hasToken }: { readonly name: string; readonly hasToken: boolean },
  number: number,
  known: Known,
): ClientCall {
  const dice = diceOf(streamOf(seed, `choice ${name} ${number}`));
  const isMixed = Object.values(mix).some((weight) => weight > 0);
  const weightOf = (kind: string): number => (isMixed ? (mix[kind] ?? 0) : 1);
  const kinds = workload.kinds.filter((kind) => weightOf(kind) > 0);
  let left = dice.below(kinds.reduce((sum, kind) => sum + weightOf(kind), 0) || 1);
  const kind = kinds.find((candidate) => (left -= weightOf(candidate)) < 0) ?? workload.kinds[0] ?? '';
  const call = workload.next(kind, dice, known);
  return { ...call, session: call.method === 'GET' && call.linearizable !== true && hasToken && dice.chance(session) };
}
