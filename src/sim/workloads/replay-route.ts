import { type Admission, admit, type ClientRequest } from '../../frontend/admit.ts';
import { keyNamed } from '../../frontend/cached-read.ts';
import type { HttpResponse } from '../../frontend/front-end-io.ts';
import { answer, plainRefusal, refusalOf, refuse, refuseAsFailed } from '../../frontend/respond.ts';
import type { App, Decided, Outcome } from '../../protocol/model/app.ts';
import { assert } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { routerOf } from '../../service/router.ts';
import type { RoutePlan, Service } from '../../service/service.ts';
import type { ClientCall } from '../base/history.ts';
import { requestOf } from '../base/request.ts';
import { plansInViews } from './plans-in-views.ts';

/*
 * Route replay: a front end's handling of a request, over given states and outcomes. Decoding, cache keys and answers
 * are the front end's own code (admit.ts, cached-read.ts, respond.ts); advance.ts follows a plan in the same way over a
 * live cluster. The log has nothing of a front end's own state, so a route is followed as long as its plan is the same
 * in every view that its front end may have had (plans-in-views.ts). Where views part, one of the ways must do.
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
 * The end of a replay:
 * - the answers that the route may give here, by what it sees of its front end: one, where that does not matter;
 * - `unknown`: a branch or the view leaves open what the route does next;
 * - `impossible`: the service rules these outcomes out, so that no front end can have seen them.
 */
export type Ending = readonly HttpResponse[] | 'unknown' | 'impossible';

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
    outcomes: readonly Decided[],
    found: Found,
  ): Found | undefined {
    const { route, asked } = clientRequest;
    const { plans, isComplete } = plansInViews(groups, (view) => route.plan(asked, outcomes, view));
    const [plan] = plans;
    if (plan === undefined) return guide.ended(isComplete ? 'impossible' : 'unknown', found);
    if (!isComplete) return guide.ended('unknown', found);
    if (plans.length === 1) return follow(plan, clientRequest, guide, outcomes, found);
    const answers = plans.flatMap((each) => (each.type === 'answer' ? [answer(each.status, each.body, {})] : []));
    if (answers.length === plans.length) return guide.ended(answers, found);
    // One of the plans was the real one. Which of them is open, so of a way that the guide accepts nothing is kept.
    const isAccepted = plans.some((each) => follow(each, clientRequest, guide, outcomes, found) !== undefined);
    return isAccepted ? guide.ended('unknown', found) : undefined;
  }

  function follow<Found>(
    plan: RoutePlan,
    clientRequest: ClientRequest,
    guide: Guide<Found>,
    outcomes: readonly Decided[],
    found: Found,
  ): Found | undefined {
    const call = callOf(clientRequest, plan);
    if ('status' in call) return guide.ended([call], found);
    for (const [outcome, next] of guide.branches(call, found, outcomes.length === 0)) {
      const ended =
        outcome === undefined
          ? guide.ended('unknown', next)
          : outcome.type === 'failed'
            ? guide.ended([refuseAsFailed(refusal, outcome.errorId, {})], next)
            : advance(clientRequest, guide, [...outcomes, outcome], next);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  function callOf(clientRequest: ClientRequest, plan: RoutePlan): RouteCall | HttpResponse {
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
    admit: (call) => admit(router, groups, requestOf(call, {}, 0, SOME)),
    replay: (admission, start, guide) =>
      admission.type === 'admitted'
        ? advance(admission.clientRequest, guide, [], start)
        : guide.ended(admission.type === 'refused' ? [refuse(refusal, admission, {})] : 'unknown', start),
  };
}

const SOME = '00000000-0000-4000-8000-000000000000';

/** Whether the client got such an answer. */
export function isSaid(ending: Ending, said: Pick<HttpResponse, 'status' | 'body'>): boolean {
  if (typeof ending === 'string') return false;
  return ending.some(({ status, body }) => status === said.status && body === said.body);
}
