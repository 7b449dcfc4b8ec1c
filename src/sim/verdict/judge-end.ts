import { CLOCKS_DIFFER, refusalOf } from '../../frontend/respond.ts';
import type { EntryContext } from '../../protocol/model/app.ts';
import { judgeCache } from '../judges/cache.ts';
import { judgeHistory } from '../judges/history.ts';
import { judgeLinearizable } from '../judges/linearizable.ts';
import { judgeSessions } from '../judges/sessions.ts';
import { judgeWaits } from '../judges/waits.ts';
import { clockErrorOf, microsOf } from '../world/clock.ts';
import { fail, nodeNamed, type World } from '../world/world.ts';

/** Judges a run that has ended: what its clients were told, and, if asked, the goals of its story. */
export function judgeEnd(world: World, judgesGoals: boolean): void {
  world.what = 'the end';
  // The greatest difference of the clocks that stamp a request and its entry.
  const clockError = clockErrorOf(world.plan);
  const untimely = keylessRefusedForTime(world.operations);
  if (untimely !== undefined) return fail(world, 'timely', untimely);
  const { dedupeFor, dedupeMargin } = world.settings;
  const wrong = judgeHistory(world.workload.service, world.evidence.record, world.operations, {
    expiresAfter: dedupeFor - clockError,
    mayBeEarly: clockError > dedupeMargin,
  });
  if (wrong !== undefined) return fail(world, 'history', wrong);
  const unseen = judgeSessions(world.workload.service, world.evidence.record, world.operations);
  if (unseen !== undefined) return fail(world, 'sessions', unseen);
  const older = judgeCache(world.workload.service, world.evidence.record, world.operations, (frontEnd) =>
    microsOf(nodeNamed(world, frontEnd).clock, world.settings.cacheFor, world.now),
  );
  if (older !== undefined) return fail(world, 'cache', older);
  const { history } = world.workload;
  if (history !== undefined) {
    const { verdict, reason, judged } = judgeLinearizable(history, world.operations, undefined, ({ uuids }) =>
      contextIn(world, uuids),
    );
    world.judged = judged;
    if (verdict === 'illegal') return fail(world, 'linearizable', reason);
    // Undecided is neither a pass nor a violation: it is counted, for people and for goals.
    if (verdict === 'undecided') world.notes.set('history-undecided', 1);
  }
  const late = judgeWaits(world.plan.answersWithin, world.operations);
  if (late !== undefined) return fail(world, 'waits', late);
  if (judgesGoals) judgeGoals(world);
}

function judgeGoals(world: World): void {
  for (const { call, expect, result, number } of world.operations) {
    const status = result?.type === 'answered' ? result.status : undefined;
    if (expect !== undefined && (expect === 'any' ? status === undefined : status !== expect)) {
      const told = status === undefined ? 'was never answered' : `was told ${status}`;
      return fail(world, 'goals', `operation ${number}, ${call.method} ${call.path}, ${told} and not ${expect}`);
    }
  }
  for (const { note, unit, node, atLeast } of world.plan.expect) {
    const key = `${note}${unit === undefined ? '' : ` of ${unit}`}${node === undefined ? '' : ` at ${node}`}`;
    const seen = world.notes.get(key) ?? 0;
    if (seen < atLeast) return fail(world, 'goals', `“${key}” was seen ${seen} times, and the story needs ${atLeast}`);
  }
}

/** The context of the entry under one of the uuids. */
function contextIn({ topology, evidence }: World, uuids: readonly string[]): EntryContext | undefined {
  for (const group of topology.groups) {
    const record = evidence.record.group(group);
    for (const uuid of uuids) {
      const entry = record.entryAt(record.firstWriteOf(uuid) ?? 0);
      if (entry !== undefined) {
        const { index, epoch, lamport, wall } = entry;
        return { index, epoch, lamport, wall, uuid };
      }
    }
  }
  return undefined;
}

/** A write without a client's key is never refused for its date (PROTOCOL §7.8). */
function keylessRefusedForTime(operations: World['operations']): string | undefined {
  for (const { key, result, number } of operations) {
    if (key !== undefined || result?.type !== 'answered') continue;
    const { status, body } = result;
    const isRefused = REFUSALS_FOR_TIME.some((refusal) => refusal.status === status && body.includes(refusal.reason));
    if (isRefused) return `operation ${number}, whose client gave no key, was refused for its date: ${status} ${body}`;
  }
  return undefined;
}

const REFUSALS_FOR_TIME = [refusalOf('early'), refusalOf('expired'), { status: 503, reason: CLOCKS_DIFFER }];
