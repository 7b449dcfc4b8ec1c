import { accepted, type App } from '../../../protocol/model/app.ts';
import type { Json } from '../../../protocol/model/json.ts';
import { defineService } from '../../../service/define-service.ts';

/** The smallest app in which a write that takes effect twice is visible: it counts its writes. */
const counter: App<number> = {
  name: 'counter',
  initial: 0,
  decode: (value) => (value === 'add' ? { type: 'decoded', value } : { type: 'rejected', reason: 'not a command' }),
  apply: (count) => ({ state: count + 1, outcome: accepted(count + 1) }),
  decodeQuery: () => ({ type: 'rejected', reason: 'nothing can be asked' }),
  read: (count) => accepted(count),
  invariants: [],
};

export const ADD: Json = 'add';

export const COUNTER = counter.name;

export const counterService = defineService({ name: 'counter', apps: [counter], routes: [], invariants: [] });
