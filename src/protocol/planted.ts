/**
 * Bugs planted on purpose, by the ids of docs/TESTING.md. Only the simulator hands any to a replica or a front end; a live
 * process has `NOTHING_PLANTED`. Each switch stands where somebody once made that mistake, and a judge must find it.
 */
export const PLANTED_BUGS = {
  M05: 'acknowledges before its disk has the entries',
  M06: 'counts an entry of an old epoch as committed (Raft Figure 8)',
  M11: 'takes a full copy without the results by uuid',
  M13: 'serves reads although deposed',
  M28: 'votes for the highest rank, whatever its log',
  M29: 'declares itself primary when nobody better answers, without a quorum',
  M30: 'sends a retry under a new uuid',
} as const;

export type PlantedBug = keyof typeof PLANTED_BUGS;

export const NOTHING_PLANTED: ReadonlySet<PlantedBug> = new Set();
