import { type HistoryEvent, lineOf } from '../../checker/index.ts';
import type { EntryContext } from '../../protocol/model/app.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { ClientCall, ClientOperation } from '../base/history.ts';
import type { HistoryForm } from '../workloads/workload.ts';

/**
 * The history of clients for the checker: calls and returns in the order of their times; at one instant calls first,
 * because only an operation that had returned before precedes a call.
 *
 * - An operation without an answer, or with one that leaves its outcome open, is unknown.
 * - Session reads are left out, and so are answers from a cache where the form allows them: their guarantee is weaker.
 *   If such an operation may also write, its outcome is unknown, so that its write is not missed.
 * - A model whose service looks at the entry of a command is told it by `contextOf`. The order stays open.
 * - A client that calls in the very instant of its last answer goes on under another name: the two may stand in either
 *   order.
 */
export function historyEvents(
  form: HistoryForm,
  operations: readonly ClientOperation[],
  contextOf: ContextOf = () => undefined,
): readonly HistoryEvent[] {
  const lastAt = new Map<string, number>();
  const timed = operations
    .filter(({ call }) => !call.session)
    .flatMap((operation) => {
      const { client, number, calledAt, result } = operation;
      const process = lastAt.get(client) === calledAt ? `${client}.${number}` : client;
      lastAt.set(client, result?.at ?? calledAt);
      return eventsOf(form, operation, process, contextOf);
    });
  return timed.sort((a, b) => a.at - b.at || a.order - b.order || a.number - b.number).map(({ event }) => event);
}

/** The context of the entry of an operation's write; undefined where the log has none. */
export type ContextOf = (operation: ClientOperation) => EntryContext | undefined;

/**
 * Whether the answer may come from a cache; not so for a linearizable request, nor for one that no cache may answer.
 */
function isFromCache(form: HistoryForm, f: string, { call, result }: ClientOperation): boolean {
  const isSaid = result?.type === 'answered' && result.fromCache === true;
  return isSaid && call.linearizable !== true && form.cached?.includes(f) === true;
}

/** The same as JSON lines, in the format of docs/reference/checker.md. */
export function historyLines(form: HistoryForm, operations: readonly ClientOperation[]): string {
  return historyEvents(form, operations)
    .map((event) => `${lineOf(event)}\n`)
    .join('');
}

interface Timed {
  readonly at: number;
  readonly order: 0 | 1;
  readonly number: number;
  readonly event: HistoryEvent;
}

function eventsOf(
  form: HistoryForm,
  operation: ClientOperation,
  process: string,
  contextOf: ContextOf,
): readonly Timed[] {
  const { number, call, calledAt, result } = operation;
  const asked = form.asked(call, contextOf(operation));
  if (asked === undefined) return [];
  const { f } = asked;
  const isKept = isFromCache(form, f, operation);
  if (isKept && call.method === 'GET') return [];
  const called: Timed = { at: calledAt, order: 0, number, event: said(process, 'invoke', f, asked.value) };
  if (result === undefined) return [called];
  const returned = isKept ? OPEN : answerOf(form, call, result);
  return [called, { at: result.at, order: 1, number, event: said(process, returned.type, f, returned.value) }];
}

const OPEN = { type: 'info', value: null } as const;

/** A status of the service is an outcome; any other is the front end's own, which may not know the outcome. */
function answerOf(
  form: HistoryForm,
  call: ClientCall,
  result: NonNullable<ClientOperation['result']>,
): { readonly type: 'ok' | 'info'; readonly value: Json } {
  if (result.type === 'unknown') return OPEN;
  if (!(form.statuses ?? [200, 400]).includes(result.status)) return OPEN;
  return { type: 'ok', value: form.answered(call, result.status, result.body) };
}

function said(process: string, type: HistoryEvent['type'], f: string, value: Json): HistoryEvent {
  return { process, type, f, value, key: undefined };
}
