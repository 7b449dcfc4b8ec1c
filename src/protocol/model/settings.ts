/** What may be tuned. Durations are in milliseconds of the node's own monotonic clock unless their comment says otherwise. */
export interface Settings {
  /** A primary lets its group hear from it at least this often. */
  readonly heartbeatEvery: number;
  /** Silence after which a node is suspected. A hint (a refused connection) counts as that silence. */
  readonly suspectAfter: number;
  /** A voter that heard a primary within this time refuses its vote; a secondary waits at least this long (PROTOCOL T_min). */
  readonly electAfter: number;
  /** Each rank below the highest waits this much longer before it asks for an election. */
  readonly rankDelay: number;
  /** At most this much is added by chance to each wait for an election. */
  readonly jitter: number;
  /** How long an election waits for answers, for votes, or for the announcement of a better candidate. */
  readonly answerWithin: number;
  /** How long a candidate that claimed to be better and never announced itself is passed over; doubles each time. */
  readonly penaltyFor: number;
  /** A primary that has not heard from a quorum of votes for this long takes no work; after twice as long it steps down. */
  readonly quorumWithin: number;
  /** A silent data voter is removed from the configuration after this long; after `suspectAfter`, if a hint says that it is dead. */
  readonly removeAfter: number;
  /** A data voter that is heard, but whose disk takes nothing although it lacks entries, is removed after this long. */
  readonly stallFor: number;
  /** A removed data server that has caught up and was heard all this time becomes a voter again; doubles with each flap. */
  readonly readmitAfter: number;
  /** A data server that has just joined becomes a voter once it has caught up and was heard all this time. */
  readonly admitAfter: number;
  /** A front end that was silent this long counts as gone: its votes move to others. */
  readonly witnessAfter: number;
  /** A data server of higher rank is handed the lead once it has been heard and close for this long. */
  readonly transferAfter: number;
  /** After a node was handed the lead, or lost it early, this long passes before it is next for its rank; doubles each time. */
  readonly transferCoolDown: number;
  /** A primary that loses the lead sooner than this has not kept it. */
  readonly flapWithin: number;
  /** Writes and calls a primary holds while it hands the lead over; beyond it they are refused as busy. */
  readonly transferHeldAtMost: number;
  /** Entries a data voter may be behind, for at most `lagFor`, before it is removed. */
  readonly lagAtMost: number;
  readonly lagFor: number;
  /** An append without an answer is sent again after this long. */
  readonly resendAfter: number;
  /** The same for a full copy, unless a hint says sooner that it is lost. A primary gives one at a time. */
  readonly copyWithin: number;
  /** Entries in one append. */
  readonly batchAtMost: number;
  /** Appends to one peer that wait for an answer. */
  readonly inFlightAtMost: number;
  /** Entries that may wait for their commit; beyond it requests are refused as busy. */
  readonly uncommittedAtMost: number;
  /** Characters, as JSON, of the commands of all writes that wait for their outcome; from then on others are refused as busy. */
  readonly pendingSizeAtMost: number;
  /** Linearizable and session reads that may wait; beyond it they are refused as busy. */
  readonly readsAtMost: number;
  /** How long a replica holds a read for a token or a read index before it says that it is behind. */
  readonly readWithin: number;
  /** Entries applied since the last snapshot after which the next one is taken. */
  readonly snapshotEvery: number;
  /** Entries kept in front of a snapshot, so that a secondary that is a little behind needs no full copy. */
  readonly keepEntries: number;
  /** A request older than this (by the wall time of entries) has expired. */
  readonly dedupeFor: number;
  /** How far clocks may differ: results are kept this much longer, and a request issued further ahead is refused. */
  readonly dedupeMargin: number;
  /** Results kept; beyond it new writes are refused as busy, none is forgotten early. */
  readonly dedupeAtMost: number;
  /** Calls to one other group that wait for their outcome at the same time. */
  readonly callsAtMost: number;
  /** `in-sync`: an acknowledged write is on every in-sync data server. `majority`: on a majority of votes, no more. */
  readonly acknowledge: 'in-sync' | 'majority';
  /** Data voters without which writes are refused. */
  readonly minInSync: number;
  /** Gossip: how often a node tells another one, by chance, what it knows of all services. */
  readonly gossipEvery: number;
  /** Gossip: a service of whose life nothing new was heard for this long counts as unreachable. */
  readonly unreachableAfter: number;
  /** Front end: how long a request is held for an answer before it is given up as unknown. */
  readonly holdFor: number;
  /** Front end: requests held at the same time; beyond it they are refused at once. */
  readonly heldAtMost: number;
  /** Front end and calls: how long an answer may take before the same request is sent again. */
  readonly retryAfter: number;
  /** Front end and calls: how often the group is asked for its primary while none is known. */
  readonly locateEvery: number;
  /** Front end: linearizable reads go to the primary, or to every data server in turn, which asks the primary for the index. */
  readonly reads: 'primary' | 'spread';
  /** Front end: answers it keeps for routes that allow it (PROTOCOL §10.5); 0: none. */
  readonly cacheSize: number;
  /** Front end: what it keeps is used for this long after the primary of its group was asked whether it has changed. */
  readonly cacheFor: number;
  /** Front end: how often the primaries of groups of which it keeps answers are asked that. They say so unasked, too. */
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
  readsAtMost: 20_000,
  readWithin: 2_000,
  snapshotEvery: 50_000,
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
  retryAfter: 1_000,
  locateEvery: 50,
  reads: 'primary',
  cacheSize: 8,
  cacheFor: 2_000,
  watchEvery: 500,
});
