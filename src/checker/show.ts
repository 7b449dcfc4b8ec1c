import { unreachable } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { canonical } from './canonical.ts';
import { firstIllegal, type PartResult } from './check.ts';
import type { Illegal } from './illegal.ts';
import type { History, Operation } from './operation.ts';
import type { Placed } from './placed.ts';

/** Operations of an order that are shown: its last ones. */
const ORDER_SHOWN = 8;

/** Concurrent operations that are shown. */
const CONCURRENT_SHOWN = 20;

/** An operation on a line: `read → 3`, `cas [2,4] failed`, `write 1, outcome unknown`. */
export function showOperation({ f, input, outcome }: Operation): string {
  const asked = input === null ? f : `${f} ${canonical(input)}`;
  switch (outcome.type) {
    case 'ok':
      return isWorthSaying(outcome.value, input) ? `${asked} → ${canonical(outcome.value)}` : asked;
    case 'fail':
      return `${asked} failed`;
    case 'unknown':
      return `${asked}, outcome unknown`;
    default:
      return unreachable(outcome);
  }
}

/** Whether an answer is shown: one that is empty or repeats the request is not. */
function isWorthSaying(value: Json, input: Json): boolean {
  return input === null || (value !== null && canonical(value) !== canonical(input));
}

/** An illegal result for people: the end of the shortest illegal prefix, and the concurrent operations there. */
export function showIllegal(history: History, parts: readonly PartResult[]): string {
  const part = firstIllegal(parts);
  if (part === undefined) return '';
  const { illegal, name } = part;
  const where = whereOf(history);
  const others = parts.filter(({ verdict }) => verdict === 'illegal').length - 1;
  return [
    `  ${beginning(illegal, where)}${name === '' ? '' : ` (of ${name} alone)`}`,
    `  cannot be placed: ${line(illegal.operation, where)}`,
    ...showConcurrent(illegal, where),
    ...showOrders(illegal.orders),
    ...(others === 0 ? [] : [`  ${others} more of ${parts.length} objects are illegal`]),
  ].join('\n');
}

/** The name of an event's place: its line or, in a history that was never text, its number from 1. */
function whereOf({ lineOf }: History): (place: number) => string {
  return (place) => (lineOf === undefined ? `event ${place + 1}` : `line ${lineOf(place)}`);
}

function beginning({ at, isShortest }: Illegal, where: (place: number) => string): string {
  const claim = `no order explains the history up to ${where(at)}`;
  return isShortest ? `${claim}; up to the event before one does` : `${claim}; a shorter prefix may be illegal, too`;
}

function line(operation: Operation, where: (place: number) => string): string {
  const { process, calledAt, returnedAt } = operation;
  const span = returnedAt === undefined ? `from ${where(calledAt)} on` : `${where(calledAt)} to ${where(returnedAt)}`;
  return `process ${process}: ${showOperation(operation)} (${span})`;
}

function showConcurrent({ concurrent, orders }: Illegal, where: (place: number) => string): string[] {
  if (concurrent.length === 0) return ['  nothing else was under way'];
  // Operations that could explain this one, and cannot, because they are placed elsewhere.
  const used = new Set(orders[0]?.map(({ operation }) => operation.number));
  const shown = concurrent.slice(-CONCURRENT_SHOWN);
  const left = concurrent.length - shown.length;
  return [
    `  meanwhile${left === 0 ? '' : ` (the last ${shown.length} of ${concurrent.length})`}:`,
    ...shown.map(
      (operation) => `    ${line(operation, where)}${used.has(operation.number) ? ', used in the order below' : ''}`,
    ),
  ];
}

function showOrders(orders: readonly (readonly Placed[])[]): string[] {
  if (orders.length === 0) return [];
  return [
    '  all that returned before is explained, for instance, by this (operation ⇒ state after it):',
    ...orders.map(
      (order) => `    ${order.length > ORDER_SHOWN ? '… ' : ''}${order.slice(-ORDER_SHOWN).map(showPlaced).join('; ')}`,
    ),
  ];
}

function showPlaced({ operation, state }: Placed): string {
  return `${showOperation(operation)} ⇒ ${state}`;
}
