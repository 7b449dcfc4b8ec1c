import type { Model } from '../model.ts';
import { bazaar } from '../../apps/bazaar/model/bazaar.ts';
import { register } from '../register.ts';
import { tickets } from '../../apps/tickets/model/tickets.ts';

/** The models there are, by name. */
export const MODELS: Readonly<Record<string, Model>> = Object.freeze({ register, tickets, bazaar });
