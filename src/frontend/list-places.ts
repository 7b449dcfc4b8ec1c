import type { ClientRequest } from './admit.ts';
import { waitsFor } from './list-pages.ts';
import type { PendingRequest } from './state.ts';
import { abort, type FrontEndTurn } from './turn.ts';

/*
 * The places of lists that are longer than one page (PROTOCOL §10.7). A client that reads nothing holds one until another
 * list waits for it, so a place is bounded by connection and by source as well.
 */

/** The part of the places left by others that the lists of one source may have. */
const SHARE_OF_SOURCE = 3 / 4;

/** Time after which a client that does not take its page gives up its place to another one, in milliseconds. */
const YIELDS_AFTER = 3_000;

/** The same over all pages of its list: one that takes each page just in time would keep its place for hours. */
const YIELDS_AFTER_ALL = 30_000;

/**
 * Takes a place among the lists that are being read; false while there is none: then a list is answered only if one
 * page has the whole. Of the clients that have not taken their page for a while, the slowest gives up its place.
 */
export function takesPlace(turn: FrontEndTurn, { id, connection, source }: ClientRequest): boolean {
  const { draft } = turn;
  if (draft.lists.has(id)) return true;
  if (turn.hasNoPlace) return false;
  const { listsAtMost } = draft.fixed.settings;
  const { size } = draft.lists;
  let ofSource = 0;
  for (const other of readers(turn)) {
    // The answers of a connection go out one after another: a second list would wait behind the first.
    if (connection !== undefined && other.clientRequest.connection === connection) return false;
    if (source !== undefined && other.clientRequest.source === source) ofSource += 1;
  }
  const share = Math.ceil((listsAtMost - (size - ofSource)) * SHARE_OF_SOURCE);
  const isShareTaken = source !== undefined && ofSource >= share;
  if (isShareTaken || size >= listsAtMost) {
    const slowest = slowestTaker(turn, isShareTaken ? source : undefined);
    if (slowest === undefined) {
      turn.hasNoPlace = size >= listsAtMost && !isShareTaken;
      return false;
    }
    abort(turn, slowest, 'its client takes no more of it, and others wait');
  }
  draft.lists = draft.lists.add(id);
  return true;
}

function* readers({ draft }: FrontEndTurn): Generator<PendingRequest> {
  for (const id of draft.lists) {
    const pending = draft.pending.get(id);
    if (pending !== undefined) yield pending;
  }
}

/**
 * The list whose client has been taking its page for longest, and for `YIELDS_AFTER` at least; where there is none, the
 * one whose client has been taking all its pages for longest, and for `YIELDS_AFTER_ALL`. Of `source`, or of any where
 * that is undefined.
 */
function slowestTaker(turn: FrontEndTurn, source: string | undefined): PendingRequest | undefined {
  const takers = [...readers(turn)].filter(
    ({ list, clientRequest }) => list?.isWanted === false && (source === undefined || clientRequest.source === source),
  );
  const waits = (pending: PendingRequest): number => waitsFor(turn, pending);
  const takes = (pending: PendingRequest): number => waits(pending) + (pending.list?.takenFor ?? 0);
  return longest(takers, waits, YIELDS_AFTER) ?? longest(takers, takes, YIELDS_AFTER_ALL);
}

/** The first one with the longest time, which is `atLeast` so long. */
function longest(
  all: readonly PendingRequest[],
  time: (pending: PendingRequest) => number,
  atLeast: number,
): PendingRequest | undefined {
  return all
    .filter((pending) => time(pending) >= atLeast)
    .reduce<PendingRequest | undefined>(
      (most, pending) => (most === undefined || time(pending) > time(most) ? pending : most),
      undefined,
    );
}
