import { type Admission, admit, type ClientRequest } from '../../frontend/admit.ts';
import { keyNamed } from '../../frontend/cached-read.ts';
import type { HttpResponse } from '../../frontend/front-end-io.ts';
import { answer, plainRefusal, refusalOf, refuse } from '../../frontend/respond.ts';
import { BLIND } from '../../frontend/view.ts';
import type { App, Outcome } from '../../protocol/model/app.ts';
import { assert, BrokenInvariant } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { routerOf } from '../../service/router.ts';
import type { Service } from '../../service/service.ts';
import type { ClientCall } from '../base/history.ts';
import { requestOf } from '../base/request.ts';

/*
 * Route replay: a front end's handling of a request, over given states and outcomes. Decoding, cache keys and answers
 * are the front end's own code (admit.ts, cached-read.ts, respond.ts); advance.ts follows a plan in the same way over a
 * live cluster. The log has nothing of a front end's own state, so a route that looks at its view is followed up to
 * there.
 */

/** One call of a route, decoded by its group. */
export type RouteCall =
  /** `isKept`: a front end may answer it from its cache. */
  | {
      readonly type: 'read';
      readonly app: App;
      readonly query: Json;
      readonly fresh: boolean;
      readonly isKept: boolean;
    }
  | { readonly type: 'write'; readonly app: App; readonly command: Json }
  | { readonly type: 'forget' };

/** An outcome that a call may have had, and the search result with it; undefined where the outcome cannot be told. */
export type Branch<Found> = readonly [outcome: Outcome | undefined, found: Found];

/**
 * The end of a replay: an answer; `unknown`, where a branch or the view of the front end leaves the rest open; or
 * `impossible`, where the service rules these outcomes out, so that no front end can have seen them.
 */
export type Ending = HttpResponse | 'unknown' | 'impossible';

/** The guide of a replay: it picks outcomes and judges endings. */
interface Guide<Found> {
  /** The branches to try, in this order. `isFirst`: the request has made no call before. */
  branches(call: RouteCall, found: Found, isFirst: boolean): Iterable<Branch<Found>>;
  /** The result of the replay; undefined: go on with the next branch. */
  ended(ending: Ending, found: Found): Found | undefined;
}

/** Replays requests to one service. */
export interface Replayer {
  admit(call: ClientCall): Admission;
  /** The first way through the route that the guide accepts, depth first. */
  replay<Found>(admission: Admission, start: Found, guide: Guide<Found>): Found | undefined;
}

export function replayerOf({
  apps,
  routes,
  refusal = plainRefusal,
}: Pick<Service, 'apps' | 'routes' | 'refusal'>): Replayer {
  const router = routerOf(routes);
  const groups = apps.map(({ name }) => name);

  function advance<Found>(
    clientRequest: ClientRequest,
    guide: Guide<Found>,
    outcomes: readonly Outcome[],
    found: Found,
  ): Found | undefined {
    const call = nextCall(clientRequest, outcomes);
    if (typeof call === 'string' || 'status' in call) return guide.ended(call, found);
    for (const [outcome, next] of guide.branches(call, found, outcomes.length === 0)) {
      const ended =
        outcome === undefined
          ? guide.ended('unknown', next)
          : advance(clientRequest, guide, [...outcomes, outcome], next);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  function nextCall(clientRequest: ClientRequest, outcomes: readonly Outcome[]): RouteCall | Ending {
    const view = watched(BLIND);
    const plan = planOf(() => clientRequest.route.plan(clientRequest.asked, outcomes, view.value));
    if (view.isSeen()) return 'unknown';
    if (plan === undefined) return 'impossible';
    if (plan.type === 'answer') return answer(plan.status, plan.body, {});
    if (plan.type === 'forget') return plan;
    const app = apps.find(({ name }) => name === plan.group);
    assert(app !== undefined, 'a route asks the groups of its own service only');
    const decoded = plan.type === 'write' ? app.decode(plan.command) : app.decodeQuery(plan.query);
    if (decoded.type === 'rejected') return refuse(refusal, refusalOf('malformed'), {});
    if (plan.type === 'write') return { type: 'write', app, command: decoded.value };
    const isKept = keyNamed(clientRequest, plan) !== undefined;
    return { type: 'read', app, query: decoded.value, fresh: plan.fresh === true, isKept };
  }

  return {
    admit: (call) => admit(router, groups, requestOf(call, {}, 0, NIL), 0),
    replay: (admission, start, guide) =>
      admission.type === 'refused'
        ? guide.ended(refuse(refusal, admission, {}), start)
        : advance(admission.clientRequest, guide, [], start),
  };
}

const NIL = '00000000-0000-0000-0000-000000000000';

/** Whether that is the answer that the client got. */
export function isSaid(ending: Ending, said: Pick<HttpResponse, 'status' | 'body'>): boolean {
  return typeof ending !== 'string' && ending.status === said.status && ending.body === said.body;
}

function planOf<Plan>(plan: () => Plan): Plan | undefined {
  try {
    return plan();
  } catch (error) {
    // The states are combined by the replay, not by the cluster: a contradiction between them is no bug.
    if (error instanceof BrokenInvariant) return undefined;
    throw error;
  }
}

/** A value that records whether it was looked at. */
export function watched<Value extends object>(value: Value): { readonly value: Value; isSeen(): boolean } {
  let isSeen = false;
  const get = (target: Value, key: string | symbol): unknown => {
    isSeen = true;
    return Reflect.get(target, key);
  };
  return { value: new Proxy(value, { get }), isSeen: () => isSeen };
}
