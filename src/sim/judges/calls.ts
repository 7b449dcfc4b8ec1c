import type { GroupName } from '../../protocol/model/app.ts';
import { channelOf } from '../../protocol/model/apply.ts';
import { type Committed, followRecord } from './committed.ts';
import type { Evidence, Judge } from './judge.ts';

/** The calls of one group to another, by number from 1 on. */
interface Channel {
  /** Made by the caller's log. */
  readonly made: { readonly uuid: string; readonly command: string }[];
  /** Executed by the target's log: outcome and index. */
  readonly executed: { readonly outcome: string; readonly index: number }[];
  readonly uuids: Set<string>;
}

/**
 * A call from one group to another takes effect once. The numbers of a channel are dense; an executed call is the one
 * that the caller's committed log made under its number; it is executed once; and the caller takes the outcome that the
 * target's log has at the index it names. Judged by the two logs, not by what either side remembers (PROTOCOL
 * §8.1–8.4).
 */
export function calls(evidence: Pick<Evidence, 'record'>): Judge {
  const newlyCommitted = followRecord(evidence.record);
  const channels = new Map<string, Channel>();
  const channel = (from: GroupName, to: GroupName): Channel => {
    const name = `${from} to ${to}`;
    const known = channels.get(name);
    if (known !== undefined) return known;
    const fresh: Channel = { made: [], executed: [], uuids: new Set() };
    channels.set(name, fresh);
    return fresh;
  };
  return {
    name: 'calls',
    source: 'PROTOCOL §8.3',
    stepped({ group }) {
      for (const committed of newlyCommitted(group)) {
        const wrong = settled(committed, channel) ?? made(committed, channel) ?? executed(committed, channel);
        if (wrong !== undefined) return `entry ${committed.entry.index} of ${group} ${wrong}`;
      }
      return undefined;
    },
  };
}

type Channels = (from: GroupName, to: GroupName) => Channel;

/** The caller's side: calls that the entry made. */
function made({ group, before, after }: Committed, channels: Channels): string | undefined {
  for (const [to, outgoing] of after.outgoing) {
    const known = before.outgoing.get(to)?.last ?? 0;
    const of = channels(group, to);
    for (let number = known + 1; number <= outgoing.last; number += 1) {
      const call = outgoing.pending.get(number);
      if (call === undefined || number !== of.made.length + 1)
        return `makes call ${number} to ${to} after call ${of.made.length}`;
      if (of.uuids.has(call.uuid)) return `makes the call ${call.uuid} to ${to} a second time`;
      of.uuids.add(call.uuid);
      of.made.push({ uuid: call.uuid, command: JSON.stringify(call.command) });
    }
    if (outgoing.last < known) return `has forgotten call ${known} to ${to}`;
  }
  return undefined;
}

/** The target's side: the call that the entry executed, if any. */
function executed({ group, entry, before, after }: Committed, channels: Channels): string | undefined {
  const { body } = entry;
  if (body.type !== 'call') return undefined;
  const name = channelOf(body.from, body.historyId);
  const [cursor, done] = [before.incoming.get(name)?.cursor ?? 0, after.incoming.get(name)];
  if (done === undefined || done.cursor === cursor) return undefined;
  const of = channels(body.from, group);
  if (done.cursor !== of.executed.length + 1 || body.number !== done.cursor) {
    return `executes call ${body.number} of ${body.from} after call ${of.executed.length}`;
  }
  const call = of.made[body.number - 1];
  if (call === undefined) return `executes call ${body.number} of ${body.from}, which was never made`;
  if (call.uuid !== body.uuid || call.command !== JSON.stringify(body.command)) {
    return `executes call ${body.number} of ${body.from} as ${body.uuid}, and it was made as ${call.uuid}`;
  }
  const result = done.results.get(body.number);
  if (result === undefined) return `executes call ${body.number} of ${body.from} and does not remember the outcome`;
  of.executed.push({ outcome: JSON.stringify(result.outcome), index: entry.index });
  return undefined;
}

/** The caller's side: the outcome that the entry takes, if the call was still pending. */
function settled({ group, entry: { body }, before }: Committed, channels: Channels): string | undefined {
  if (body.type !== 'settle' || before.outgoing.get(body.group)?.pending.has(body.number) !== true) return undefined;
  const result = channels(group, body.group).executed[body.number - 1];
  if (result === undefined) return `settles call ${body.number} to ${body.group}, which was not executed`;
  const isSame = result.outcome === JSON.stringify(body.outcome) && result.index === body.index;
  return isSame ? undefined : `settles call ${body.number} to ${body.group} with an outcome of its own`;
}
