import type { Decided } from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import { contained, type Contained } from '../protocol/model/contain.ts';
import type { RoutePlan } from '../service/service.ts';
import type { ClientRequest } from './admit.ts';
import type { HttpResponse } from './front-end-io.ts';
import { answer, headersOf, headersOfUnknown, refuseAsFailed } from './respond.ts';
import type { Fixed, PendingRequest } from './state.ts';
import { type FrontEndTurn, note, respond } from './turn.ts';
import { viewOf } from './view.ts';
import { keepAskable } from './write-slots.ts';

/*
 * The boundary around the code of routes (PROTOCOL §7.9): one that throws, or plans what cannot be, fails its request
 * alone.
 */

type Call = Exclude<RoutePlan, { readonly type: 'answer' }>;

export type Planned = Call | { readonly type: 'answered'; readonly response: HttpResponse; readonly plan: Answer };
type Answer = Extract<RoutePlan, { readonly type: 'answer' }>;

type Progress = Pick<PendingRequest, 'clientRequest' | 'tokens' | 'writes' | 'cache' | 'given'>;

/** The route's next plan, an answer with its response; or what it threw. */
export function planNext(turn: FrontEndTurn, soFar: Progress, outcomes: readonly Decided[]): Contained<Planned> {
  const { clientRequest, writes } = soFar;
  const { fixed } = turn.draft;
  return contained(() => {
    const plan = clientRequest.route.plan(clientRequest.asked, outcomes, viewOf(turn.draft));
    if (plan.type === 'answer') {
      const { status, body } = plan;
      assert(Number.isInteger(status) && status >= 200 && status < 600, 'an answer has a status from 200 to 599');
      return { type: 'answered', plan, response: answer(status, body, headersOf(soFar, fixed.groups)) };
    }
    requireCall(fixed, plan, writes);
    return plan;
  });
}

/** Answers 500 to the request whose route failed. */
export function failRequest(turn: FrontEndTurn, soFar: Progress, thrown: Error): void {
  const { clientRequest } = soFar;
  noteFailure(turn, clientRequest, clientRequest.uuid, thrown);
  respondFailed(turn, soFar, clientRequest.uuid, soFar.writes);
}

/** `hasWritten`: its client is not told the outcome of the write; otherwise nothing has changed. */
export function respondFailed(turn: FrontEndTurn, soFar: Progress, errorId: string, hasWritten: boolean): void {
  const { fixed } = turn.draft;
  if (hasWritten) keepAskable(turn, soFar.given);
  const headers = hasWritten ? headersOfUnknown(fixed, soFar) : headersOf(soFar, fixed.groups);
  const response = refuseAsFailed(fixed.refusal, errorId, headers, !hasWritten);
  respond(turn, soFar.clientRequest.id, response);
}

export function noteFailure(
  turn: FrontEndTurn,
  { route }: Pick<ClientRequest, 'route'>,
  errorId: string,
  thrown: Error,
): void {
  note(turn, { type: 'route-failed', errorId, route: `${route.method} ${route.path}`, thrown });
}

function requireCall({ groups }: Fixed, plan: Call, writes: boolean): void {
  assert(['read', 'write', 'forget'].includes(plan.type), 'a route plans a read, a write, a forget or an answer');
  if (plan.type === 'forget') return;
  assert(groups.includes(plan.group), `a route names groups of its own service, and not ${plan.group}`);
  // A request has one uuid.
  assert(plan.type !== 'write' || !writes, 'a request writes at most once');
}
