/** Settings. Durations are in milliseconds of the node's monotonic clock unless their comment says otherwise. */
export interface Settings {
  /** The longest time between two messages of a primary to each member. */
  readonly heartbeatEvery: number;
  /** Silence after which a node is suspected. A hint (a refused connection) counts as that silence. */
  readonly suspectAfter: number;
  /**
   * A voter that heard a primary within this time refuses its vote; a secondary waits at least this long (PROTOCOL
   * T_min).
   */
  readonly electAfter: number;
  /** Election timeout added for each rank below the highest. */
  readonly rankDelay: number;
  /** The largest random addition to an election timeout. */
  readonly jitter: number;
  /** How long an election waits for answers, for votes, or for the announcement of a better candidate. */
  readonly answerWithin: number;
  /** Penalty of a node that claimed to be better and never announced itself: it is passed over; doubles each time. */
  readonly penaltyFor: number;
  /** A primary without a quorum of votes for this long takes no work; after twice as long it steps down. */
  readonly quorumWithin: number;
  /**
   * A silent data voter is removed from the configuration after this long; after `heartbeatEvery`, if a hint says that it
   * is dead; after `suspectAfter`, if it was silent at the election.
   */
  readonly removeAfter: number;
  /** A data voter that answers, lacks entries and whose disk takes none, is removed after this long. */
  readonly stallFor: number;
  /** A data voter each of whose acknowledgements takes `slowAfter` or more is removed after `slowFor` of that. */
  readonly slowAfter: number;
  readonly slowFor: number;
  /**
   * A removed data server that has caught up and was heard all this time becomes a voter again; doubles with each flap.
   */
  readonly readmitAfter: number;
  /** A new data server becomes a voter once it has caught up and was heard all this time. */
  readonly admitAfter: number;
  /** A front end that was silent this long loses its votes to others. */
  readonly witnessAfter: number;
  /** A data server of higher rank is handed leadership once it has been heard and close for this long. */
  readonly transferAfter: number;
  /**
   * Penalty after a transfer, or after losing leadership early: no transfer by rank for this long; doubles each time.
   */
  readonly transferCoolDown: number;
  /** Leadership that ends sooner than this was lost early. */
  readonly flapWithin: number;
  /** Writes and calls that a primary holds during a transfer; beyond it they are refused as busy. */
  readonly transferHeldAtMost: number;
  /** Entries a data voter may be behind, for at most `lagFor`, before it is removed. */
  readonly lagAtMost: number;
  readonly lagFor: number;
  /** An append without an answer is sent again after this long. */
  readonly resendAfter: number;
  /**
   * A full copy without an answer is sent again after this long, or when a hint says that it is lost. One at a time.
   */
  readonly copyWithin: number;
  /** Entries in one append. */
  readonly batchAtMost: number;
  /** Appends to one peer without an answer. */
  readonly inFlightAtMost: number;
  /** Entries without commit; beyond it requests are refused as busy. */
  readonly uncommittedAtMost: number;
  /** Characters, as JSON, of the commands of all pending writes; from then on others are refused as busy. */
  readonly pendingSizeAtMost: number;
  /** Bytes of one outcome as JSON, and of the outcomes that one front end is sent at once; a longer one is refused. */
  readonly answerSizeAtMost: number;
  /** Bytes of one page of a list, unless its first row alone is longer. */
  readonly pageSizeAtMost: number;
  /** Earlier states that are kept because lists are being read at them; beyond it reads of lists are refused as busy. */
  readonly versionsAtMost: number;
  /** How long such a state is kept after its last page. Front end: how long a client may take for a page. */
  readonly versionFor: number;
  /** Bytes of a group's state and results, as in a snapshot; from then on it takes only writes that need no room. */
  readonly stateSizeAtMost: number;
  /** Bytes to be left free on the disk, besides those of a snapshot of each group; below it the group is read-only. */
  readonly diskReserve: number;
  /** Waiting linearizable and session reads; beyond it they are refused as busy. */
  readonly readsAtMost: number;
  /** How long a replica keeps a read that waits for a token or a read index, before it answers `behind`. */
  readonly readWithin: number;
  /** A data server takes a snapshot once in so many entries, each of a group at indexes of its own. */
  readonly snapshotEvery: number;
  /** A primary has the states of all data servers compared this often, while anything is applied. */
  readonly compareEvery: number;
  /** Entries kept in front of a snapshot, so that a secondary that is a little behind needs no full copy. */
  readonly keepEntries: number;
  /** A key older than this (by the wall time of entries) has expired, and a write session without an entry has ended. */
  readonly dedupeFor: number;
  /**
   * The bound on clock differences: results are kept this much longer, and a request issued further ahead is refused.
   */
  readonly dedupeMargin: number;
  /** Results kept of writes with a client's key; beyond it new ones are refused as busy, none is forgotten early. */
  readonly dedupeAtMost: number;
  /** Pending calls to one other group. */
  readonly callsAtMost: number;
  /** `in-sync`: an acknowledged write is on every in-sync data server. `majority`: on a majority of votes, no more. */
  readonly acknowledge: 'in-sync' | 'majority';
  /** Data voters without which writes are refused. */
  readonly minInSync: number;
  /** Gossip: how often a node sends its directory to a random node. */
  readonly gossipEvery: number;
  /** Gossip: a node whose beat has not risen for this long counts as unreachable. */
  readonly unreachableAfter: number;
  /** Front end: how long a request may be pending before it ends as unknown. */
  readonly holdFor: number;
  /** Front end: requests pending at the same time; beyond it they are refused at once. */
  readonly heldAtMost: number;
  /** Front end: bytes of all held requests; beyond it further ones are refused at once. */
  readonly heldSizeAtMost: number;
  /** Front end: lists that are being read; further ones wait for their turn. */
  readonly listsAtMost: number;
  /** Front end and calls: how long an answer may take before the same request is sent again. */
  readonly retryAfter: number;
  /** Front end: how often a primary that answers nothing else is asked whether it is there; 0: never. */
  readonly probeEvery: number;
  /** Front end and calls: how often the group is asked for its primary while none is known. */
  readonly locateEvery: number;
  /**
   * Front end: linearizable reads go to the primary, or to every data server in turn, which asks the primary for the
   * index.
   */
  readonly reads: 'primary' | 'spread';
  /** Front end: cached answers, of routes that allow it (PROTOCOL §10.5); 0: none. */
  readonly cacheSize: number;
  /** Front end: a cached answer is used for this long after its group's primary was asked for changes. */
  readonly cacheFor: number;
  /**
   * Front end: how often primaries of groups with cached answers are asked for changes. They also send them unasked.
   */
  readonly watchEvery: number;
}

export const DEFAULT_SETTINGS: Settings = Object.freeze({
  heartbeatEvery: 100,
  suspectAfter: 400,
  electAfter: 500,
  rankDelay: 100,
  jitter: 50,
  answerWithin: 300,
  penaltyFor: 1_000,
  quorumWithin: 500,
  removeAfter: 1_500,
  stallFor: 5_000,
  slowAfter: 1_000,
  slowFor: 10_000,
  readmitAfter: 5_000,
  admitAfter: 500,
  witnessAfter: 10_000,
  transferAfter: 5_000,
  transferCoolDown: 30_000,
  flapWithin: 10_000,
  transferHeldAtMost: 10_000,
  lagAtMost: 100_000,
  lagFor: 30_000,
  resendAfter: 400,
  copyWithin: 30_000,
  batchAtMost: 512,
  inFlightAtMost: 4,
  uncommittedAtMost: 20_000,
  pendingSizeAtMost: 64 * 1024 * 1024,
  answerSizeAtMost: 8 * 1024 * 1024,
  pageSizeAtMost: 256 * 1024,
  versionsAtMost: 64,
  versionFor: 30_000,
  stateSizeAtMost: 1024 * 1024 * 1024,
  diskReserve: 256 * 1024 * 1024,
  readsAtMost: 20_000,
  readWithin: 2_000,
  snapshotEvery: 50_000,
  compareEvery: 10_000,
  keepEntries: 50_000,
  dedupeFor: 600_000,
  dedupeMargin: 60_000,
  dedupeAtMost: 2_000_000,
  callsAtMost: 256,
  acknowledge: 'in-sync',
  minInSync: 1,
  gossipEvery: 500,
  unreachableAfter: 3_000,
  holdFor: 30_000,
  heldAtMost: 10_000,
  heldSizeAtMost: 64 * 1024 * 1024,
  listsAtMost: 64,
  retryAfter: 1_000,
  probeEvery: 1_000,
  locateEvery: 50,
  reads: 'primary',
  cacheSize: 8,
  cacheFor: 2_000,
  watchEvery: 500,
});
