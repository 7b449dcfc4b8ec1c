import type { Service } from '../service/service.ts';
import { bazaar } from './bazaar/service.ts';
import { tickets } from './tickets/service.ts';
import { hastyBazaar } from './bazaar/mutant.ts';
import { hastyTickets } from './tickets/mutant.ts';

/** The service with the planted bug M26, which is one of apps; as it is where nobody has written that mistake for it. */
export function hasty(service: Service): Service {
  if (service === bazaar) return hastyBazaar;
  return service === tickets ? hastyTickets : service;
}
