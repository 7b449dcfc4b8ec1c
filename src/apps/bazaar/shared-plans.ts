import type { Decided } from '../../protocol/model/app.ts';
import { read, write } from '../../service/plans.ts';
import type { RoutePlan } from '../../service/service.ts';
import { answerWith } from './answers.ts';
import type { Action } from './catalog.ts';
import { ORDERS } from './orders.ts';
import { showAsIs, showTransaction } from './views.ts';

// Plans of routes that front ends and data servers have under different paths.

export function findOrder(number: number, found: Decided | undefined): RoutePlan {
  return found === undefined ? read(ORDERS, { type: 'get', number }) : answerWith(found, showAsIs);
}

/** An order as clients write it. */
interface Order {
  readonly name: string;
  readonly type: Action;
  readonly quantity: number;
}

export function placeOrder({ name, type, quantity }: Order, placed: Decided | undefined): RoutePlan {
  if (placed !== undefined) return answerWith(placed, showTransaction);
  return write(ORDERS, { type: 'place', name, quantity, action: type });
}
