import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent, Recording } from '../../sim/recording/recording.ts';

type Role = Extract<RecordedEvent, { type: 'role' }>['role'];

/** A replica as its recording shows it at one place. */
interface ReplicaAt {
  /** Undefined while its process is down. */
  readonly role: Role | undefined;
  readonly epoch: string;
  readonly primary: string | undefined;
  /** Where its log ends in memory, on disk and as far as it is visible; of a primary also as far as it is safe. */
  readonly last: number;
  readonly durable: number;
  readonly visible: number;
  readonly safe: number;
}

interface NodeAt {
  readonly state: 'not there' | 'up' | 'paused' | 'down' | 'disk lost';
  readonly life: number;
}

/** What nodes and replicas are at every place of a recording: found by binary search. */
export interface Tracks {
  nodeAt(node: string, place: number): NodeAt;
  replicaAt(node: string, group: string, place: number): ReplicaAt;
  /** The highest index that is visible at any node. */
  visibleAt(group: string, place: number): number;
  /** The primary of the highest epoch that is up; undefined where there is none. */
  primaryAt(group: string, place: number): string | undefined;
}

const ABSENT: NodeAt = { state: 'not there', life: 0 };
const BLANK: ReplicaAt = {
  role: undefined,
  epoch: 'none',
  primary: undefined,
  last: 0,
  durable: 0,
  visible: 0,
  safe: 0,
};

/** The values of one thing, and the places from which on they hold. */
class Track<Value> {
  readonly places: number[] = [];
  readonly values: Value[] = [];
  now: Value;

  constructor(first: Value) {
    this.now = first;
    this.places.push(-1);
    this.values.push(first);
  }

  put(place: number, value: Value): void {
    this.now = value;
    this.places.push(place);
    this.values.push(value);
  }

  at(place: number): Value {
    return this.values[lastUpTo(this.places, place)] ?? this.now;
  }
}

/** The place of the last of `sorted` that is at most `limit`; -1 before the first. */
export function lastUpTo(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function tracksOf(recording: Recording): Tracks {
  const nodes = new Map<string, Track<NodeAt>>();
  const replicas = new Map<string, Track<ReplicaAt>>();
  const visible = new Map<string, Track<number>>();
  const nodeTrack = (node: string): Track<NodeAt> => tracked(nodes, node, ABSENT);
  const replicaTrack = (node: string, group: string): Track<ReplicaAt> => tracked(replicas, `${node} ${group}`, BLANK);
  const change = (place: number, node: string, group: string, changed: Partial<ReplicaAt>): void => {
    const track = replicaTrack(node, group);
    track.put(place, { ...track.now, ...changed });
  };
  for (const [place, event] of recording.events.entries()) {
    switch (event.type) {
      case 'started':
        nodeTrack(event.node).put(place, { state: 'up', life: event.life });
        break;
      case 'crashed':
        nodeTrack(event.node).put(place, { ...nodeTrack(event.node).now, state: 'down' });
        for (const group of recording.groups) {
          const { durable } = replicaTrack(event.node, group).now;
          change(place, event.node, group, { role: undefined, primary: undefined, last: durable, visible: 0, safe: 0 });
        }
        break;
      case 'stayed-down':
        nodeTrack(event.node).put(place, {
          ...nodeTrack(event.node).now,
          state: event.reason.includes('lost') ? 'disk lost' : 'down',
        });
        break;
      case 'paused':
      case 'resumed':
        nodeTrack(event.node).put(place, {
          ...nodeTrack(event.node).now,
          state: event.type === 'paused' ? 'paused' : 'up',
        });
        break;
      case 'role': {
        const { role, epoch, primary } = event;
        change(place, event.node, event.group, { role, epoch, primary, ...(role === 'primary' ? {} : { safe: 0 }) });
        break;
      }
      case 'logged': {
        // What is cut off in memory is cut off on disk a moment later.
        const { durable } = replicaTrack(event.node, event.group).now;
        change(place, event.node, event.group, { last: event.last, durable: Math.min(durable, event.last) });
        break;
      }
      case 'written':
        change(place, event.node, event.group, { durable: event.index });
        break;
      case 'safe':
        change(place, event.node, event.group, { safe: event.index });
        break;
      case 'committed': {
        change(place, event.node, event.group, { visible: event.index });
        const known = tracked(visible, event.group, 0);
        if (event.index > known.now) known.put(place, event.index);
        break;
      }
      case 'sent':
      case 'released':
      case 'arrived':
      case 'writes':
      case 'saved':
      case 'note':
      case 'called':
      case 'ended':
      case 'fault':
      case 'healed':
      case 'violated':
        break;
      default:
        unreachable(event);
    }
  }
  const replicaAt: Tracks['replicaAt'] = (node, group, place) => replicas.get(`${node} ${group}`)?.at(place) ?? BLANK;
  return {
    nodeAt: (node, place) => nodes.get(node)?.at(place) ?? ABSENT,
    replicaAt,
    visibleAt: (group, place) => visible.get(group)?.at(place) ?? 0,
    primaryAt(group, place) {
      const leading = recording.servers
        .map((node) => ({ node, ...replicaAt(node, group, place) }))
        .filter(({ role }) => role === 'primary')
        .sort((a, b) => Number.parseInt(b.epoch, 10) - Number.parseInt(a.epoch, 10));
      return leading[0]?.node;
    },
  };
}

function tracked<Value>(tracks: Map<string, Track<Value>>, key: string, first: Value): Track<Value> {
  const known = tracks.get(key);
  if (known !== undefined) return known;
  const track = new Track(first);
  tracks.set(key, track);
  return track;
}
