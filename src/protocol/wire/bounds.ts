/*
 * Bounds of what one message between nodes may say, in count and in size: far above what any cluster has (the directory
 * takes 1,000 names), and low enough that a message of a node that is wrong costs little. A message beyond one is
 * malformed. Entries, outcomes and snapshots have bounds of their own.
 */

/** Characters of a name, an id or a proof. Names of nodes are of at most 32, ids of disks of 200. */
export const WORD_AT_MOST = 1_024;

/** Nodes in a directory, voters or learners of a configuration, groups of a service. */
export const NODES_AT_MOST = 1_024;

/** Requests, replies or entries in one message. */
export const ITEMS_AT_MOST = 65_536;
