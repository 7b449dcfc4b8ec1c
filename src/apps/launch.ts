import type { Service } from '../service/service.ts';
import { bazaarCurls } from './bazaar/curl-examples.ts';
import { catalogSeed } from './bazaar/seed.ts';
import { bazaar } from './bazaar/service.ts';
import type { SeedFile } from './seed-file.ts';
import { ticketCurls } from './tickets/curl-examples.ts';
import { tickets } from './tickets/service.ts';

/** What bringing up a whole cluster takes that is a service's own. */
export interface Launch {
  readonly service: Service;
  /** Lines to paste: what there is to ask of a front end and, in the last lines, of another one. */
  readonly curls: (first: string, second: string) => readonly string[];
  /** What a new cluster begins with; nothing unless said. */
  readonly seed?: SeedFile;
}

/** The services that come along, in the order of `SERVICES`. No node that starts loads this: its registry is index.ts. */
export const LAUNCHES: readonly Launch[] = [
  { service: tickets, curls: ticketCurls },
  { service: bazaar, curls: bazaarCurls, seed: catalogSeed },
];
