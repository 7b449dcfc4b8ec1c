import * as z from 'zod';

/**
 * Faults of a plan, in opposites. Nodes are named, or picked when the fault fires:
 *
 * - `s1`, `f2`, `c3`: that server, front end or client.
 * - `primary of events`, `secondaries of events`, `highest of events`: by the role at that time.
 * - `servers`, `front ends`, `clients`: all of that kind. `up`: the running servers.
 * - `last server`: the last of the running servers. `down`: every crashed node. `paused`: every paused one.
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

/** Messages that a stranger forges: first those that only a data server may send, then those of any member. */
export const FORGED = ['append', 'install', 'heartbeat', 'campaign', 'located', 'answer', 'outdated', 'voted'] as const;

/** How many of them a front end has no right to, either. */
export const FORGED_BY_MEMBERS = 5;

/** A version of a service's code. */
export const version = z.int().min(1).max(9);

export const faultSchema = z.discriminatedUnion('type', [
  /** The process dies, after `afterActions` more actions; what its disk had not made durable may be lost. */
  z.strictObject({ type: z.literal('crash'), at, node: place, afterActions: z.int().min(0).max(1_000).default(0) }),
  z.strictObject({ type: z.literal('restart'), at, node: place.default('down') }),
  /**
   * The process is killed and starts again from a build with the code of versions `oldest` to `newest`, as all later ones
   * of that server do. One that is down starts from it next.
   */
  z.strictObject({ type: z.literal('deploy'), at, node: place, oldest: version, newest: version }),
  /**
   * The process pauses, and still accepts connections. With `clock: stops` its monotonic clock stops, too: a halted VM.
   */
  z.strictObject({ type: z.literal('pause'), at, node: place, clock: z.enum(['runs', 'stops']).default('runs') }),
  z.strictObject({ type: z.literal('resume'), at, node: place.default('paused') }),
  /** Every input keeps the process busy for so long; later inputs wait in order. */
  z.strictObject({ type: z.literal('slow-process'), at, node: place, stepMicros: z.int().min(1).max(10_000_000) }),
  z.strictObject({ type: z.literal('fast-process'), at, node: place }),
  /** Messages from one side to the other are lost; those back, too, unless `oneWay`. */
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
  /** Delivers what waited, in order. */
  z.strictObject({ type: z.literal('release'), at, name: z.string().optional() }),
  /**
   * Links of the named nodes are cut and healed in turns; each state lasts at least so long, and at most twice as long.
   */
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
  /** Conditions of these links in place of the plan's network. Of several, the last one counts. */
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
  /** Ends the conditions of that name; without a name, all of them. */
  z.strictObject({ type: z.literal('clear'), at, name: z.string().optional() }),
  /** The clients' connections to a front end break; both ends are told, and the process lives on. */
  z.strictObject({ type: z.literal('reset'), at, node: place }),
  /** Every write takes so long. */
  z.strictObject({ type: z.literal('slow-disk'), at, node: place, syncMicros: micros }),
  z.strictObject({ type: z.literal('fast-disk'), at, node: place }),
  /** Writes do not complete, and a starting process waits, until the disk is freed. */
  z.strictObject({ type: z.literal('stick-disk'), at, node: place }),
  z.strictObject({ type: z.literal('free-disk'), at, node: place }),
  /** Writes fail, which ends the process; it cannot start again until there is room. */
  z.strictObject({ type: z.literal('fill-disk'), at, node: place }),
  z.strictObject({ type: z.literal('empty-disk'), at, node: place }),
  /** The process sees that its disk is nearly full, until there is room again. Writes still succeed. */
  z.strictObject({ type: z.literal('short-disk'), at, node: place }),
  z.strictObject({ type: z.literal('roomy-disk'), at, node: place }),
  /** The next sync fails, which ends the process. Its written data may be found again, or not. */
  z.strictObject({ type: z.literal('fail-sync'), at, node: place }),
  /**
   * A durable record turns bad. The running process does not read it; the next one does, and refuses to start from then
   * on.
   */
  z.strictObject({ type: z.literal('rot-disk'), at, node: place }),
  /**
   * The disk is lost with all its data, and the process with it; a new process refuses to start without it from then
   * on.
   */
  z.strictObject({ type: z.literal('lose-disk'), at, node: place }),
  /**
   * The process dies, and the last durable record of each of its logs is lost, as far as that is covered (PROTOCOL §2.7):
   * the other disks that have it hold more than half of the votes. A new process starts all the same.
   */
  z.strictObject({ type: z.literal('lose-record'), at, node: place }),
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
   * A new node asks a running one to admit it: `s4` where there are three servers, and so on; front ends likewise. It
   * begins on an empty disk. Without a running node nothing happens.
   */
  z.strictObject({ type: z.literal('join'), at, kind: z.enum(['server', 'front end']).default('server') }),
  /** The node leaves permanently: it hands over, gives up its votes and ends; its disk never votes again. */
  z.strictObject({ type: z.literal('leave'), at, node: place }),
  /**
   * The process shuts down in good order: it hands over, loses its vote, answers what is pending. `restart` brings it
   * back.
   */
  z.strictObject({ type: z.literal('stop'), at, node: place }),
  /** An operator orders a leadership transfer of the group: to `to`, or to the most suitable voter. */
  z.strictObject({ type: z.literal('transfer'), at, group: z.string(), to: place.exactOptional() }),
  /** An operator orders a running node to remove the node permanently, dead or alive. */
  z.strictObject({ type: z.literal('remove'), at, node: place }),
  /** A node without a trustworthy disk joins again, under its old name, on a new one. */
  z.strictObject({
    type: z.literal('rejoin'),
    at,
    node: place.default('lost'),
    /** By way of a node that does not ask for the groups' consent: one whose knowledge of them is out of date. */
    unasked: z.literal(true).exactOptional(),
  }),
  /**
   * The process dies and the disk is set aside: in its place the node joins again on an empty one, as where a volume is
   * not mounted. It asks until it is taken in, or `put-back`.
   */
  z.strictObject({ type: z.literal('replace'), at, node: place }),
  /** The disk that was set aside is back, and the process starts on it; what was used in its place is lost. */
  z.strictObject({ type: z.literal('put-back'), at, node: place }),
  /** What is durable on the node's disk is copied; its process goes on. */
  z.strictObject({ type: z.literal('back-up'), at, node: place }),
  /**
   * A process is started on that copy. It is refused where another process of the disk runs, or has run since, as far as
   * the original or another node can tell it. Beyond what PROTOCOL §2.7 covers nothing happens.
   */
  z.strictObject({ type: z.literal('start-copy'), at, node: place }),
  /**
   * A process with the secret that is no data voter of the group (`x1` is a member of nothing) sends the nodes a
   * well-formed message that only one may send, in an epoch far beyond all others.
   */
  z.strictObject({
    type: z.literal('forge'),
    at,
    as: z.string().regex(/^[fx][1-9]\d?$/, 'not a front end, nor a stranger'),
    to: places.default(['servers']),
    group: z.string(),
    says: z.enum(FORGED),
  }),
  /** `node` is told that `of` seems dead, which may be wrong: a hint is no proof. */
  z.strictObject({ type: z.literal('suspect'), at, node: place, of: place }),
  /**
   * A neighbour says something absurd, well-formed: a counter `ahead` of what `node` knows. `by`: a stranger, or a node of
   * the cluster. `life` is a later start of the node's own disk, `other-life` one of another node's; `beat` answers a heartbeat of the future,
   * `removal` says that the node was removed, and `divergence` that the state of `by` is wrong where the log ends.
   */
  z.strictObject({
    type: z.literal('poison'),
    at,
    node: place,
    by: z
      .string()
      .regex(/^[a-z][a-z0-9]*$/)
      .default('zz'),
    what: z.enum(['epoch', 'lamport', 'life', 'other-life', 'view', 'beat', 'removal', 'divergence']),
    ahead: z.int().min(1).default(Number.MAX_SAFE_INTEGER),
  }),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultType = Fault['type'];
