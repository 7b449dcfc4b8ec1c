import type { Model } from '../model.ts';
import { calls } from '../../../apps/tickets/explore-model.ts';
import { dedupe } from './dedupe.ts';
import { election, electionWitness } from './election.ts';
import { replication } from './replication.ts';

/** Every model that can be explored, by name. */
export const MODELS: readonly Model[] = [election, electionWitness, replication, dedupe, calls];

export function modelNamed(name: string): Model | undefined {
  return MODELS.find((model) => model.name === name);
}
