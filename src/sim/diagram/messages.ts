import type { Arrival, RecordedFate, Recording } from '../recording/recording.ts';

/** A message and its arrivals. Times in microseconds. */
export interface Message {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly fromUnit: string;
  readonly unit: string;
  readonly kind: string;
  readonly text: string;
  readonly sentAt: number;
  readonly fate: RecordedFate;
  /** When the link that held it was released. */
  readonly releasedAt: number | undefined;
  /** One for each copy. A copy that a paused process receives on resume is not listed again. */
  readonly arrivals: readonly { readonly at: number; readonly outcome: Arrival }[];
}

/** All messages of a recording, in the order of their sending. */
export function messagesOf({ events }: Recording): readonly Message[] {
  const messages = new Map<number, Message & { readonly arrivals: { at: number; outcome: Arrival }[] }>();
  const kept = new Map<number, number>();
  const resumedAt = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'resumed') resumedAt.set(event.node, event.at);
    if (event.type === 'sent')
      messages.set(event.id, { ...event, sentAt: event.at, releasedAt: undefined, arrivals: [] });
    if (event.type !== 'released' && event.type !== 'arrived') continue;
    const message = messages.get(event.id);
    if (message === undefined) continue;
    if (event.type === 'released') {
      messages.set(event.id, { ...message, releasedAt: event.at });
      continue;
    }
    // What arrives in the very microsecond of the node's resume had arrived before, and was kept for it.
    const waiting = kept.get(event.id) ?? 0;
    if (waiting > 0 && resumedAt.get(message.to) === event.at) {
      kept.set(event.id, waiting - 1);
      continue;
    }
    if (event.outcome === 'paused') kept.set(event.id, waiting + 1);
    message.arrivals.push({ at: event.at, outcome: event.outcome });
  }
  return [...messages.values()];
}

/** The class of a message decides how it is drawn. */
export type MessageClass = 'routine' | 'election' | 'log' | 'service' | 'client';

export function classOf(kind: string): MessageClass {
  switch (kind) {
    case 'election':
    case 'answer':
    case 'campaign':
    case 'transfer':
    case 'voted':
    case 'outdated':
      return 'election';
    case 'append':
    case 'appended':
    case 'mismatched':
    case 'install':
      return 'log';
    case 'requests':
    case 'replies':
      return 'service';
    case 'request':
    case 'response':
    case 'reset':
    case 'gone':
      return 'client';
    default:
      return 'routine';
  }
}

/** The short form of a message: `answer ok`, `append 5 command`. */
export function shortOf({ kind, text }: Message): string {
  if (kind === 'answer') return text.split(' ').slice(0, 2).join(' ');
  const entries = kind === 'append' ? /: (.*), commit/.exec(text)?.[1] : undefined;
  return entries === undefined ? kind : `append ${entries}`;
}

/**
 * The messages that are worth drawing: all but routine ones (heartbeats, their answers, `locate`). Of the routine of
 * one link only changes count: the first message that does not arrive, the first that arrives again, and the first
 * refusal after each crash.
 */
export function tellingMessages(messages: readonly Message[], recording: Recording): readonly Message[] {
  const last = new Map<string, string>();
  const deaths = recording.events.filter((event) => event.type === 'crashed');
  return messages.filter((message) => {
    if (classOf(message.kind) !== 'routine') return true;
    const { from, to, unit, kind, sentAt } = message;
    const key = `${from} ${to} ${unit} ${kind}`;
    // Each crash of the refusing host makes its next refusal worth drawing.
    const dead = kind === 'refused' ? deaths.filter((death) => death.node === from && death.at <= sentAt).length : 0;
    const state = `${fortune(message)} ${dead}`;
    const before = last.get(key) ?? (kind === 'refused' ? '' : `${USUAL} 0`);
    last.set(key, state);
    return state !== before;
  });
}

const USUAL = 'taken';

/** The fate of a message, in a word. */
function fortune({ fate, arrivals }: Message): string {
  if (fate === 'dropped' || fate === 'twice') return USUAL;
  if (fate === 'cut' || fate === 'waits') return fate;
  return arrivals[0]?.outcome ?? USUAL;
}
