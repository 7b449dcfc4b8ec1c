import { assert } from '../../protocol/model/assert.ts';
import type { ClientCall } from '../base/history.ts';
import { type Dice, diceOf, streamOf } from '../base/random.ts';
import { serviceHistory } from './service-model.ts';
import type { HuntMixes, Known, Probe, Workload } from './workload.ts';

/** A workload's own part: how to draw each kind of request. See `Workload` for the rest, which is optional. */
export interface WorkloadDefinition {
  readonly service: Workload['service'];
  /**
   * By the kind's name in a plan's mix: the next request of that kind. All chance comes from `dice`. Empty: clients
   * send what a script says.
   */
  readonly kinds: Readonly<Record<string, (dice: Dice, known: Known) => ClientCall>>;
  readonly learn?: Workload['learn'];
  /** Default: one request of the first kind that posts and one of the first that gets, with any answer. */
  readonly probes?: readonly Probe[];
  readonly atRest?: Workload['atRest'];
  /** Default: the service is its own model, see `serviceModel`. */
  readonly history?: Workload['history'];
  readonly mutants?: NonNullable<Workload['mutants']>;
  readonly huntMixes?: HuntMixes;
}

/** Makes the workload of a service: `runPlan(plan, { workloads: [defineWorkload({ service, kinds })] })`. */
export function defineWorkload(definition: WorkloadDefinition): Workload {
  const { service, kinds, learn, probes, atRest, history = serviceHistory(service), ...planted } = definition;
  const names = Object.keys(kinds);
  const next = (kind: string, dice: Dice, known: Known): ClientCall => {
    const draw = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    assert(draw !== undefined, 'clients ask for the kinds of their workload only');
    return draw(dice, known);
  };
  return {
    service,
    kinds: names,
    next,
    learn: learn ?? (() => undefined),
    probes: probes ?? probesAmong(names.map((kind) => next(kind, diceOf(streamOf(0, `probe ${kind}`)), new Map()))),
    atRest: atRest ?? (() => undefined),
    history,
    ...planted,
  };
}

function probesAmong(calls: readonly ClientCall[]): readonly Probe[] {
  const first = (['POST', 'GET'] as const).flatMap((method) => calls.find((call) => call.method === method) ?? []);
  return first.map((call): Probe => ({ ...call, expect: 'any' }));
}
