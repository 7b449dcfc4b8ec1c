import * as fc from 'fast-check';
import * as z from 'zod';
import type { ClientCall } from '../sim/base/history.ts';
import { type Plan, type PlanInput, planOf } from '../sim/plan/plan.ts';
import { type FaultOptions, scheduleOf, strikes, tens } from './faults.ts';
import { planText } from './plan-text.ts';
import { type Subject, workloadOf } from './subject.ts';

export interface PlanOptions {
  /** Data servers, at most; 5 by default. */
  readonly serversAtMost?: number;
  /** Front ends, at most; 2 by default. */
  readonly frontEndsAtMost?: number;
  /** The last time of faults and requests, in milliseconds; 6,000 by default. */
  readonly horizonAtMost?: number;
  /** `none`, or kinds and number. */
  readonly faults?: FaultOptions | 'none';
  /** `default`: network, disks, clocks and settings keep their defaults. */
  readonly knobs?: 'default';
  /**
   * Requests of clients; required for an app or a service without schemas, and in place of a workload's own choices.
   */
  readonly requests?: fc.Arbitrary<ClientCall>;
  /** Requests, at most; 20 by default. */
  readonly requestsAtMost?: number;
}

/**
 * Whole plans for an app, a service or a workload. They shrink to a single server without faults, requests or delays; a
 * counterexample is minimal, and prints as a scenario to paste into a file.
 */
export function plans(subject: Subject, options: PlanOptions = {}): fc.Arbitrary<Plan> {
  const { serversAtMost = 5, frontEndsAtMost = 2, horizonAtMost = 6_000, faults = {} } = options;
  const workload = workloadOf(subject, []);
  const groups = workload.service.apps.map(({ name }) => name);
  const struck = faults === 'none' ? fc.constant([]) : strikes(horizonAtMost, faults);
  return fc
    .record({
      servers: fc.integer({ min: 1, max: serversAtMost }),
      frontEnds: fc.integer({ min: 1, max: frontEndsAtMost }),
      horizon: tens(1_000, horizonAtMost),
      struck,
      asked: workloads(subject, options),
      knobs: options.knobs === 'default' ? fc.constant({}) : knobs,
      seed: fc.integer({ min: 1, max: 1_000_000 }),
    })
    .map(({ servers, frontEnds, horizon, struck: these, asked, knobs: turned, seed }) => {
      const ground = { servers, frontEnds, groups, horizon };
      const script = (asked.script ?? []).filter(({ at }) => at <= horizon);
      const input: PlanInput = {
        ...turned,
        service: workload.service.name,
        seed,
        servers,
        frontEnds,
        horizon,
        faults: [...scheduleOf(these, ground)],
        workload: { ...asked, script },
      };
      return printed(planOf(input, [workload]));
    });
}

/**
 * The clients of a plan: a script of `requests`, or a workload's own choices. They shrink to few clients with few
 * requests.
 */
export function workloads(
  subject: Subject,
  options: Pick<PlanOptions, 'requests' | 'requestsAtMost' | 'horizonAtMost'> = {},
): fc.Arbitrary<NonNullable<PlanInput['workload']>> {
  const { requests, requestsAtMost = 20, horizonAtMost = 6_000 } = options;
  if (requests !== undefined) return scripts(requests, requestsAtMost, horizonAtMost);
  const { service, kinds } = workloadOf(subject, []);
  if (kinds.length === 0) throw new TypeError(`${service.name} has no workload: say which requests its clients make`);
  return fc
    .record(
      {
        clients: fc.integer({ min: 1, max: 4 }),
        requests: fc.integer({ min: 1, max: Math.max(1, Math.floor(requestsAtMost / 2)) }),
        think: tens(0, 300),
        mix: fc.dictionary(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 10 }), { noNullPrototype: true }),
        keyed: fc.constantFrom(1_000, 500, 0),
        tokens: fc.constantFrom(0, 1_000),
        session: fc.constantFrom(0, 900),
      },
      { requiredKeys: ['clients', 'requests'] },
    )
    .map((asked) => ({ ...asked, requests: Math.min(asked.requests, Math.ceil(requestsAtMost / asked.clients)) }));
}

function scripts(
  requests: fc.Arbitrary<ClientCall>,
  requestsAtMost: number,
  horizonAtMost: number,
): fc.Arbitrary<NonNullable<PlanInput['workload']>> {
  const asked = fc.record({
    at: tens(0, horizonAtMost),
    client: fc.constantFrom('c1', 'c2', 'c3'),
    call: requests,
    isSession: fc.boolean(),
  });
  return fc.array(asked, { minLength: 1, maxLength: requestsAtMost }).map((items) => ({
    script: items
      .map(({ at, client, call: { method, path, body }, isSession }) => ({
        at,
        client,
        method,
        path,
        ...(body === undefined ? {} : { body: z.json().parse(body) }),
        ...(method === 'GET' && isSession ? { session: true } : {}),
      }))
      .sort((a, b) => a.at - b.at),
  }));
}

/** Knobs that fit each other; each is absent in half of the cases, and shrinks to that. */
const knobs: fc.Arbitrary<Pick<PlanInput, 'settings' | 'network' | 'disk' | 'clocks'>> = fc.record(
  {
    settings: fc.record(
      {
        batchAtMost: fc.constantFrom(1, 2, 8),
        inFlightAtMost: fc.constantFrom(1, 2),
        snapshotEvery: fc.constantFrom(50, 10, 3),
        keepEntries: fc.constantFrom(20, 5, 0),
        callsAtMost: fc.constantFrom(2, 1),
        acknowledge: fc.constantFrom('majority'),
        reads: fc.constantFrom('spread'),
      },
      { requiredKeys: [] },
    ),
    network: fc.record(
      {
        delayMicros: fc.constantFrom([1_000], [1_000, 5_000, 20_000], [100, 60_000]),
        tail: fc.record({ perMille: fc.integer({ min: 1, max: 40 }), delayMicros: fc.constantFrom(20_000, 500_000) }),
        drop: fc.integer({ min: 1, max: 100 }),
        duplicate: fc.integer({ min: 1, max: 100 }),
        ordered: fc.constant(true),
        refusals: fc.constant(false),
      },
      { requiredKeys: [] },
    ),
    disk: fc.record({ syncMicros: fc.constantFrom([1_000], [1_000, 20_000], [500, 80_000]) }, { requiredKeys: [] }),
    clocks: fc.record({ wallSpread: fc.constantFrom(5, 2_000) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

/** The plan, which fast-check prints as a scenario. The printer is invisible to comparison, copying and validation. */
function printed(plan: Plan): Plan {
  return Object.defineProperty(plan, fc.toStringMethod, { value: () => `\n${planText(plan)}`, enumerable: false });
}
