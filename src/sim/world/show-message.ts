import { unreachable } from '../../protocol/model/assert.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { showEpoch } from '../../protocol/model/epoch.ts';
import type { Message, Reply, Request } from '../../protocol/model/messages.ts';

/** A message in a few words, for a trace. */
export function showMessage(message: Message): string {
  switch (message.type) {
    case 'election':
      return `election round ${message.round}, my log ends at ${showEnd(message.end)}`;
    case 'answer':
      return `answer ${message.verdict} to round ${message.round}, promised ${showEpoch(message.promised)}`;
    case 'campaign':
      return `campaign for ${showEpoch(message.epoch)}${message.transfer ? ', handed over' : ''}, my log ends at ${showEnd(message.end)}`;
    case 'voted':
      return message.granted
        ? `voted for ${showEpoch(message.epoch)}`
        : `voted against ${showEpoch(message.epoch)}, promised ${showEpoch(message.promised)}`;
    case 'transfer':
      return `transfer ${showEpoch(message.epoch)}, my log ends at ${showEnd(message.end)}`;
    case 'append':
      return `append ${showEpoch(message.epoch)} after ${message.previousIndex}: ${showEntries(message.entries)}, commit ${message.commit}`;
    case 'appended':
      return `appended ${showEpoch(message.epoch)} up to ${message.match}`;
    case 'mismatched':
      return `mismatched ${showEpoch(message.epoch)} after ${message.previousIndex}, try from ${message.from}`;
    case 'outdated':
      return `outdated, promised ${showEpoch(message.promised)}`;
    case 'heartbeat':
      return `heartbeat ${showEpoch(message.epoch)} number ${message.beat}, commit ${message.commit}`;
    case 'heard':
      return `heard ${showEpoch(message.epoch)} number ${message.beat}`;
    case 'install':
      return `install ${showEpoch(message.epoch)} a full copy at ${message.snapshot.base.index}`;
    case 'locate':
      return 'locate';
    case 'located':
      return `located ${message.primary ?? 'nobody'} in ${showEpoch(message.epoch)}`;
    case 'requests':
      return `requests ${message.items.map(showRequest).join(', ')}`;
    case 'replies':
      return `replies ${message.items.map(showReply).join(', ')}`;
    case 'relay':
      return `relay ${message.origin === undefined ? '' : `for ${message.origin.node} `}${message.items.map(showRequest).join(', ')}`;
    case 'relayed':
      return `relayed for ${message.origin.node} ${message.items.map(showReply).join(', ')}`;
    case 'watch':
      return `watch from ${message.from}`;
    case 'changed':
      return `changed ${message.from} to ${message.to}: ${showKeys(message.keys)}${message.answers === undefined ? '' : ', in answer'}`;
    case 'gossip':
      return `gossip of ${message.services.length} services${message.isAnswer ? ' in answer' : ''}`;
    default:
      return unreachable(message);
  }
}

function showKeys(keys: readonly string[] | undefined): string {
  if (keys === undefined) return 'perhaps everything';
  return keys.length === 0 ? 'nothing' : keys.join(', ');
}

function showEnd(end: {
  readonly epoch: { readonly counter: number; readonly nodeId: string };
  readonly index: number;
}): string {
  return `${showEpoch(end.epoch)}/${end.index}`;
}

function showEntries(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'nothing new';
  return entries.map((entry) => `${entry.index} ${entry.body.type}`).join(', ');
}

function showRequest(request: Request): string {
  switch (request.type) {
    case 'write':
      return `${request.id} write ${JSON.stringify(request.command)}`;
    case 'read':
      return `${request.id} ${request.mode} read ${JSON.stringify(request.query)}`;
    case 'index':
      return `${request.id} index`;
    case 'open':
      return `${request.id} open`;
    case 'outcome':
      return `${request.id} outcome of ${request.session}.${request.number}`;
    case 'call':
      return `${request.id} call ${request.number} of ${request.from} ${JSON.stringify(request.command)}`;
    default:
      return unreachable(request);
  }
}

function showReply(reply: Reply): string {
  switch (reply.type) {
    case 'done':
      return `${reply.id} ${reply.outcome.type} at ${reply.index}`;
    case 'index':
      return `${reply.id} index ${reply.index}`;
    case 'unserved':
      return `${reply.id} ${reply.reason}`;
    default:
      return unreachable(reply);
  }
}
