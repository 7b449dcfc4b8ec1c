import type { Model } from '../../checker/model.ts';
import type { EntryContext, GroupName } from '../../protocol/model/app.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Service } from '../../service/service.ts';
import type { ClientCall } from '../base/history.ts';
import type { Dice } from '../base/random.ts';

/** How virtual clients use one service. */
export interface Workload {
  readonly service: Service;
  /** Every kind of request a plan's mix may name. */
  readonly kinds: readonly string[];
  /** The next request of a kind, given what clients have learned. */
  next(kind: string, dice: Dice, known: Known): ClientCall;
  /** Updates what all clients know, after an answer. */
  learn(call: ClientCall, status: number, body: string, known: Known): void;
  /** A write and a read that a quiescent cluster serves. */
  readonly probes: readonly Probe[];
  /** The invariant between the groups of a quiescent cluster; returns what is wrong, or nothing. */
  atRest(states: Readonly<Record<GroupName, unknown>>): string | undefined;
  /** The history for the checker; without it the log is the only evidence. */
  readonly history?: HistoryForm;
  /** Its service fails at times, on purpose: no violation (judge `service-code`). False by default. */
  readonly mayFail?: boolean;
  /** The service in its buggy version, for each planted bug of services. */
  readonly mutants?: Readonly<Partial<Record<PlantedBug, Service>>>;
  /** The mix of requests that makes a planted bug likely to show; default: the swarm's. */
  readonly huntMixes?: HuntMixes;
}

/** For each planted bug, the weight of each kind of request. */
export type HuntMixes = Readonly<Partial<Record<PlantedBug, Readonly<Record<string, number>>>>>;

/** Requests and answers of a service as operations of a sequential model. */
export interface HistoryForm {
  readonly model: Model;
  /**
   * The operation that a request asks for; undefined for one that the model does not know. `context`: that of the entry
   * of its write, where the log has one.
   */
  asked(call: ClientCall, context?: EntryContext): { readonly f: string; readonly value: Json } | undefined;
  /** The statuses of the service itself, as opposed to a front end's: 200 and 400 by default. */
  readonly statuses?: readonly number[];
  /** The operations whose answer may come from a cache; none by default. */
  readonly cached?: readonly string[];
  /** The value of an answer with one of these statuses. */
  answered(call: ClientCall, status: number, body: string): Json;
}

/** A request to a quiescent cluster, and the status of its answer: 200 by default; `any`: any answer. */
export interface Probe extends ClientCall {
  readonly expect?: number | 'any';
}

/** Numbers that clients have learned, by name, such as the number of users. */
export type Known = Map<string, number>;

/** A read of `path`. */
export function get(path: string): ClientCall {
  return { method: 'GET', path, body: undefined, session: false };
}

/** A read of `path` that no cache may answer. */
export function getFresh(path: string): ClientCall {
  return { ...get(path), linearizable: true };
}

/** A request that may write. */
export function post(path: string, body: Json): ClientCall {
  return { method: 'POST', path, body, session: false };
}
