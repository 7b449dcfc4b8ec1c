import { canonical } from '../../checker/canonical.ts';
import { meaningless, means, type Model } from '../../checker/model.ts';
import type { ClientRequest } from '../../frontend/admit.ts';
import { keyNamed } from '../../frontend/cached-read.ts';
import { refusalOf } from '../../frontend/respond.ts';
import { BLIND } from '../../frontend/view.ts';
import { contained, containedStep } from '../../protocol/model/contain.ts';
import { accepted, type EntryContext, type GroupName } from '../../protocol/model/app.ts';
import { type Epoch, NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Json } from '../../protocol/model/json.ts';
import { decode, finite, isObject, record, text, whole } from '../../protocol/wire/decode.ts';
import { pack } from '../../protocol/wire/pack.ts';
import type { RoutePlan, Service } from '../../service/service.ts';
import type { ClientCall } from '../base/history.ts';
import { plansInViews } from './plans-in-views.ts';
import { type Branch, isSaid, type Replayer, replayerOf, type RouteCall } from './replay-route.ts';
import type { HistoryForm } from './workload.ts';

/** The states of all groups; where the model cannot tell, a text that says why. */
type ServiceState = Readonly<Record<GroupName, unknown>> | string;

/** What a state is shown as that the model cannot tell, with the reason behind it. */
export const ANYTHING = 'anything: ';

/** A request and, if it was answered, its answer. */
type ServiceStep = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Json;
  /** That of its entry, where it is known. */
  readonly context: Json;
  readonly answer: { readonly status: number; readonly body: string } | null;
};

/**
 * A service as its own sequential model: requests are carried out one after the other, by the `apply` and `read` of the
 * apps themselves. So a service is checked for linearizability without its log: the history of its clients must have an
 * order in which the same code gives the same answers.
 *
 * Where the model cannot tell, it accepts any answer, and from then on all of them (`anything`):
 * - after a call to another group, which is two steps for all others;
 * - after a command that looks at its entry (its index, its time), where that is not known;
 * - after a request that writes what it has read before;
 * - after a request whose calls go by what its route sees of its front end, and may be writes: a POST, or a GET that
 *   plans a write first in some view.
 *
 * Not judged at all are answers of a request that reads twice, and of a read that a cache may answer. The answer of a
 * route that looks at its front end must be right in one view that a front end may have.
 */
function serviceModel(service: Service, replayer: Replayer): Model<ServiceState, ServiceStep> {
  const initial = Object.fromEntries(service.apps.map((app) => [app.name, app.initial]));
  return {
    name: service.name,
    initial: () => initial,
    decode({ input, outcome }) {
      const call = callIn(input);
      const admission = call === undefined ? undefined : replayer.admit(clientCall(call));
      if (call === undefined || admission?.type !== 'admitted') {
        return meaningless(`${service.name} knows no such request`);
      }
      const answer = outcome.type === 'ok' ? answerIn(outcome.value) : undefined;
      if (answer !== undefined && isUnserved(answer)) return means();
      const step: ServiceStep = { ...call, answer: answer ?? null };
      const reads = readsOnly(service, admission.clientRequest);
      return reads && answer === undefined ? means() : means({ part: '', step, reads });
    },
    apply: (state, step) => (typeof state === 'string' ? state : carryOut(service, replayer, state, step)),
    keyOf: (state) => (typeof state === 'string' ? ANYTHING : canonical(pack(state))),
    show: (state) => (typeof state === 'string' ? `${ANYTHING}${state}` : canonical(pack(state))),
  };
}

/**
 * The history of a service of one's own, for `serviceModel`. Requests that no route decodes, and cacheable reads, are
 * left out.
 */
export function serviceHistory(service: Service): HistoryForm {
  const replayer = replayerOf(service);
  return {
    model: serviceModel(service, replayer),
    asked(call, context) {
      const admission = replayer.admit(call);
      if (admission.type !== 'admitted') return undefined;
      const { clientRequest } = admission;
      if (keyNamed(clientRequest, firstPlan(clientRequest)) !== undefined) return undefined;
      const { method, path, body = null } = call;
      // Only a write has one.
      const entry = context === undefined ? {} : { context: { ...context, epoch: { ...context.epoch } } };
      return { f: `${method} ${clientRequest.route.path}`, value: { method, path, body, ...entry } };
    },
    answered: (_, status, body) => ({ status, body }),
  };
}

/** Whether the request is a read: a GET that does not plan a write first, whatever its front end's view. */
function readsOnly(service: Service, { route, asked }: ClientRequest): boolean {
  const groups = service.apps.map(({ name }) => name);
  const { plans } = plansInViews(groups, (view) => route.plan(asked, [], view));
  return route.method === 'GET' && plans.every(({ type }) => type !== 'write');
}

function firstPlan({ route, asked }: ClientRequest): RoutePlan {
  return route.plan(asked, [], BLIND);
}

/** The states after a request's calls, and whether they still determine its answer. */
interface Done {
  readonly state: ServiceState;
  readonly isTold: boolean;
}

/** One request, from the first step of its plan to its answer. Undefined where its answer is impossible. */
function carryOut(
  service: Service,
  replayer: Replayer,
  before: Exclude<ServiceState, string>,
  step: ServiceStep,
): ServiceState | undefined {
  const { answer } = step;
  const start: Done = { state: before, isTold: answer !== null };
  const admission = replayer.admit(clientCall(step));
  const isRead = admission.type === 'admitted' && readsOnly(service, admission.clientRequest);
  const done = replayer.replay(admission, start, {
    branches: (call, { state, isTold }, isFirst) => [perform(call, state, isTold && isFirst, isFirst, step.context)],
    ended(ending, { state, isTold }) {
      if (ending === 'unknown')
        return {
          state:
            isRead || typeof state === 'string' ? state : `${step.method} ${step.path} goes by what its front end sees`,
          isTold: false,
        };
      const isWrong = isTold && answer !== null && ending !== 'impossible' && !isSaid(ending, answer);
      return isWrong ? undefined : { state, isTold };
    },
  });
  return done?.state;
}

/** One call of a request, in the states before it. */
function perform(call: RouteCall, state: ServiceState, isTold: boolean, isFirst: boolean, entry: Json): Branch<Done> {
  if (call.type === 'forget') return [accepted(0), { state, isTold: false }];
  if (typeof state === 'string') return [undefined, { state, isTold }];
  const { app } = call;
  if (call.type === 'read') {
    const read = contained(() => app.read(state[app.name], call.query));
    return [read.type === 'returned' ? read.value : undefined, { state, isTold: isTold && !call.isKept }];
  }
  const known = contextIn(entry);
  const context = watched(known ?? NOWHERE);
  const before = state[app.name];
  const { step } = containedStep(app.name, 0, call.command, before, () =>
    app.apply(before, call.command, context.value),
  );
  const why = !isFirst
    ? 'it writes what it has read before'
    : 'call' in step
      ? `it calls ${step.call.group}, which is two steps for all others`
      : known === undefined && context.isSeen()
        ? 'its apply looks at the entry (index or time)'
        : undefined;
  if (!('outcome' in step) || why !== undefined) {
    return [undefined, { state: `after a command of ${app.name} (${kindOf(call.command)}) ${why}`, isTold }];
  }
  return [step.outcome, { state: { ...state, [app.name]: step.state }, isTold }];
}

function kindOf(command: Json): string {
  return isFields(command) && typeof command['type'] === 'string' ? command['type'] : 'of no type';
}

const NOWHERE: EntryContext = { index: 0, epoch: NO_EPOCH, lamport: 0, wall: 0, uuid: '' };

/** A value that records whether it was looked at. */
function watched<Value extends object>(value: Value): { readonly value: Value; isSeen(): boolean } {
  let isSeen = false;
  const get = (target: Value, key: string | symbol): unknown => {
    isSeen = true;
    return Reflect.get(target, key);
  };
  return { value: new Proxy(value, { get }), isSeen: () => isSeen };
}

/** A client that has seen nothing yet, and accepts no cached answer. */
function clientCall({ method, path, body }: Omit<ServiceStep, 'answer'>): ClientCall {
  return { method, path, body: body ?? undefined, session: false };
}

/** Whether the front end itself refused the request, so that it had no effect. */
function isUnserved({ status, body }: NonNullable<ServiceStep['answer']>): boolean {
  return status === 400 && (['early', 'malformed'] as const).some((why) => body.includes(refusalOf(why).reason));
}

function callIn(input: Json): Omit<ServiceStep, 'answer'> | undefined {
  if (!isFields(input)) return undefined;
  const { method, path, body = null, context = null } = input;
  return (method === 'GET' || method === 'POST') && typeof path === 'string'
    ? { method, path, body, context }
    : undefined;
}

function contextIn(value: Json): EntryContext | undefined {
  const decoded = decode(entryContext, value, '');
  return decoded.type === 'decoded' ? decoded.value : undefined;
}

const entryContext = record<EntryContext>({
  index: whole,
  epoch: record<Epoch>({ counter: whole, nodeId: text }),
  lamport: whole,
  wall: finite,
  uuid: text,
});

function answerIn(value: Json): NonNullable<ServiceStep['answer']> | undefined {
  if (!isFields(value)) return undefined;
  const { status, body } = value;
  return typeof status === 'number' && typeof body === 'string' ? { status, body } : undefined;
}

function isFields(value: Json): value is { readonly [name: string]: Json } {
  return isObject(value);
}
