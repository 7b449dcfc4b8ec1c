import type { Service } from '../service/service.ts';
import { bazaar } from './bazaar/service.ts';
import { tickets } from './tickets/service.ts';

/** The services there are, by name. */
export const SERVICES: Readonly<Record<string, Service>> = Object.freeze({ tickets, bazaar });

/** The service called `name`; undefined where there is none. */
export function serviceNamed(name: string): Service | undefined {
  return Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined;
}
