import * as z from 'zod';
import type { Decoded } from '../../protocol/model/app.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import { findWorkload } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import { type Fault, faultSchema, version } from './fault.ts';
import { issueInWords } from './plan-issue.ts';
import { settingsSchema } from './plan-settings.ts';
import { whyNoTree } from '../../protocol/model/tree.ts';

/*
 * A plan is a run as data: the same type whether written by hand (a scenario), made from a seed (swarm) or kept from a
 * failure. Times are whole milliseconds of simulated time since the start unless a name says `Micros`; chances are per
 * mille. `z.strictObject` throughout: a misspelt knob is an error and not a silent default.
 */

const millis = z.int().min(0).max(86_400_000);
const micros = z.int().min(0).max(60_000_000);
const perMille = z.int().min(0).max(1_000);

const networkSchema = z.strictObject({
  /** Message delays in microseconds, each equally likely. */
  delayMicros: z.array(micros).min(1).default([500, 800, 1_000, 1_500, 2_000]),
  /** A tail: so many in a thousand take this much longer. */
  tail: z.strictObject({ perMille, delayMicros: micros }).default({ perMille: 0, delayMicros: 0 }),
  drop: perMille.default(0),
  duplicate: perMille.default(0),
  /** Messages of one link arrive in the order of sending, as over one connection. */
  ordered: z.boolean().default(false),
  /** A message to a crashed process is refused, and its sender is told; otherwise there is silence. */
  refusals: z.boolean().default(true),
});

const diskSchema = z.strictObject({
  /** Times of a durable write in microseconds, each equally likely. */
  syncMicros: z.array(micros).min(1).default([200, 400, 900]),
  /** Times of writing a snapshot. */
  saveMicros: z.array(micros).min(1).default([5_000, 20_000]),
  /** Records that are written and synced together, and found together or not at all after a crash. */
  recordsPerFrame: z.int().min(1).max(1_000_000).default(1_000_000),
  /** Whether a state of which half the records have changed is written whole: if not, all snapshots are changes. */
  wholeWhenSmall: z.boolean().default(true),
  /** Files of changes behind a base. */
  linksAtMost: z.int().min(0).max(64).default(64),
});

const clockSchema = z.strictObject({
  /** The greatest difference of two nodes' wall clocks. */
  wallSpread: millis.default(0),
  /** The greatest drift of a monotonic clock, fast or slow, per mille. */
  drift: z.int().min(0).max(500).default(0),
});

/** The versions of the service's code that a build has. */
const buildSchema = z
  .strictObject({ oldest: version, newest: version })
  .refine(({ oldest, newest }) => oldest <= newest, 'a build ends with its newest version');

export type Build = z.output<typeof buildSchema>;

/** One request of a written script. */
export const scriptedSchema = z.strictObject({
  at: millis,
  client: z.string().regex(/^c[1-9]\d?$/, 'a client is named c1, c2, …'),
  method: z.enum(['GET', 'POST']),
  path: z.string().startsWith('/'),
  body: z.json().optional(),
  /** The front end of the first attempt; otherwise the client's own. */
  through: z.string().optional(),
  /** A session read: any server whose state covers the client's token may answer. */
  session: z.boolean().default(false),
  /** Bypasses the cache of the front end. */
  linearizable: z.boolean().exactOptional(),
  /** Without a key the front end gives the write its uuid, and the client does not retry. */
  keyed: z.boolean().default(true),
  /** The status that the story needs; another one, or none, fails the run. `any`: it must be answered. */
  expect: z.union([z.int().min(100).max(599), z.literal('any')]).optional(),
});

const workloadSchema = z.strictObject({
  clients: z.int().min(0).max(64).default(0),
  /** Requests of each client. */
  requests: z.int().min(0).max(100_000).default(0),
  /** Between an answer and the next request: up to twice this. */
  think: millis.default(100),
  /**
   * How often each kind of request is chosen, by weight. Kinds left out are never chosen; without any weight, all kinds
   * are.
   */
  mix: z.record(z.string(), z.int().min(0).max(1_000)).default({}),
  /** Per mille of clients that send their writes under a uuid of their own and retry until answered. */
  keyed: perMille.default(800),
  /** Per mille of clients that carry their token along. */
  tokens: perMille.default(500),
  /** Per mille of reads, by clients with a token, that are session reads. */
  session: perMille.default(300),
  /**
   * Per mille of writes under a uuid of the client that go to two front ends at once. Of live rounds: the simulator
   * doubles messages (`network.duplicate`).
   */
  doubled: perMille.default(0),
  /** The timeout of an attempt: the client hangs up and asks elsewhere. */
  attemptFor: millis.default(2_000),
  /** The timeout of an operation: the client gives up, and the outcome is unknown. */
  giveUpAfter: millis.default(20_000),
  script: z.array(scriptedSchema).max(1_000).default([]),
});

/** A goal of the run: a note that must be seen at least so often, or the run proves nothing. */
const goalSchema = z.strictObject({
  note: z.string(),
  /** Only notes of this group, or of `front-end`. */
  unit: z.string().optional(),
  /** Only notes of this node. */
  node: z.string().optional(),
  atLeast: z.int().min(1).default(1),
});

/** A plan as in a file. */
export const planSchema = z.strictObject({
  name: z.string().optional(),
  story: z.string().optional(),
  service: z.string(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  servers: z.int().min(1).max(7).default(3),
  frontEnds: z.int().min(1).max(4).default(2),
  settings: settingsSchema.default({}),
  network: networkSchema.prefault({}),
  disk: diskSchema.prefault({}),
  clocks: clockSchema.prefault({}),
  workload: workloadSchema.prefault({}),
  /** What servers are first started with, where that is not version 1 of the service alone (PROTOCOL §11). */
  builds: z.record(z.string().regex(/^s[1-9]\d?$/, 'a server is named s1, s2, …'), buildSchema).default({}),
  /** A server that applies commands at the entries `from` to `to` otherwise than the others do (PROTOCOL §11.8). */
  astray: z
    .strictObject({
      server: z.string().regex(/^s[1-9]\d?$/, 'a server is named s1, s2, …'),
      from: z.int().min(1),
      to: z.int().min(1),
      /** Its migrations throw (PROTOCOL §11.3). */
      failsMigration: z.boolean().optional(),
    })
    .optional(),
  /**
   * How long a migration keeps a process busy that runs it, before the horizon: on one server, or on each (PROTOCOL
   * §11.3).
   */
  migration: z
    .strictObject({
      takes: z.union([millis, z.literal('for ever')]),
      server: z
        .string()
        .regex(/^s[1-9]\d?$/, 'a server is named s1, s2, …')
        .optional(),
    })
    .optional(),
  faults: z.array(faultSchema).max(1_000).default([]),
  /** The end of faults and of new requests; the liveness phase follows. */
  horizon: millis.default(10_000),
  /**
   * The nodes that are healed at the horizon. `all`: every node that still has its disk. `core`: only a part that must
   * be able to serve, drawn from the seed or named in `core`; the rest stays crashed or cut off.
   */
  ending: z.enum(['all', 'core']).default('all'),
  core: z.array(z.string()).min(1).optional(),
  /** The time in which the core must become quiescent. */
  restWithin: millis.default(60_000),
  /** The time in which every operation must be answered, and not by a front end that gives up; unlimited without it. */
  answersWithin: millis.optional(),
  expect: z.array(goalSchema).default([]),
});

/** A whole run, every knob resolved. */
export type Plan = z.output<typeof planSchema>;

/** A plan as in a file: knobs that are left out take their defaults. */
export type PlanInput = Omit<z.input<typeof planSchema>, 'service'> & {
  /** Default: the service of the first workload that the plan is decoded with. */
  service?: string | undefined;
};

/** Every knob at its default. */
export const STANDARD: Readonly<Omit<Plan, 'service'>> = planSchema.omit({ service: true }).parse({});

export type NetworkPlan = Plan['network'];
export type ScriptedRequest = Plan['workload']['script'][number];

/** Decodes a plan; an error gives the path and the reason. `workloads`: the services that it may name. */
export function decodePlan(value: unknown, workloads: readonly Workload[]): Decoded<Plan> {
  const why = whyNoTree(value);
  if (why !== undefined) return { type: 'rejected', reason: `plan${why}` };
  const parsed = planSchema.safeParse(withService(value, workloads));
  if (!parsed.success) return { type: 'rejected', reason: reasonOf(parsed.error.issues, value) };
  const wrong = contradiction(parsed.data, workloads);
  return wrong === undefined ? { type: 'decoded', value: parsed.data } : { type: 'rejected', reason: wrong };
}

/** A plan made by code; an invalid one is a bug. */
export function planOf(input: PlanInput, workloads: readonly Workload[]): Plan {
  const decoded = decodePlan(input, workloads);
  if (decoded.type === 'rejected') throw new TypeError(decoded.reason);
  return decoded.value;
}

function withService(value: unknown, [first]: readonly Workload[]): unknown {
  const isNamed = !isObject(value) || value['service'] !== undefined || first === undefined;
  return isNamed ? value : { ...value, service: first.service.name };
}

/** All names in a plan, for suggestions on a misspelt one. */
const NAMES = [
  planSchema,
  settingsSchema,
  networkSchema,
  diskSchema,
  clockSchema,
  workloadSchema,
  scriptedSchema,
  goalSchema,
  ...faultSchema.options,
].flatMap(({ shape }) => Object.keys(shape));

function reasonOf(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  return [...new Set(issues.map((issue) => issueInWords(issue, value, NAMES)))].join('; ');
}

/** Contradictions between parts that are valid by themselves. */
function contradiction(plan: Plan, workloads: readonly Workload[]): string | undefined {
  const workload = findWorkload(plan.service, workloads);
  if (workload === undefined) return `plan.service: no service is called ${plan.service}`;
  const { kinds, service } = workload;
  const unknown = Object.keys(plan.workload.mix).find((kind) => !kinds.includes(kind));
  if (unknown !== undefined) return `plan.workload.mix.${unknown}: expected one of ${kinds.join(', ')}`;
  if (kinds.length === 0 && plan.workload.clients * plan.workload.requests > 0)
    return `plan.workload.requests: clients of ${service.name} ask what a script says, and nothing of their own`;
  for (const [place, fault] of plan.faults.entries()) {
    if (fault.at > plan.horizon) return `plan.faults[${place}].at: after the horizon of ${plan.horizon}`;
    for (const node of nodesOf(fault)) {
      if (!exists(plan, node)) return `plan.faults[${place}]: there is no ${node}`;
    }
    const strange = groupsOf(fault).find((group) => service.apps.every(({ name }) => name !== group));
    if (strange !== undefined) return `plan.faults[${place}]: there is no group ${strange}`;
  }
  const stranger = plan.core?.find((node) => !/^[sf]/.test(node) || !exists(plan, node));
  if (stranger !== undefined) return `plan.core: there is no node ${stranger}`;
  if (plan.core !== undefined && plan.ending === 'all') return 'plan.core: only an ending of `core` has one';
  for (const [place, request] of plan.workload.script.entries()) {
    if (request.at > plan.horizon) return `plan.workload.script[${place}].at: after the horizon of ${plan.horizon}`;
    if (request.through !== undefined && !(request.through.startsWith('f') && exists(plan, request.through)))
      return `plan.workload.script[${place}].through: there is no front end ${request.through}`;
  }
  return undefined;
}

function nodesOf(fault: Fault): readonly string[] {
  return placesOf(fault).filter((place) => /^[sfc]\d+$/.test(place));
}

function groupsOf(fault: Fault): readonly string[] {
  const named = placesOf(fault).flatMap((place) => /^(?:primary|secondaries|highest) of (.+)$/.exec(place)?.[1] ?? []);
  return 'group' in fault ? [...named, fault.group] : named;
}

function placesOf(fault: Fault): readonly string[] {
  return [
    ...('node' in fault ? [fault.node] : []),
    ...('of' in fault ? [fault.of] : []),
    ...(fault.type === 'transfer' && fault.to !== undefined ? [fault.to] : []),
    ...('from' in fault ? [...fault.from, ...fault.to] : []),
  ];
}

function exists(plan: Plan, node: string): boolean {
  const number = Number(node.slice(1));
  if (node.startsWith('s')) return number <= plan.servers + joinersOf(plan, 'server');
  if (node.startsWith('f')) return number <= plan.frontEnds + joinersOf(plan, 'front end');
  return node.startsWith('c');
}

/** The number of nodes of that kind that join later. */
function joinersOf({ faults }: Plan, kind: 'server' | 'front end'): number {
  return faults.filter((fault) => fault.type === 'join' && fault.kind === kind).length;
}
