import type { FaultType } from '../plan/fault.ts';
import type { RecordedEvent, Recording } from '../recording/recording.ts';
import type { Span } from './spans.ts';

/** A fault of the plan, from its beginning to its end; `to` equals `from` for one without a duration. */
export interface FaultSpan extends Span {
  readonly fault: FaultType;
  /** The fault in a few words: `hold s3 → s2`. */
  readonly title: string;
  /** The fault as in the plan. */
  readonly text: string;
  /** The name under which it is ended, if it has one. */
  readonly name: string | undefined;
  /** Nodes whose lanes it darkens for its duration; of links, one side. */
  readonly nodes: readonly string[];
  /** The other side, of links. */
  readonly others: readonly string[];
  readonly oneWay: boolean;
}

type FaultEvent = RecordedEvent & { readonly type: 'fault' };

/** The opposite that ends each lasting fault. Other faults have no duration, or show in the life of their node. */
const ENDED_BY: Readonly<Partial<Record<FaultType, FaultType>>> = {
  partition: 'heal',
  flap: 'heal',
  hold: 'release',
  weather: 'clear',
  'slow-disk': 'fast-disk',
  'stick-disk': 'free-disk',
  'fill-disk': 'empty-disk',
  'short-disk': 'roomy-disk',
  'slow-process': 'fast-process',
  'jump-clock': 'set-clock',
};

export function faultsOf(recording: Recording): readonly FaultSpan[] {
  const events = recording.events.filter((event) => event.type === 'fault' || event.type === 'healed');
  return events.flatMap((event, place) => {
    if (event.type !== 'fault') return [];
    const { fault, name, at: from, nodes, others, oneWay, text } = event;
    const end = events.slice(place + 1).find((later) => isEndOf(event, later));
    const lasts = ENDED_BY[fault] !== undefined && nodes.length > 0;
    return [
      {
        fault,
        title: titleOf(event),
        text,
        name,
        nodes,
        others,
        oneWay,
        from,
        to: lasts ? (end?.at ?? recording.endedAt) : from,
      },
    ];
  });
}

function isEndOf(fault: FaultEvent, later: RecordedEvent): boolean {
  if (later.type === 'healed') return true;
  if (later.type !== 'fault' || ENDED_BY[fault.fault] !== later.fault) return false;
  if (later.nodes.length > 0) return fault.nodes.every((node) => later.nodes.includes(node));
  return later.name === undefined || later.name === fault.name;
}

function titleOf({ fault, nodes, others, oneWay, name }: FaultEvent): string {
  const sides = others.length === 0 ? '' : ` ${oneWay ? '→' : '|'} ${listed(others)}`;
  const named = nodes.length === 0 && others.length === 0 ? (name ?? '') : `${listed(nodes)}${sides}`;
  return `${fault} ${named}`.trim();
}

/** `s1 s2 s3`, or the number of nodes above four. */
function listed(nodes: readonly string[]): string {
  if (nodes.length === 0) return 'no node';
  return nodes.length > 4 ? `${nodes.length} nodes` : nodes.join(' ');
}
