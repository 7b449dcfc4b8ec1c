import { z } from 'zod';

/**
 * What a plan does to the cluster, in opposites. Nodes are named, or picked when the fault fires:
 *
 * - `s1`, `f2`, `c3`: that server, front end or client.
 * - `primary of events`, `secondaries of events`, `highest of events`: by the role then held.
 * - `servers`, `front ends`, `clients`: all of that kind. `up`: the servers that run.
 * - `last server`: the last of the servers that run. `down`: every crashed node. `paused`: every paused one.
 * - `others`: in a partition, every node that the other side does not name.
 */
const place = z
  .string()
  .regex(
    /^([sfc][1-9]\d?|(primary|secondaries|highest) of [a-z][a-z0-9-]*|servers|front ends|clients|up|down|paused|last server|others)$/,
    'not a node, nor a way to pick one',
  );
const places = z.array(place).min(1);

const at = z.int().min(0).max(86_400_000);
const micros = z.int().min(0).max(60_000_000);

export const faultSchema = z.discriminatedUnion('type', [
  /** The process dies; what its disk had not made durable may be lost. `afterActions` more actions are carried out first. */
  z.strictObject({ type: z.literal('crash'), at, node: place, afterActions: z.int().min(0).max(1_000).default(0) }),
  z.strictObject({ type: z.literal('restart'), at, node: place.default('down') }),
  /** The process stands still, and still accepts connections. */
  z.strictObject({ type: z.literal('pause'), at, node: place }),
  z.strictObject({ type: z.literal('resume'), at, node: place.default('paused') }),
  /** Messages from one side to the other are lost; back, too, unless `oneWay`. */
  z.strictObject({
    type: z.literal('partition'),
    at,
    name: z.string().default('partition'),
    from: places,
    to: places.default(['others']),
    oneWay: z.boolean().default(false),
  }),
  /** Ends the partitions of that name; without a name, all of them. */
  z.strictObject({ type: z.literal('heal'), at, name: z.string().optional() }),
  /** Messages from one side to the other wait, as behind a stalled connection. */
  z.strictObject({
    type: z.literal('hold'),
    at,
    name: z.string().default('hold'),
    from: places,
    to: places.default(['others']),
    oneWay: z.boolean().default(true),
  }),
  /** What waited goes on its way, in order. */
  z.strictObject({ type: z.literal('release'), at, name: z.string().optional() }),
  z.strictObject({ type: z.literal('slow-disk'), at, node: place, syncMicros: micros }),
  z.strictObject({ type: z.literal('fast-disk'), at, node: place }),
  /** `node` is told that `of` seems dead, which may be wrong: a hint is no proof. */
  z.strictObject({ type: z.literal('suspect'), at, node: place, of: place }),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultType = Fault['type'];
