import type { Service } from '../service/service.ts';
import { bazaarCurls } from './bazaar/curl-examples.ts';
import { catalogSeed } from './bazaar/seed.ts';
import { bazaar } from './bazaar/service.ts';
import type { SeedFile } from './seed-file.ts';
import { ticketCurls } from './tickets/curl-examples.ts';
import { tickets } from './tickets/service.ts';

/** A service's own part of starting a whole cluster. */
export interface Launch {
  readonly service: Service;
  /** Example requests to a front end and, in the last lines, to another one. */
  readonly curls: (first: string, second: string) => readonly string[];
  /** The first records of a new cluster; none by default. */
  readonly seed?: SeedFile;
}

/** The included services, in the order of `SERVICES`. A starting node does not load this: its registry is index.ts. */
export const LAUNCHES: readonly Launch[] = [
  { service: tickets, curls: ticketCurls },
  { service: bazaar, curls: bazaarCurls, seed: catalogSeed },
];
