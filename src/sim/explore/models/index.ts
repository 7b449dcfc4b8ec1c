import type { Model } from '../model.ts';
import { dedupe } from './dedupe.ts';
import { election, electionWitness } from './election.ts';
import { forgetting, forgettingWitness } from './forgetting.ts';
import { replication } from './replication.ts';
import { sessions, sessionsCopies } from './sessions.ts';
import { versions, versionsWitness } from './versions.ts';

/** The models of the protocol itself, with a service that only counts. */
export const MODELS: readonly Model[] = [
  election,
  electionWitness,
  replication,
  dedupe,
  forgetting,
  forgettingWitness,
  versions,
  versionsWitness,
  sessions,
  sessionsCopies,
];
