import { kv, type Model, register } from '../checker/index.ts';
import { bazaar } from './bazaar/checker-model/bazaar.ts';
import { tickets } from './tickets/checker-model/tickets.ts';

/** The sequential models of the checker, by name. */
export const MODELS: Readonly<Record<string, Model>> = Object.freeze({ register, kv, tickets, bazaar });
