import type { GroupName } from '../../protocol/model/app.ts';
import type { Slot } from '../../protocol/model/entry.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import {
  liveSession,
  NUMBERS_AT_MOST,
  resultOf,
  sessionsOf,
  SESSIONS_AT_MOST,
} from '../../protocol/model/write-sessions.ts';
import { type Committed, followRecord } from './committed.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Numbered writes (PROTOCOL §7.10), judged by what the log's entries change and by what front ends are told:
 * - A write takes effect at one entry at most, whatever its name, and however often it is in the log.
 * - One that was told `ended` or `forgotten` takes no effect from then on, and neither does one of which a question by
 *   its name was told so.
 * - Both are true when they are told: no live session has the write's, or its number is done.
 * - A fence, whose number is done as it is sent, takes no effect.
 * - What is remembered is bounded.
 */
export function writeSessions(evidence: Pick<Evidence, 'record'>): Judge {
  const newlyCommitted = followRecord(evidence.record);
  /** The entry at which a write of a group took effect, by its uuid. */
  const effects = new Map<string, number>();
  /** A write, by its uuid or as its slot, by its requester and its request. */
  const asked = new Map<string, Asked>();
  const refused = new Map<string, string>();
  /** What was told since the last step: the record has by then what its teller had applied. */
  let claims: Claim[] = [];
  return {
    name: 'write-sessions',
    source: 'PROTOCOL §7.10',
    sent({ from, to, message }: Envelope) {
      if (message.type === 'requests' || message.type === 'relay') {
        for (const item of message.items) {
          const of = `${from.node} ${from.unit} ${item.id}`;
          if (item.type === 'write') asked.set(of, { write: item.uuid, slot: item.slot });
          else if (item.type === 'outcome') asked.set(of, { write: placeOf(item), slot: item });
        }
      }
      if (message.type !== 'replies') return undefined;
      for (const item of message.items) {
        if (item.type !== 'unserved' || (item.reason !== 'ended' && item.reason !== 'forgotten')) continue;
        const known = asked.get(`${to.node} ${to.unit} ${item.id}`);
        if (known === undefined) continue;
        refused.set(key(from.unit, known.write), item.reason);
        if (known.slot !== undefined)
          claims.push({ group: from.unit, teller: from.node, reason: item.reason, slot: known.slot });
      }
      return undefined;
    },
    stepped({ group }) {
      for (const committed of newlyCommitted(group)) {
        const wrong = effect(committed) ?? excess(committed);
        if (wrong !== undefined) return `entry ${committed.entry.index} of ${group} ${wrong}`;
      }
      const told = claims;
      claims = [];
      return told.map(falsehood).find((wrong) => wrong !== undefined);
    },
  };

  function falsehood({ group, teller, reason, slot: { session: id, number } }: Claim): string | undefined {
    const record = evidence.record.group(group);
    const machine = record.machineAt(record.last);
    const session = machine && liveSession(machine, id);
    const isTrue = session === undefined || (reason === 'forgotten' && number <= session.done);
    return isTrue
      ? undefined
      : `${teller} told ${reason} of number ${number} of session ${id} of ${group}, which is there`;
  }

  function effect({ group, entry: { index, body }, before, after }: Committed): string | undefined {
    if (body.type !== 'write') return undefined;
    if (before.state === after.state && resultOf(after, body)?.index !== index) return undefined;
    if (body.slot !== undefined && body.slot.number <= body.slot.done) return `carries the fence ${body.uuid} out`;
    const name = key(group, body.uuid);
    const earlier = effects.get(name);
    effects.set(name, index);
    if (earlier !== undefined) return `carries ${body.uuid} out, which entry ${earlier} had carried out`;
    const reason = refused.get(name) ?? (body.slot && refused.get(key(group, placeOf(body.slot))));
    return reason && `carries ${body.uuid} out, which was told ${reason}`;
  }
}

/** A write that was sent, or asked for. */
interface Asked {
  readonly write: string;
  readonly slot: Pick<Slot, 'session' | 'number'> | undefined;
}

/** A front end was told that a write will not be carried out. */
interface Claim {
  readonly group: GroupName;
  readonly teller: NodeId;
  readonly reason: 'ended' | 'forgotten';
  readonly slot: Pick<Slot, 'session' | 'number'>;
}

function excess({ entry: { body }, after }: Committed): string | undefined {
  const sessions = sessionsOf(after);
  if (sessions.size > SESSIONS_AT_MOST) return `leaves ${sessions.size} sessions`;
  const session = body.type === 'write' && body.slot !== undefined ? sessions.get(body.slot.session) : undefined;
  if (session === undefined) return undefined;
  const { done, results } = session;
  const isWithin = results.keySeq().every((number) => number > done && number <= done + NUMBERS_AT_MOST);
  return isWithin ? undefined : `leaves a session that is done up to ${done} with results beyond its bounds`;
}

function placeOf({ session, number }: Pick<Slot, 'session' | 'number'>): string {
  return `${session}.${number}`;
}

function key(group: GroupName, write: string): string {
  return `${group} ${write}`;
}
