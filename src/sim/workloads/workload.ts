import type { Model } from '../../checker/model.ts';
import type { GroupName } from '../../protocol/model/app.ts';
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
  /** What an answer teaches all clients. */
  learn(call: ClientCall, status: number, body: string, known: Known): void;
  /** A write and a read that any cluster at rest serves. */
  readonly probes: readonly Probe[];
  /** What must hold between the groups once nothing is under way; says what is wrong, or nothing. */
  atRest(states: Readonly<Record<GroupName, unknown>>): string | undefined;
  /** How the checker is told what clients saw; without it the log alone bears witness. */
  readonly history?: HistoryForm;
  /** The service with a planted bug, for each bug that is one of services and not of the protocol. */
  readonly mutants?: Readonly<Partial<Record<PlantedBug, Service>>>;
  /** The mix of requests that makes a planted bug likely to matter; the swarm's where none is said. */
  readonly huntMixes?: HuntMixes;
}

/** For each planted bug, how often each kind of request is asked for. */
export type HuntMixes = Readonly<Partial<Record<PlantedBug, Readonly<Record<string, number>>>>>;

/** Requests and answers of a service as operations of a sequential model. */
export interface HistoryForm {
  readonly model: Model;
  /** What a request asks for; nothing for one that the model does not know. */
  asked(call: ClientCall): { readonly f: string; readonly value: Json } | undefined;
  /** The statuses with which the service speaks, and not a front end for itself: 200 and 400 unless said. */
  readonly statuses?: readonly number[];
  /** The operations whose answer may come from a cache; none unless said. */
  readonly cached?: readonly string[];
  /** The value of an answer with one of these. */
  answered(call: ClientCall, status: number, body: string): Json;
}

/** A request to a cluster at rest, and the status it is answered with: 200 unless said; `any` where only some answer counts. */
export interface Probe extends ClientCall {
  readonly expect?: number | 'any';
}

/** Numbers that answers have taught, by name, such as how many users there are. */
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
