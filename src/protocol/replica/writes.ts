import { type Address, isSameAddress } from '../model/address.ts';
import { channelOf, isForgettable } from '../model/apply.ts';
import { unreachable } from '../model/assert.ts';
import { dataVoters } from '../model/configuration.ts';
import type { Body } from '../model/entry.ts';
import { compareEpochs, type Epoch } from '../model/epoch.ts';
import { configurationOfLog, lastIndex } from '../model/log.ts';
import type { Message, Request, Unserved } from '../model/messages.ts';
import { opensNone, resultOf } from '../model/write-sessions.ts';
import { codeAtEnd, isUnfit } from './ability.ts';
import { callKey, callReply, hasOutcome, resultReply } from './answers.ts';
import { hearsLiveQuorum } from './check-quorum.ts';
import { clusterTime } from './cluster-time.ts';
import { hearsPrimary } from './follower.ts';
import { answerEarly, isOverdue } from './mutant-behaviour.ts';
import { propose, yieldTo } from './primary-log.ts';
import { readingOf } from './readings.ts';
import { takeQuestion, takeRead } from './reads.ts';
import { lacksRoom } from './room.ts';
import type { HeldRequest, PendingWrite, PrimaryState, Requester } from './primary-state.ts';
import { machineOf } from './replica.ts';
import { hearLamport, note, planted, type ReplicaTurn, reply, sending, tell } from './turn.ts';

type WriteRequest = Extract<Request, { type: 'write' }>;
type CallRequest = Extract<Request, { type: 'call' }>;

interface Batch {
  readonly epoch: Epoch;
  readonly lamport: number;
  readonly items: readonly Request[];
}

/**
 * Takes requests for a primary that `from` does not reach (PROTOCOL §10.6). A node that hears it forwards writes and
 * calls, and keeps nothing: whatever is lost is sent again. One that was forwarded is served or refused, and forwarded
 * no further.
 */
export function relay(turn: ReplicaTurn, from: Address, batch: Batch & { readonly origin: Address | undefined }): void {
  const { leading, election, identity } = turn.draft;
  const { primary } = election;
  const isPeer = from.unit === identity.group;
  if (batch.origin !== undefined) return isPeer ? serve(turn, from, batch, batch.origin) : undefined;
  if (isPeer) return undefined;
  if (leading !== undefined || primary === undefined || !hearsPrimary(turn)) return serve(turn, from, batch);
  const reads = batch.items.filter(isRead);
  const writes = batch.items.filter((item) => !isRead(item));
  if (reads.length > 0) serve(turn, from, { ...batch, items: reads });
  const { epoch, lamport } = batch;
  if (writes.length > 0) tell(turn, primary, { type: 'relay', origin: from, epoch, lamport, items: writes });
}

/** Whether a node answers it that is no primary. */
function isRead({ type }: Request): boolean {
  return type === 'read' || type === 'index' || type === 'outcome';
}

/** Takes the primary's replies to what this node forwarded, and sends them on. */
export function passOn(turn: ReplicaTurn, { type: _, origin, ...said }: Extract<Message, { type: 'relayed' }>): void {
  turn.effects.push(sending(origin, { type: 'replies', ...said }));
}

/**
 * Takes a batch of requests. New writes and calls become entries, all in one proposal; known ones are answered with
 * their first outcome or attached to the pending request (PROTOCOL §7).
 */
export function serve(turn: ReplicaTurn, from: Address, batch: Batch, origin?: Address): void {
  const { draft } = turn;
  const follows = planted(turn, 'ignores-lamport-time-of-requests') || hearLamport(turn, batch.lamport);
  // The sender knows a newer primary: this one has been deposed and did not know.
  if (compareEpochs(batch.epoch, draft.promised) > 0) yieldTo(turn, from.node, batch.epoch);
  const refusal = writeRefusal(turn, follows);
  const bodies: Body[] = [];
  for (const item of batch.items) {
    const requester: Requester = { address: from, id: item.id, ...(origin === undefined ? {} : { origin }) };
    switch (item.type) {
      case 'read':
      case 'index':
        takeRead(turn, requester, item);
        break;
      case 'outcome':
        takeQuestion(turn, requester, item);
        break;
      case 'open':
      case 'write':
      case 'call':
        takeNew(turn, { requester, item }, refusal, bodies);
        break;
      default:
        unreachable(item);
    }
  }
  if (draft.leading !== undefined) propose(turn, draft.leading, bodies);
}

/** Takes the requests held during a transfer, in order of arrival. */
export function serveHeld(turn: ReplicaTurn, held: readonly HeldRequest[]): void {
  const refusal = writeRefusal(turn);
  const bodies: Body[] = [];
  for (const request of held) takeNew(turn, request, refusal, bodies);
  if (turn.draft.leading !== undefined) propose(turn, turn.draft.leading, bodies);
}

function takeNew(
  turn: ReplicaTurn,
  { requester, item }: HeldRequest,
  refusal: Unserved | undefined,
  bodies: Body[],
): void {
  const reason = refusal ?? take(turn, { requester, item }, bodies);
  if (reason !== undefined) refuse(turn, requester, reason);
}

function take(turn: ReplicaTurn, { requester, item }: HeldRequest, bodies: Body[]): Unserved | undefined {
  switch (item.type) {
    case 'write':
      return takeWrite(turn, requester, item, bodies);
    case 'call':
      return takeCall(turn, requester, item, bodies);
    case 'open':
      return takeOpen(turn, requester, item, bodies);
    default:
      return unreachable(item);
  }
}

/**
 * Why no write is taken now, if so. A primary without a quorum takes none, because it could not commit it; and none
 * whose Lamport time the next entry would not exceed.
 */
function writeRefusal(turn: ReplicaTurn, follows = true): Unserved | undefined {
  const { draft, hosted } = turn;
  const { settings } = hosted;
  const { leading } = draft;
  if (leading === undefined) return 'not-primary';
  if (!follows || !hearsLiveQuorum(turn, leading, settings)) return 'busy';
  if (dataVoters(configurationOfLog(draft.log)).length < settings.minInSync) return 'busy';
  if (isUnfit(turn)) return 'busy';
  return undefined;
}

function takeWrite(turn: ReplicaTurn, requester: Requester, item: WriteRequest, bodies: Body[]): Unserved | undefined {
  const { draft, hosted } = turn;
  const { leading } = draft;
  if (leading === undefined) return 'not-primary';
  const code = codeAtEnd(turn);
  if (code === undefined) return 'busy';
  const { uuid, issuedAt, slot } = item;
  if ((issuedAt === undefined) === (slot === undefined)) return 'malformed';
  if (slot !== undefined && planted(turn, 'ends-session-by-own-clock') && isOverdue(turn, leading, slot))
    return 'ended';
  const result = resultOf(machineOf(draft), item);
  const pending = leading.pending.get(uuid);
  const knownDigest = result?.digest ?? pending?.digest;
  const reading = readingOf(hosted.app, code, item.command, knownDigest);
  if (reading === undefined) return 'malformed';
  const { command, digest, size } = reading;
  if (knownDigest !== undefined && knownDigest !== digest) return 'reused';
  if (knownDigest !== undefined) note(turn, { type: 'suppresses-duplicate', uuid });
  if (result !== undefined && hasOutcome(result)) {
    reply(turn, requester, resultReply(requester.id, result));
    return undefined;
  }
  if (
    pending !== undefined &&
    planted(turn, 'answers-retry-before-apply') &&
    answerEarly(turn, requester, uuid, command)
  )
    return undefined;
  if (knownDigest === undefined) {
    if (lacksRoom(turn, command) && !planted(turn, 'takes-writes-without-room')) return 'full';
    if (leading.transfer !== undefined) return hold(turn, leading, { requester, item });
    // Of writes only: calls refused for it would never let two groups that call each other drain.
    if (leading.pendingSize >= hosted.settings.pendingSizeAtMost) return 'busy';
    if (isFull(turn, bodies.length) || (slot === undefined && remembersAll(turn))) return 'busy';
    bodies.push({ type: 'write', uuid, ...(slot === undefined ? { issuedAt } : { slot }), command });
  }
  const waiting: PendingWrite = { digest, size, requesters: attached(pending?.requesters ?? [], requester) };
  const pendingSize = leading.pendingSize + (pending === undefined ? size : 0);
  draft.leading = { ...leading, pending: leading.pending.set(uuid, waiting), pendingSize };
  return undefined;
}

/** Opens a write session. One that is asked for again opens a second one, and the first ends unused. */
function takeOpen(
  turn: ReplicaTurn,
  requester: Requester,
  item: Extract<Request, { type: 'open' }>,
  bodies: Body[],
): Unserved | undefined {
  const { leading } = turn.draft;
  if (leading === undefined) return 'not-primary';
  if (leading.transfer !== undefined) return hold(turn, leading, { requester, item });
  if (isFull(turn, bodies.length) || opensNone(machineOf(turn.draft), clusterTime(turn) ?? 0)) return 'busy';
  const name = `${requester.origin?.node ?? requester.address.node}/${item.id}`;
  const pending = leading.pending.get(name);
  if (pending === undefined) bodies.push({ type: 'open', name });
  const waiting: PendingWrite = { digest: 0, size: 0, requesters: attached(pending?.requesters ?? [], requester) };
  turn.draft.leading = { ...leading, pending: leading.pending.set(name, waiting) };
  return undefined;
}

function takeCall(turn: ReplicaTurn, requester: Requester, item: CallRequest, bodies: Body[]): Unserved | undefined {
  const { draft } = turn;
  const { leading } = draft;
  if (leading === undefined) return 'not-primary';
  const { from, historyId, number, uuid, settled } = item;
  const channel = channelOf(from, historyId);
  const machine = machineOf(draft);
  const cursor = machine.incoming.get(channel)?.cursor ?? 0;
  if (number <= cursor) {
    reply(turn, requester, callReply(machine, item, number)(requester.id));
    return undefined;
  }
  const key = callKey(channel, number);
  const requesters = leading.called.get(key);
  if (requesters === undefined) {
    if (leading.transfer !== undefined) return hold(turn, leading, { requester, item });
    if (isFull(turn, bodies.length)) return 'busy';
    bodies.push({ type: 'call', from, historyId, number, uuid, settled, command: item.command });
  }
  draft.leading = { ...leading, called: leading.called.set(key, attached(requesters ?? [], requester)) };
  return undefined;
}

/** Holds a request that would lengthen the log until the transfer ends. */
function hold(turn: ReplicaTurn, leading: PrimaryState, request: HeldRequest): Unserved | undefined {
  const { transfer } = leading;
  if (transfer === undefined || transfer.held.length >= turn.hosted.settings.transferHeldAtMost) return 'busy';
  turn.draft.leading = { ...leading, transfer: { ...transfer, held: [...transfer.held, request] } };
  return undefined;
}

/** Whether the bound on uncommitted entries is reached. */
function isFull({ draft, hosted }: ReplicaTurn, batched: number): boolean {
  return lastIndex(draft.log) + batched - draft.commit >= hosted.settings.uncommittedAtMost;
}

/** Whether the bound on results remembered by uuid is reached. */
function remembersAll(turn: ReplicaTurn): boolean {
  const { draft, hosted } = turn;
  const { dedupeAtMost } = hosted.settings;
  const machine = machineOf(draft);
  if (machine.results.size < dedupeAtMost) return false;
  // At the bound, a forgettable oldest result makes room with the next entry. One that waits for its call does not.
  const oldest = machine.results.get(machine.order.first() ?? '');
  return oldest === undefined || !hasOutcome(oldest) || !isForgettable(machine, oldest, clusterTime(turn) ?? 0);
}

function refuse(turn: ReplicaTurn, requester: Requester, reason: Unserved): void {
  note(turn, { type: 'unserved', reason });
  reply(turn, requester, { type: 'unserved', id: requester.id, reason });
}

/** The requesters with `requester` added once: a front end that retries stays one requester. */
function attached(requesters: readonly Requester[], requester: Requester): readonly Requester[] {
  const isSame = ({ address, id, origin }: Requester): boolean =>
    id === requester.id && isSameAddress(address, requester.address) && isSameAddress(origin, requester.origin);
  return requesters.some(isSame) ? requesters : [...requesters, requester];
}
