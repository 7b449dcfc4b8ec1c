import { noteLine } from '../../../src/host/note-line.ts';
import { unreachable } from '../../../src/protocol/model/assert.ts';
import type { DiskOperation } from '../../../src/protocol/model/effects.ts';
import type { Entry } from '../../../src/protocol/model/entry.ts';
import { type NodeId, showEpoch } from '../../../src/protocol/model/epoch.ts';
import { showMessage } from '../../../src/sim/world/show-message.ts';
import type { GroupEvent, Letter } from './replica-group.ts';
import { CLIENT } from './replica-script.ts';

const LEGEND = 'Times are milliseconds; B → (A): A is down or cut off, and does not get the message.';

/** A message to one or more receivers in the same moment, until it is known that no more of the same follow. */
interface Sending {
  readonly millis: number;
  readonly from: NodeId;
  readonly to: string;
  readonly text: string;
}

/**
 * The transcript of a group: a line for each message, write to a disk, change of the commit index and change of role. Of
 * heartbeats that say the same to the same replica, and of their answers, only the first is in it.
 */
export class Transcript {
  readonly #lines: string[] = [];
  readonly #commits = new Map<NodeId, number>();
  #isRecording = false;
  #millis: number | undefined;
  #sending: Sending | undefined;
  /** The heartbeat written down last for each receiver: what it says but for its number, and that number. */
  readonly #heartbeats = new Map<NodeId, { readonly said: string; readonly beat: number }>();

  /** From now on what happens is recorded. */
  begins(): this {
    this.#isRecording = true;
    return this;
  }

  /** Takes an event of the group; to be given to it as its `observe`. */
  readonly observe = (event: GroupEvent): void => {
    const { millis } = event;
    switch (event.type) {
      case 'directed':
        return this.#line(millis, `--- ${event.direction} ---`);
      case 'sent':
        return this.#sent(event);
      case 'durable':
        return this.#line(millis, `${event.node}: disk has ${event.operations.map(showOperation).join(', ')}`);
      case 'noted':
        return this.#line(millis, `${event.node}: ${noteLine('', event.note).line.slice(2)}`);
      case 'stepped': {
        const { node, actor } = event;
        const [before, { commit }] = [this.#commits.get(node) ?? 0, actor.replica];
        this.#commits.set(node, commit);
        if (commit > before)
          this.#line(millis, `${node}: commits ${span(before + 1, commit)}, state ${JSON.stringify(actor.state)}`);
        return undefined;
      }
      default:
        return unreachable(event);
    }
  };

  /** Everything so far, under `title` and what `shows` says that a reader should see. */
  text(title: string, shows: readonly string[]): string {
    this.#flush();
    return [title, ...shows.map((line) => `- ${line}`), LEGEND, '', ...this.#lines, ''].join('\n');
  }

  #sent({ millis, letter, isLost }: Extract<GroupEvent, { type: 'sent' }>): void {
    const { message } = letter;
    if (!this.#isRecording || !this.#isNews(letter, isLost)) return;
    const from = nameOf(letter.from.node);
    const to = isLost ? `(${nameOf(letter.to.node)})` : nameOf(letter.to.node);
    const text = showMessage(message);
    const before = this.#sending;
    if (before?.millis === millis && before.from === from && before.text === text) {
      this.#sending = { ...before, to: `${before.to}, ${to}` };
      return;
    }
    this.#flush();
    this.#sending = { millis, from, to, text };
  }

  #flush(): void {
    const sending = this.#sending;
    this.#sending = undefined;
    if (sending !== undefined) this.#write(sending.millis, `${sending.from} → ${sending.to}: ${sending.text}`);
  }

  #isNews({ from, to, message }: Letter, isLost: boolean): boolean {
    if (message.type === 'heard') return message.beat === this.#heartbeats.get(from.node)?.beat;
    if (message.type !== 'heartbeat') return true;
    const said = `${showEpoch(message.epoch)} ${message.commit} ${isLost}`;
    if (said === this.#heartbeats.get(to.node)?.said) return false;
    this.#heartbeats.set(to.node, { said, beat: message.beat });
    return true;
  }

  #line(millis: number, text: string): void {
    this.#flush();
    if (this.#isRecording) this.#write(millis, text);
  }

  #write(millis: number, text: string): void {
    this.#lines.push(`${(millis === this.#millis ? '' : String(millis)).padStart(6)}  ${text}`);
    this.#millis = millis;
  }
}

function nameOf(node: NodeId): string {
  return node === CLIENT.node ? 'client' : node;
}

function showOperation(operation: DiskOperation): string {
  switch (operation.type) {
    case 'promise':
      return `its promise of ${showEpoch(operation.epoch)}`;
    case 'append':
      return operation.entries.map(showEntry).join(', ');
    case 'truncate':
      return `no more entries from ${operation.from} on`;
    case 'install':
      return `a full copy up to ${operation.snapshot.base.index}`;
    case 'compact':
      return `no more entries up to ${operation.through}`;
    default:
      return unreachable(operation);
  }
}

function showEntry({ index, epoch, body }: Entry): string {
  return `entry ${index} (${body.type} of ${showEpoch(epoch)})`;
}

function span(first: number, last: number): string {
  return first === last ? `entry ${first}` : `entries ${first} to ${last}`;
}
