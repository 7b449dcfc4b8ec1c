import type { Message } from './messages.ts';

/** A message in plain words, for readers who do not know the protocol: `s2 asks for the vote of s1`. */
export function messageInWords({ from, to, kind, text, fate }: Sent): string {
  return `${saying(from, to, kind, text)}${FATES[fate] ?? ''}`;
}

/** What a message says, as the noun of a sentence: `the heartbeat of s3`. */
export function messageNamed({ kind, from }: Sent): string {
  return `${NOUNS[kind] ?? `the ${kind}`} of ${from}`;
}

type Sent = Pick<Message, 'from' | 'to' | 'kind' | 'text' | 'fate'>;

const FATES: Readonly<Partial<Record<Message['fate'], string>>> = {
  cut: ' (lost: the link is cut)',
  dropped: ' (lost on the way)',
  waits: ' (waits: the link is held)',
};

function saying(from: string, to: string, kind: string, text: string): string {
  switch (kind) {
    case 'election':
      return `${from} asks ${to} whether a better server stands`;
    case 'answer':
      return `${from} tells ${to} ${ANSWERS[text.split(' ')[1] ?? ''] ?? 'what it thinks of an election'}`;
    case 'campaign':
      return `${from} asks for the vote of ${to}`;
    case 'voted':
      return text.startsWith('voted for') ? `${from} votes for ${to}` : `${from} refuses ${to} its vote`;
    case 'transfer':
      return `${from} hands the lead to ${to}`;
    case 'outdated':
      return `${from} tells ${to} that its epoch is over`;
    case 'append':
      return text.includes('nothing new')
        ? `${from} asks ${to} whether their logs agree`
        : `${from} sends log entries to ${to}`;
    case 'appended':
      return `${from} tells ${to} that the entries are on its disk`;
    case 'mismatched':
      return `${from} tells ${to} that its log is another one`;
    case 'install':
      return `${from} sends ${to} a full copy`;
    case 'heartbeat':
      return `${from} says “I lead” to ${to}`;
    case 'heard':
      return `${from} tells ${to} that it hears it`;
    case 'locate':
      return `${from} asks ${to} who leads`;
    case 'located':
      return `${from} tells ${to} who leads`;
    case 'requests':
      return from.startsWith('f') ? `${from} passes a request on to ${to}` : `${from} calls the other group, at ${to}`;
    case 'replies':
      return `${from} answers ${to}`;
    case 'relay':
      return `${from} passes a read on to ${to}`;
    case 'relayed':
      return `${from} answers a read through ${to}`;
    case 'watch':
      return `${from} asks ${to} what has changed`;
    case 'changed':
      return `${from} tells ${to} what has changed`;
    case 'gossip':
      return `${from} tells ${to} which nodes it knows`;
    case 'request':
      return `${from} asks ${to}: ${short(text)}`;
    case 'response':
      return `${from} answers ${to}: ${short(text)}`;
    case 'refused':
      return `the host of ${from} tells ${to} that no process listens`;
    case 'reset':
      return `${to} loses its connection to ${from}`;
    case 'gone':
      return `${to} learns that ${from} has hung up`;
    default:
      return `${from} sends ${to}: ${kind}`;
  }
}

const ANSWERS: Readonly<Record<string, string>> = {
  ok: 'to go ahead with the election',
  better: 'that it would be the better primary',
  alive: 'that the primary is alive',
};

const NOUNS: Readonly<Record<string, string>> = {
  requests: 'the request',
  replies: 'the answer',
  response: 'the answer',
  campaign: 'the call for votes',
  voted: 'the vote',
  append: 'the log entries',
  appended: 'the confirmation',
  heard: 'the answer',
  install: 'the full copy',
  refused: 'the refusal',
};

/** The first part of a call, without its body and its uuid. */
function short(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
