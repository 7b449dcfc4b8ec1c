import { append, counter, kv, type Model, queue, register, set } from '../checker/index.ts';
import { bazaar } from './bazaar/checker-model/bazaar.ts';
import { tickets } from './tickets/checker-model/tickets.ts';

/** The sequential models of the checker, by name. */
export const MODELS: Readonly<Record<string, Model>> = Object.freeze({
  register,
  kv,
  append,
  set,
  queue,
  counter,
  tickets,
  bazaar,
});
