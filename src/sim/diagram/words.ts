import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent } from '../recording/recording.ts';
import { faultInWords } from './fault-words.ts';
import { messageInWords, messageNamed } from './message-words.ts';
import type { Message } from './messages.ts';

/**
 * A recorded event as one sentence in plain words, and the text of the wire, the note or the answer below it, which may be
 * empty. `messageOf` finds the message of an arrival.
 */
export function inWords(event: RecordedEvent, messageOf: (id: number) => Message | undefined): Sentence {
  switch (event.type) {
    case 'sent':
      return { says: messageInWords(event), detail: event.text };
    case 'released':
    case 'arrived':
      return ofMessage(event, messageOf(event.id));
    case 'started':
      return plain(event.life === 1 ? `${event.node} starts` : `${event.node} starts again, life ${event.life}`);
    case 'stayed-down':
      return { says: `${event.node} does not start`, detail: event.reason };
    case 'crashed':
      return plain(`${event.node} crashes`);
    case 'paused':
      return plain(`${event.node} stands still`);
    case 'resumed':
      return plain(`${event.node} goes on`);
    case 'role':
      return roleInWords(event);
    case 'committed':
      return plain(`${event.group} at ${event.node}: entries up to ${event.index} are visible`);
    case 'logged':
      return plain(`${event.group} at ${event.node}: the log ends at entry ${event.last}`);
    case 'safe':
      return plain(`${event.group}: ${event.node} knows that entries up to ${event.index} are safe`);
    case 'writes':
      return plain(
        `${event.node} writes ${event.records} ${event.records === 1 ? 'change' : 'changes'} of ${event.group}`,
      );
    case 'written':
      return plain(`${event.group} at ${event.node}: entries up to ${event.index} are on disk`);
    case 'saved':
      return plain(`${event.group} at ${event.node}: a snapshot at ${event.index} is on disk`);
    case 'note':
      return noteInWords(event);
    case 'called':
      return { says: `${event.client} asks: ${callOf(event.text)}`, detail: event.text };
    case 'ended':
      return { says: `${event.client} ${ENDS[event.outcome]}`, detail: event.text };
    case 'fault':
      return { says: `The plan: ${faultInWords(event)}`, detail: event.text };
    case 'healed':
      return { says: 'The faults are over', detail: event.text };
    case 'violated':
      return { says: `A rule is broken: ${event.judge}`, detail: event.reason };
    default:
      return unreachable(event);
  }
}

export interface Sentence {
  readonly says: string;
  readonly detail: string;
}

function plain(says: string): Sentence {
  return { says, detail: '' };
}

/** A note is a sentence about its node, and names the group before it: `events: suspects s3`. */
function noteInWords({ node, unit, text }: Extract<RecordedEvent, { type: 'note' }>): Sentence {
  const [said = ''] = text.split('\n');
  const prefix = `${unit}: `;
  const what = said.startsWith(prefix) ? `${said.slice(prefix.length)} (${unit})` : said;
  return { says: `${node} ${what}`, detail: text };
}

const ENDS = {
  ok: 'is answered',
  refused: 'is refused',
  unknown: 'has no answer: the outcome is unknown',
} as const;

const OUTCOMES = {
  taken: 'arrives at',
  paused: 'waits for the process of',
  refused: 'finds no process at',
  ignored: 'comes too late for',
  lost: 'is lost on the way to',
} as const;

function ofMessage(
  event: Extract<RecordedEvent, { type: 'released' | 'arrived' }>,
  message: Message | undefined,
): Sentence {
  if (message === undefined) return plain('a message arrives');
  const what = messageNamed(message);
  const says =
    event.type === 'released'
      ? `${what} to ${message.to} is released`
      : `${what} ${OUTCOMES[event.outcome]} ${message.to}`;
  return { says, detail: message.text };
}

function roleInWords({ node, group, role, epoch, primary }: Extract<RecordedEvent, { type: 'role' }>): Sentence {
  const detail = `${group}: ${role} in epoch ${epoch}`;
  switch (role) {
    case 'primary':
      return { says: `${node} leads ${group}, in epoch ${epoch}`, detail };
    case 'candidate':
      return { says: `${node} stands for the lead of ${group}`, detail };
    case 'learner':
      return { says: `${node} learns ${group}, and has no vote yet`, detail };
    case 'secondary':
    case 'witness':
      return {
        says: primary === undefined ? `${node} has no primary in ${group}` : `${node} follows ${primary} in ${group}`,
        detail,
      };
    default:
      return unreachable(role);
  }
}

/** Method and path; the body and the uuid are in the detail. */
function callOf(text: string): string {
  return text.split(' ').slice(0, 2).join(' ');
}
