import { unreachable } from '../../protocol/model/assert.ts';
import { compareEpochs, type Epoch } from '../../protocol/model/epoch.ts';
import type { Message } from '../../protocol/model/messages.ts';
import type { MessageFilter } from './bounds.ts';
import type { Local } from './local.ts';

/** `tellsCode`: the `heard` of this sender says which code it has, in a model with several versions. */
export function passes(messageFilter: MessageFilter, message: Message, tellsCode: boolean): boolean {
  if (messageFilter === 'full') return true;
  switch (message.type) {
    case 'election':
    case 'answer':
    case 'outdated':
    case 'locate':
    case 'located':
    case 'gossip':
      return false;
    case 'voted':
      return message.granted;
    case 'heard':
      return tellsCode;
    case 'heartbeat':
      return message.commit > 0;
    case 'campaign':
    case 'transfer':
    case 'append':
    case 'appended':
    case 'mismatched':
    case 'install':
    case 'requests':
    case 'replies':
    case 'relay':
    case 'relayed':
    case 'watch':
    case 'changed':
      return true;
    default:
      return unreachable(message);
  }
}

/**
 * The horizon of a node in one of its groups: what it will never go back behind, as far as packets are ignored for it.
 */
export interface Horizon {
  /** Durable, so that no crash takes it back. */
  readonly promised: Epoch;
  /**
   * The epoch in which it campaigns or is primary. Once left, an epoch is never campaigned for again (PROTOCOL §3.4).
   */
  readonly stands: Epoch | undefined;
  readonly leads: Epoch | undefined;
}

export function horizonsOf({ host, disks }: Local): Readonly<Record<string, Horizon>> {
  const horizons: Record<string, Horizon> = {};
  for (const [group, { replica }] of Object.entries(host.slots)) {
    const { phase } = replica.election;
    horizons[group] = {
      promised: disks[group]?.promised ?? replica.promised,
      stands: phase.type === 'campaigning' ? phase.epoch : undefined,
      leads: replica.leading?.epoch,
    };
  }
  return horizons;
}

/**
 * Whether a message has no effect at a node with that horizon, now or later, where every answer it could get is dropped
 * anyway (`lean`): states with and without it in flight are then the same. An acknowledgement counts only for the
 * primary of its epoch, a vote only in its campaign, and a message of an older epoch is only refused.
 * `checkIgnoredMessages` checks this after every complete search.
 */
export function isDead(message: Message, { promised, stands, leads }: Horizon): boolean {
  switch (message.type) {
    case 'appended':
    case 'mismatched':
    case 'heard':
      return isBehind(message.epoch, promised) && (leads === undefined || compareEpochs(message.epoch, leads) !== 0);
    case 'voted':
      return isBehind(message.epoch, promised) && (stands === undefined || compareEpochs(message.epoch, stands) !== 0);
    case 'transfer':
    case 'append':
    case 'install':
    case 'heartbeat':
      return compareEpochs(message.epoch, promised) < 0;
    case 'campaign':
      return isBehind(message.epoch, promised);
    case 'election':
    case 'answer':
    case 'outdated':
    case 'locate':
    case 'located':
    case 'requests':
    case 'replies':
    case 'relay':
    case 'relayed':
    case 'watch':
    case 'changed':
    case 'gossip':
      return false;
    default:
      return unreachable(message);
  }
}

function isBehind(epoch: Epoch, promised: Epoch): boolean {
  return compareEpochs(epoch, promised) <= 0;
}
