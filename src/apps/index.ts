import type { Service } from '../service/service.ts';
import { bazaar } from './bazaar/service.ts';
import { tickets } from './tickets/service.ts';

/** The included services, by name. */
export const SERVICES: Readonly<Record<string, Service>> = Object.freeze({ tickets, bazaar });

/** The included service `name`; undefined for any other. */
export function serviceNamed(name: string): Service | undefined {
  return Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined;
}
