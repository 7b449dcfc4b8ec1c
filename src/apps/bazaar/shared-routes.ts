import * as z from 'zod';
import type { Outcome } from '../../protocol/model/app.ts';
import { defineRoute, noBody } from '../../service/define-service.ts';
import { read, write } from '../../service/plans.ts';
import type { Route, RoutePlan } from '../../service/service.ts';
import { pathId } from '../schemas.ts';
import { answerWith } from './answers.ts';
import type { Action } from './catalog.ts';
import { ORDERS } from './orders.ts';
import { orderBody, showAsIs, showTransaction } from './views.ts';

// Routes of front ends and data servers, under different paths.

export function orderByNumberAt(path: string): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'One order by its number',
    errors: { 404: 'No order of that number' },
    parameters: z.object({ order_number: pathId }),
    body: noBody,
    answer: orderBody,
    plan: ({ parameters: { order_number: number } }, [found]) => findOrder(number, found),
  });
}

export function findOrder(number: number, found: Outcome | undefined): RoutePlan {
  return found === undefined ? read(ORDERS, { type: 'get', number }) : answerWith(found, showAsIs);
}

/** An order as clients write it. */
interface Order {
  readonly name: string;
  readonly type: Action;
  readonly quantity: number;
}

export function placeOrder({ name, type, quantity }: Order, placed: Outcome | undefined): RoutePlan {
  if (placed !== undefined) return answerWith(placed, showTransaction);
  return write(ORDERS, { type: 'place', name, quantity, action: type });
}
