import { z } from 'zod';

/**
 * What a plan does to the cluster, in opposites. Nodes are named, or picked when the fault fires:
 *
 * - `s1`, `f2`, `c3`: that server, front end or client.
 * - `primary of events`, `secondaries of events`, `highest of events`: by the role then held.
 * - `servers`, `front ends`, `clients`: all of that kind. `up`: the servers that run.
 * - `last server`: the last of the servers that run. `down`: every crashed node. `paused`: every paused one.
 * - `lost`: every node whose disk is lost, rotten or given up, and that has not joined again.
 * - `others`: in a partition, every node that the other side does not name.
 */
const place = z
  .string()
  .regex(
    /^([sfc][1-9]\d?|(primary|secondaries|highest) of [a-z][a-z0-9-]*|servers|front ends|clients|up|down|paused|lost|last server|others)$/,
    'not a node, nor a way to pick one',
  );
const places = z.array(place).min(1);

const at = z.int().min(0).max(86_400_000);
const micros = z.int().min(0).max(60_000_000);
const perMille = z.int().min(0).max(1_000);

export const faultSchema = z.discriminatedUnion('type', [
  /** The process dies; what its disk had not made durable may be lost. `afterActions` more actions are carried out first. */
  z.strictObject({ type: z.literal('crash'), at, node: place, afterActions: z.int().min(0).max(1_000).default(0) }),
  z.strictObject({ type: z.literal('restart'), at, node: place.default('down') }),
  /** The process stands still, and still accepts connections. With `clock: stops` its monotonic clock stands, too: a halted VM. */
  z.strictObject({ type: z.literal('pause'), at, node: place, clock: z.enum(['runs', 'stops']).default('runs') }),
  z.strictObject({ type: z.literal('resume'), at, node: place.default('paused') }),
  /** Every input keeps the process busy for so long; what comes meanwhile waits its turn. */
  z.strictObject({ type: z.literal('slow-process'), at, node: place, stepMicros: z.int().min(1).max(10_000_000) }),
  z.strictObject({ type: z.literal('fast-process'), at, node: place }),
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
  /** Links of the named nodes break and heal again and again; each state lasts so long at least, and up to twice as long. */
  z.strictObject({
    type: z.literal('flap'),
    at,
    name: z.string().default('flap'),
    from: places,
    to: places.default(['others']),
    oneWay: z.boolean().default(false),
    downMillis: z.int().min(1).max(3_600_000),
    upMillis: z.int().min(1).max(3_600_000),
  }),
  /** On these links messages fare as said here and not as the plan's network says. Of several weathers the last one counts. */
  z.strictObject({
    type: z.literal('weather'),
    at,
    name: z.string().default('weather'),
    from: places,
    to: places.default(['others']),
    oneWay: z.boolean().default(false),
    drop: perMille.exactOptional(),
    duplicate: perMille.exactOptional(),
    delayMicros: z.array(micros).min(1).exactOptional(),
    tail: z.strictObject({ perMille, delayMicros: micros }).exactOptional(),
  }),
  /** Ends the weathers of that name; without a name, all of them. */
  z.strictObject({ type: z.literal('clear'), at, name: z.string().optional() }),
  /** The clients' connections to a front end break; both ends are told, and the process lives on. */
  z.strictObject({ type: z.literal('reset'), at, node: place }),
  /** Every write takes so long. */
  z.strictObject({ type: z.literal('slow-disk'), at, node: place, syncMicros: micros }),
  z.strictObject({ type: z.literal('fast-disk'), at, node: place }),
  /** What is written comes to no end, and a process that starts waits, until the disk is freed. */
  z.strictObject({ type: z.literal('stick-disk'), at, node: place }),
  z.strictObject({ type: z.literal('free-disk'), at, node: place }),
  /** Writes fail, which ends the process; it cannot start again until there is room. */
  z.strictObject({ type: z.literal('fill-disk'), at, node: place }),
  z.strictObject({ type: z.literal('empty-disk'), at, node: place }),
  /** The next sync fails, which ends the process. What it had written may be found again, or not. */
  z.strictObject({ type: z.literal('fail-sync'), at, node: place }),
  /** A durable record turns bad. The running process does not read it; the next one does, and refuses to start, for good. */
  z.strictObject({ type: z.literal('rot-disk'), at, node: place }),
  /** The disk is gone with all it held, and the process with it; another one refuses to start without it, for good. */
  z.strictObject({ type: z.literal('lose-disk'), at, node: place }),
  /** The wall clock jumps, ahead or back. */
  z.strictObject({
    type: z.literal('jump-clock'),
    at,
    node: place,
    byMillis: z.int().min(-86_400_000).max(86_400_000),
  }),
  /** The wall clock is set right. */
  z.strictObject({ type: z.literal('set-clock'), at, node: place }),
  /**
   * A new node asks whoever runs to take it in: `s4` where there are three servers, and so on; front ends likewise. It
   * begins on an empty disk. Nothing happens while nobody runs.
   */
  z.strictObject({ type: z.literal('join'), at, kind: z.enum(['server', 'front end']).default('server') }),
  /** The node leaves for good: it hands over, gives up its votes and ends; its disk never votes again. */
  z.strictObject({ type: z.literal('leave'), at, node: place }),
  /** The process ends in good order: it hands over, loses its vote, answers what it has taken. `restart` brings it back. */
  z.strictObject({ type: z.literal('stop'), at, node: place }),
  /** An operator has the lead of the group handed over: to `to`, or to whoever suits best. */
  z.strictObject({ type: z.literal('transfer'), at, group: z.string(), to: place.exactOptional() }),
  /** An operator tells whoever runs that the node is out for good, dead or alive. */
  z.strictObject({ type: z.literal('remove'), at, node: place }),
  /** A node without a disk that can be trusted joins again, under its old name, on a new one. */
  z.strictObject({ type: z.literal('rejoin'), at, node: place.default('lost') }),
  /** `node` is told that `of` seems dead, which may be wrong: a hint is no proof. */
  z.strictObject({ type: z.literal('suspect'), at, node: place, of: place }),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultType = Fault['type'];
