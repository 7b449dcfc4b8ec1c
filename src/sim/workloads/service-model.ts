import { canonical } from '../../checker/canonical.ts';
import { meaningless, means, type Model } from '../../checker/model.ts';
import { accepted, type EntryContext, type GroupName, type Outcome } from '../../protocol/model/app.ts';
import { BrokenInvariant } from '../../protocol/model/assert.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import { NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Json } from '../../protocol/model/json.ts';
import { pack } from '../../protocol/wire/pack.ts';
import { refusalOf } from '../../frontend/respond.ts';
import { match, routerOf } from '../../service/router.ts';
import type { FrontEndView, Plan, Route, Service } from '../../service/service.ts';
import { BLIND } from '../../frontend/view.ts';
import type { ClientCall } from '../base/history.ts';
import type { HistoryForm } from './workload.ts';

/** The states of all groups; `anything` from where on the model cannot tell. */
export type ServiceState = Readonly<Record<GroupName, unknown>> | 'anything';

/** A request and, where it was answered, its answer. */
type ServiceStep = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Json;
  readonly answer: { readonly status: number; readonly body: string } | null;
};

/**
 * A service as its own sequential model: one client alone, whose requests are carried out one after the other by the `apply`
 * and `read` of the apps themselves. So whoever writes a service has it checked for linearizability without its log: what
 * clients saw must have an order in which the very same code says the same.
 *
 * Where it cannot tell it says nothing against anybody, and from then on nothing at all (`anything`): after a call to another
 * group, which is two steps for everybody else; after a command that looks at its entry (its index, its time); after a
 * request that writes what it has read before. Of a request that reads twice, of one that looks at its front end, and of a
 * read that a cache may answer nothing is asked.
 */
function serviceModel(service: Service): Model<ServiceState, ServiceStep> {
  const initial = Object.fromEntries(service.apps.map((app) => [app.name, app.initial]));
  const routeFor = finder(service);
  return {
    name: service.name,
    initial: () => initial,
    decode({ input, outcome }) {
      const call = callIn(input);
      const found = call === undefined ? undefined : routeFor(call);
      if (call === undefined || found === undefined) return meaningless(`${service.name} knows no such request`);
      const answer = outcome.type === 'ok' ? answerIn(outcome.value) : undefined;
      if (answer !== undefined && isUnserved(answer)) return means();
      const { method, path, body } = call;
      const step: ServiceStep = { method, path, body, answer: answer ?? null };
      const reads = method === 'GET' && found.route.plan(found.asked, [], BLIND).type !== 'write';
      return reads && answer === undefined ? means() : means({ part: '', step, reads });
    },
    apply(state, step) {
      const found = routeFor(step);
      return state === 'anything' || found === undefined ? state : carryOut(service, state, found, step);
    },
    keyOf: (state) => (state === 'anything' ? state : canonical(pack(state))),
    show: (state) => (state === 'anything' ? state : canonical(pack(state))),
  };
}

/** The history of a service of one's own, for `serviceModel`. What nobody can mean, and what a cache may answer, is left out. */
export function serviceHistory(service: Service): HistoryForm {
  const routeFor = finder(service);
  return {
    model: serviceModel(service),
    asked(call) {
      const found = routeFor(call);
      if (found === undefined) return undefined;
      const plan = found.route.plan(found.asked, [], BLIND);
      if (plan.type === 'read' && plan.cache !== undefined && call.linearizable !== true) return undefined;
      const { method, path, body = null } = call;
      return { f: `${method} ${found.route.path}`, value: { method, path, body } };
    },
    answered: (_, status, body) => ({ status, body }),
  };
}

interface Found {
  readonly route: Route;
  readonly asked: unknown;
}

/** One request, from the first step of its plan to its answer. Undefined where it cannot have been answered as it was. */
function carryOut(
  { apps }: Service,
  before: Exclude<ServiceState, string>,
  { route, asked }: Found,
  { answer }: ServiceStep,
): ServiceState | undefined {
  const outcomes: Outcome[] = [];
  const view = watched(BLIND);
  let state = before;
  let isTold = answer !== null;
  for (;;) {
    const plan = planOf(route, asked, outcomes, view.value);
    if (plan === undefined) return state;
    if (plan.type === 'answer') {
      return isTold && !view.isSeen() && answer !== null && !isAnswer(plan, answer) ? undefined : state;
    }
    if (outcomes.length > 0 || plan.type === 'forget') isTold = false;
    if (plan.type === 'forget') {
      outcomes.push(accepted(0));
      continue;
    }
    const app = apps.find(({ name }) => name === plan.group);
    const decoded = plan.type === 'write' ? app?.decode(plan.command) : app?.decodeQuery(plan.query);
    if (app === undefined || decoded?.type !== 'decoded') return state;
    if (plan.type === 'read') {
      outcomes.push(app.read(state[app.name], decoded.value));
      continue;
    }
    const context = watched(NOWHERE);
    const step = app.apply(state[app.name], decoded.value, context.value);
    if (outcomes.length > 0 || 'call' in step || context.isSeen()) return 'anything';
    outcomes.push(step.outcome);
    state = { ...state, [app.name]: step.state };
  }
}

/** What comes next; nothing where the service rules these outcomes out: they were read at different times. */
function planOf(route: Route, asked: unknown, outcomes: readonly Outcome[], view: FrontEndView): Plan | undefined {
  try {
    return route.plan(asked, outcomes, view);
  } catch (error) {
    if (error instanceof BrokenInvariant) return undefined;
    throw error;
  }
}

const NOWHERE: EntryContext = { index: 0, epoch: NO_EPOCH, lamport: 0, wall: 0, uuid: '' };

/** A value of which it is known whether anybody has looked at it. */
function watched<Value extends object>(value: Value): { readonly value: Value; isSeen(): boolean } {
  let isSeen = false;
  const get = (target: Value, key: string | symbol): unknown => {
    isSeen = true;
    return Reflect.get(target, key);
  };
  return { value: new Proxy(value, { get }), isSeen: () => isSeen };
}

/** Finds the route of a request and what it asks for; nothing for what the service does not take. */
function finder(service: Service): (call: Pick<ClientCall, 'method' | 'path' | 'body'>) => Found | undefined {
  const router = routerOf(service.routes);
  return ({ method, path, body }) => {
    const matched = match(router, method, path);
    if (matched.type !== 'route') return undefined;
    const asked = matched.route.decode(matched.parameters, body ?? undefined);
    return asked.type === 'decoded' ? { route: matched.route, asked: asked.value } : undefined;
  };
}

function isAnswer(plan: Extract<Plan, { type: 'answer' }>, answer: NonNullable<ServiceStep['answer']>): boolean {
  const body = plan.body === undefined ? '' : JSON.stringify(plan.body);
  return plan.status === answer.status && body === answer.body;
}

/** Whether the front end itself has refused it, so that it had no effect. */
function isUnserved({ status, body }: NonNullable<ServiceStep['answer']>): boolean {
  return status === 400 && (['early', 'malformed'] as const).some((why) => body.includes(refusalOf(why).reason));
}

function callIn(input: Json): Omit<ServiceStep, 'answer'> | undefined {
  if (!isFields(input)) return undefined;
  const { method, path, body = null } = input;
  return (method === 'GET' || method === 'POST') && typeof path === 'string' ? { method, path, body } : undefined;
}

function answerIn(value: Json): NonNullable<ServiceStep['answer']> | undefined {
  if (!isFields(value)) return undefined;
  const { status, body } = value;
  return typeof status === 'number' && typeof body === 'string' ? { status, body } : undefined;
}

function isFields(value: Json): value is { readonly [name: string]: Json } {
  return isObject(value);
}
