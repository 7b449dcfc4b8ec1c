import * as z from 'zod';
import { SHORTAGES } from '../protocol/model/messages.ts';

const whole = z.int().min(0);

const member = z.object({
  node: z.string(),
  kind: z.enum(['data', 'witness']),
  voter: z.boolean(),
  votes: whole,
  rank: z.int(),
  lag: whole.nullable(),
  silentFor: whole.nullable(),
  clockAhead: z.int().nullish(),
  newestCode: whole.nullish(),
  isMute: z.boolean().nullish(),
  differs: z.boolean().nullish(),
});

const code = z.object({
  active: whole,
  oldest: whole,
  newest: whole,
  lacks: whole.nullable(),
  kept: whole,
  awaits: z.array(z.string()).nullable(),
  neededFrom: whole.nullable(),
  migrationFailed: z.string().nullish(),
  triedBy: z.string().nullish(),
});

const group = z.object({
  role: z.enum(['primary', 'candidate', 'secondary', 'witness', 'learner']),
  voter: z.boolean(),
  epoch: z.string(),
  primary: z.string().nullable(),
  heardBefore: whole.nullable().exactOptional(),
  last: whole,
  commit: whole,
  lacks: z
    .object({
      needs: whole,
      total: whole,
      has: whole,
      missing: z.array(z.object({ node: z.string(), votes: whole, kind: z.enum(['data', 'witness']) })),
      lacksData: z.boolean(),
      says: z.string(),
    })
    .nullish(),
  applied: whole.nullable(),
  code: code.nullish(),
  diverged: whole.nullish(),
  readOnly: z.array(z.object({ node: z.string(), of: z.enum(SHORTAGES) })).exactOptional(),
  stateSize: whole.nullish(),
  members: z.array(member),
});

const frontEnd = z.object({
  held: whole,
  primaries: z.record(
    z.string(),
    z.object({
      primary: z.string().nullable(),
      epoch: z.string(),
      servedBy: z.string().nullable().exactOptional(),
      version: whole.optional(),
      newestCode: whole.optional(),
    }),
  ),
});

const directoryRow = z.object({
  node: z.string(),
  kind: z.enum(['server', 'frontend']),
  address: z.string(),
  standing: z.enum(['member', 'away', 'removed']),
  incarnation: whole,
  reachable: z.boolean(),
});

const wireRange = z.object({ from: whole, to: whole });

/** The schema of `ProcessStatus`, which `GET /status` answers. */
export const statusSchema = z.object({
  node: z.string(),
  kind: z.enum(['server', 'frontend']),
  clusterId: z.string(),
  historyId: z.string(),
  pid: whole,
  incarnation: whole,
  uptimeMillis: whole,
  clock: z.object({ byMillis: z.int(), from: z.enum(['wall clocks', 'cluster time']), margin: whole }).nullish(),
  groups: z.record(z.string(), group),
  frontEnd: frontEnd.nullable(),
  links: z.record(z.string(), z.enum(['connecting', 'open', 'refused', 'closed'])),
  build: z.string().optional(),
  speaks: wireRange.optional(),
  peers: z.record(z.string(), z.object({ build: z.string(), speaks: wireRange, common: whole })).optional(),
  directory: z.array(directoryRow),
});
