import type { Listed, Outcome } from '../model/app.ts';
import { codeOf } from '../model/app-versions.ts';
import { assert } from '../model/assert.ts';
import { hasQuorum } from '../model/configuration.ts';
import { contained, containedDecode } from '../model/contain.ts';
import type { Input } from '../model/effects.ts';
import type { NodeId } from '../model/epoch.ts';
import type { Json } from '../model/json.ts';
import { pageOf } from '../model/listed.ts';
import { configurationOfLog, lastIndex } from '../model/log.ts';
import type { Machine } from '../model/machine.ts';
import type { Request, Unserved, WriteInSession } from '../model/messages.ts';
import { historyDigest, liveSession } from '../model/write-sessions.ts';
import { weighOutcome } from '../model/weigh.ts';
import { isMute } from './ability.ts';
import { hasOutcome, resultReply } from './answers.ts';
import { readingOf } from './readings.ts';
import { beat } from './primary-log.ts';
import type { Requester, RoundRead, WaitingRead } from './primary-state.ts';
import { type HostedApp, machineOf, type Replica } from './replica.ts';
import { planted, type ReplicaTurn, reply, tell } from './turn.ts';
import { answerFirstPage, answerLaterPage, failQuery, keptVersion } from './versions.ts';
import { answerWatch } from './watchers.ts';

type Question = Extract<Request, { type: 'outcome' }>;
type ReadRequest = Extract<Request, { type: 'read' | 'index' }>;

/**
 * Takes a read (PROTOCOL §6).
 * - Linearizable, at the primary: waits for a heartbeat round that a quorum answers, which proves that this was the
 *   primary after the read arrived (Raft dissertation §6.4).
 * - Linearizable, at a secondary: asks the primary for the index to read at.
 * - Session: waits for the index in its token, on any data server. Where the own log lacks that index, the primary's read
 *   index tells whether it was ever given out.
 */
export function takeRead(turn: ReplicaTurn, requester: Requester, item: ReadRequest): void {
  const { draft, now, hosted } = turn;
  const { leading } = draft;
  const refuse = (reason: 'not-primary' | 'busy' | 'behind' | 'malformed' | 'other-history'): void =>
    reply(turn, requester, { type: 'unserved', id: requester.id, reason });

  if (draft.machine === undefined) return refuse('not-primary');
  const waiting = draft.reads.length + (leading?.round?.reads.length ?? 0) + (leading?.nextRound.length ?? 0);
  if (waiting >= hosted.settings.readsAtMost) return refuse('busy');
  if (item.type === 'index') {
    return leading === undefined ? refuse('not-primary') : joinRound(turn, { type: 'index', requester });
  }
  const { page } = item;
  // A later page is read by the code of the version of its list (PROTOCOL §6.5), every other read by that of the state.
  const kept = page?.at === undefined ? undefined : keptVersion(draft, page.at);
  const code = codeOf(hosted.app, (kept ?? draft.machine).version);
  if (code === undefined || draft.diverged !== undefined || (kept === undefined && isMute(turn)))
    return refuse('behind');
  const decoded = containedDecode(() => code.decodeQuery(item.query));
  if (decoded.type === 'rejected') return refuse('malformed');
  if (item.token !== undefined && item.token.historyId !== draft.identity.historyId) return refuse('other-history');

  const query = decoded.value;
  if (page?.at !== undefined)
    return answerLaterPage(turn, requester, { ...page, query }, (machine) => listIn(turn, machine, query));
  const until = now.millis + hosted.settings.readWithin;
  if (item.mode === 'session') {
    takeSession(turn, { type: 'read', requester, query, page }, item.token?.index ?? 0, until);
  } else if (leading !== undefined) {
    const read = { type: 'read', requester, query, page } as const;
    if (planted(turn, 'reads-without-confirming-leadership')) answerRead(turn, read);
    else joinRound(turn, read);
  } else if (draft.election.primary !== undefined) {
    draft.reads = [
      ...draft.reads,
      { type: 'read', requester, query, page, needs: { asked: nextQuestion(turn) }, until },
    ];
  } else refuse('not-primary');
}

/**
 * Takes the question for the outcome of a write, which is answered like a linearizable read: what it says of the write
 * stays true (PROTOCOL §7.11).
 */
export function takeQuestion(turn: ReplicaTurn, requester: Requester, { type: _, id, ...of }: Question): void {
  const { draft, now, hosted } = turn;
  const { leading, machine, diverged, identity } = draft;
  const waiting = draft.reads.length + (leading?.round?.reads.length ?? 0) + (leading?.nextRound.length ?? 0);
  const refuse = (reason: Unserved): void => reply(turn, requester, { type: 'unserved', id, reason });
  if (machine === undefined) return refuse('not-primary');
  if (waiting >= hosted.settings.readsAtMost) return refuse('busy');
  if (diverged !== undefined || isMute(turn)) return refuse('behind');
  if (of.history !== historyDigest(identity.historyId)) return refuse('ended');
  if (leading !== undefined) return joinRound(turn, { type: 'outcome', requester, of });
  if (draft.election.primary === undefined) return refuse('not-primary');
  if (planted(turn, 'answers-question-from-own-state')) return answerQuestion(turn, requester, of);
  const until = now.millis + hosted.settings.readWithin;
  draft.reads = [...draft.reads, { type: 'outcome', requester, of, needs: { asked: nextQuestion(turn) }, until }];
}

/**
 * A session read waits for `index`. One that the own log lacks is on its way, or was never given out: every index
 * given out before is at or below the read index of the primary (PROTOCOL §6.3).
 */
function takeSession(
  turn: ReplicaTurn,
  read: Extract<RoundRead, { type: 'read' }>,
  index: number,
  until: number,
): void {
  const { draft } = turn;
  const isDoubtful = index > lastIndex(draft.log);
  if (isDoubtful && draft.leading !== undefined) return joinRound(turn, { ...read, session: index });
  const isAsked = isDoubtful && draft.election.primary !== undefined;
  const needs = isAsked ? { asked: nextQuestion(turn) } : { index };
  draft.reads = [...draft.reads, { ...read, ...(isAsked ? { session: index } : {}), needs, until }];
}

/** Lets a read wait for the read index, or for that of its session; refuses one whose index was never given out. */
function waitFor(
  turn: ReplicaTurn,
  read: Exclude<RoundRead, { type: 'index' }>,
  index: number,
  until: number,
): WaitingRead[] {
  const session = read.type === 'read' ? read.session : undefined;
  if (session === undefined || session <= index) return [{ ...read, needs: { index: session ?? index }, until }];
  const { requester } = read;
  reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'ahead' });
  return [];
}

/** Ends the heartbeat round that a quorum has answered, then begins the next for all waiting reads. */
export function turnRounds(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  for (;;) {
    const { leading } = draft;
    if (leading === undefined) return;
    const { round, nextRound } = leading;
    if (round === undefined) {
      if (nextRound.length === 0) return;
      // Before the no-op of this epoch is visible, more may be committed than this primary knows (Raft §8).
      const index = planted(turn, 'reads-before-own-noop-visible')
        ? draft.commit
        : Math.max(draft.commit, leading.first);
      const begun = beat(turn, leading);
      // The heartbeat timer is kept: work that follows it (resends, joins, check quorum) would otherwise wait for as
      // long as reads keep coming.
      const { beatAt } = leading;
      draft.leading = { ...begun, beatAt, round: { beat: begun.beat, index, reads: nextRound }, nextRound: [] };
      continue;
    }
    const own = draft.identity.nodeId;
    const answered = ({ nodeId }: { readonly nodeId: NodeId }): boolean =>
      nodeId === own || (leading.progress[nodeId]?.beat ?? 0) >= round.beat;
    if (!hasQuorum(configurationOfLog(draft.log), answered)) return;
    draft.leading = { ...leading, round: undefined };
    const until = now.millis + hosted.settings.readWithin;
    for (const read of round.reads) {
      const { requester } = read;
      if (read.type === 'index') reply(turn, requester, { type: 'index', id: requester.id, index: round.index });
      else draft.reads = [...draft.reads, ...waitFor(turn, read, round.index, until)];
    }
  }
}

/** The primary's answer to a read index question: its reads wait for `index`. */
export function learnIndex(turn: ReplicaTurn, question: string, index: number): void {
  const { draft } = turn;
  endQuestion(turn, question);
  draft.reads = draft.reads.flatMap((waiting) =>
    'asked' in waiting.needs && waiting.needs.asked === question
      ? waitFor(turn, waiting, index, waiting.until)
      : waiting,
  );
}

/** The primary did not answer a read index question: its reads are returned to their requesters. */
export function loseQuestion(turn: ReplicaTurn, question: string): void {
  const { draft } = turn;
  endQuestion(turn, question);
  const isLost = ({ needs }: WaitingRead): boolean => 'asked' in needs && needs.asked === question;
  for (const { requester } of draft.reads.filter(isLost)) {
    reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'not-primary' });
  }
  draft.reads = draft.reads.filter((waiting) => !isLost(waiting));
}

/** A node for which much waits gets no long outcomes until little does. */
export function hearBacklog({ draft }: ReplicaTurn, { nodeId, isLong }: Extract<Input, { type: 'backlog' }>): void {
  const others = draft.backlogged.filter((other) => other !== nodeId);
  draft.backlogged = isLong ? [...others, nodeId] : others;
}

/** Answers the reads whose index is applied, and refuses those that have waited too long. */
export function answerReads(turn: ReplicaTurn): void {
  const { draft, now } = turn;
  if (draft.reads.length === 0) return;
  const applied = machineOf(draft).at.index;
  const waiting: WaitingRead[] = [];
  for (const read of draft.reads) {
    if (draft.diverged !== undefined) refuseWaiting(turn, read);
    else if ('index' in read.needs && read.needs.index <= applied) {
      if (read.type === 'watch') answerWatch(turn, read.requester, read.from);
      else if (read.type === 'outcome') answerQuestion(turn, read.requester, read.of);
      else answerRead(turn, read);
    } else if (now.millis < read.until) waiting.push(read);
    else refuseWaiting(turn, read);
  }
  if (waiting.length < draft.reads.length) draft.reads = waiting;
}

function refuseWaiting(turn: ReplicaTurn, { type, requester }: WaitingRead): void {
  if (type !== 'watch') reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'behind' });
}

function answerRead(turn: ReplicaTurn, { requester, query, page }: Extract<RoundRead, { type: 'read' }>): void {
  const machine = machineOf(turn.draft);
  const { id } = requester;
  const { answerSizeAtMost } = turn.hosted.settings;
  const made = contained(() => {
    const answer = answerIn(turn, machine, query);
    if (answer.type === 'listed' && page !== undefined) return { listed: answer, page };
    // Rows are made until there are too many for one answer.
    if (answer.type === 'listed') return pageOf(answer, 0, answerSizeAtMost);
    return { outcome: answer, size: weighOutcome(answer, answerSizeAtMost), next: undefined };
  });
  if (made.type === 'threw') return failQuery(turn, requester, machine, query, made.thrown);
  const answer = made.value;
  if ('listed' in answer) return answerFirstPage(turn, requester, { ...answer.page, query }, answer.listed);
  const { outcome, size, next } = answer;
  if (next !== undefined) return reply(turn, requester, { type: 'unserved', id, reason: 'too-large' });
  const { index, lamport } = machine.at;
  reply(turn, requester, { type: 'done', id, outcome, index, lamport, rests: [] }, size);
}

/** Tells the outcome of a write, or why it has none. */
function answerQuestion(
  turn: ReplicaTurn,
  requester: Requester,
  { session: id, number, command }: WriteInSession,
): void {
  const { hosted } = turn;
  const machine = machineOf(turn.draft);
  const refuse = (reason: Unserved): void => reply(turn, requester, { type: 'unserved', id: requester.id, reason });
  const session = liveSession(machine, id);
  const code = codeOf(hosted.app, machine.version);
  if (code === undefined) return refuse('behind');
  if (session === undefined) return refuse('ended');
  const result = session.results.get(number);
  // It may still be carried out, or its call be settled.
  if (result === undefined) return refuse(number <= session.done ? 'forgotten' : 'busy');
  if (readingOf(hosted.app, code, command, result.digest)?.digest !== result.digest) return refuse('reused');
  if (!hasOutcome(result)) return refuse('busy');
  reply(turn, requester, resultReply(requester.id, result));
}

function answerIn({ hosted }: ReplicaTurn, { version, state }: Machine, query: Json): Outcome | Listed {
  const code = codeOf(hosted.app, version);
  assert(code !== undefined, 'a state is read by a build that has its code');
  return code.answer?.(state, query) ?? code.read(state, query);
}

function listIn(turn: ReplicaTurn, machine: Machine, query: Json): Listed | undefined {
  const answer = contained(() => answerIn(turn, machine, query));
  return answer.type === 'returned' && answer.value.type === 'listed' ? answer.value : undefined;
}

function joinRound(turn: ReplicaTurn, read: RoundRead): void {
  const { leading } = turn.draft;
  if (leading !== undefined) turn.draft.leading = { ...leading, nextRound: [...leading.nextRound, read] };
}

/** The next question for a read index: the answer to one that is under way would be too old for a read that comes now. */
function nextQuestion({ draft }: ReplicaTurn): string {
  const { questions } = draft;
  if (!questions.isAwaited) draft.questions = { ...questions, isAwaited: true };
  return questionNamed(draft, questions.sent + 1);
}

function questionNamed({ incarnation }: Pick<Replica, 'incarnation'>, number: number): string {
  return `index-${incarnation}-${number}`;
}

/**
 * Asks the primary for the read index that all reads wait for which came since the last question: one question at a time,
 * as rounds are at the primary, however many reads come. One without an answer holds up the next for a heartbeat.
 */
export function askIndex(turn: ReplicaTurn): void {
  const { draft, now } = turn;
  const { primary } = draft.election;
  const dueAt = questionDueAt(turn);
  if (dueAt === undefined || now.millis < dueAt || draft.leading !== undefined || primary === undefined) return;
  const sent = draft.questions.sent + 1;
  draft.questions = { sent, since: now.millis, isAwaited: false };
  const items = [{ type: 'index', id: questionNamed(draft, sent) }] as const;
  tell(turn, primary, { type: 'requests', epoch: draft.promised, lamport: draft.lamport, items });
}

/** When the next question for a read index is due; undefined while no read waits for it. */
export function questionDueAt({
  draft,
  hosted,
}: {
  readonly draft: Pick<Replica, 'questions'>;
  readonly hosted: Pick<HostedApp, 'settings'>;
}): number | undefined {
  const { since, isAwaited } = draft.questions;
  if (!isAwaited) return undefined;
  return since === undefined ? -Infinity : since + hosted.settings.heartbeatEvery;
}

/** The question has its answer, or will have none. */
function endQuestion({ draft }: ReplicaTurn, question: string): void {
  const { questions } = draft;
  if (question === questionNamed(draft, questions.sent)) draft.questions = { ...questions, since: undefined };
}
