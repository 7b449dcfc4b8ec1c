import { noteLine } from '../../host/note-line.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Build } from '../plan/plan.ts';
import { showMessage } from '../world/show-message.ts';
import { used } from './bounds.ts';
import type { LocalEvent } from './local.ts';
import type { Move, System } from './system.ts';

/** One step of a run of a model, as in a file: enough to take it again, and its description. */
export interface CounterexampleStep {
  readonly node: string;
  /** Ticks that pass at the node before the step. */
  readonly ticks: number;
  readonly event: LocalEvent;
  /** Whether the arriving message stays in flight. */
  readonly repeated: boolean;
  /** The choice among the outcomes, where a write may complete at once or later; mostly 0. */
  readonly choice: number;
  readonly words: string;
}

/** The step that takes `row` by `move`. */
export function tellStep(system: System, row: Int32Array, move: Move): CounterexampleStep {
  const { node, outcome, arrival } = move;
  const { ticks, event } = outcome;
  const choice = alternatives(system, row, node, outcome.event, ticks).indexOf(outcome);
  const name = system.nodes[node] ?? '';
  return { node: name, ticks, event, repeated: arrival?.repeated ?? false, choice, words: wordsOf(name, move) };
}

/** The move of a counterexample's step in `row`; undefined where it is not possible there. */
export function moveOf(system: System, row: Int32Array, step: CounterexampleStep): Move | undefined {
  const node = system.nodes.indexOf(step.node);
  const outcome = alternatives(system, row, node, step.event, step.ticks)[step.choice];
  if (outcome === undefined) return undefined;
  if (step.event.type !== 'deliver') return { node, outcome, arrival: undefined };
  const packet = system.numberOfPacket(step.event.envelope);
  const found = system.packetsTo(row, node).find((waiting) => waiting.packet === packet);
  return found === undefined ? undefined : { node, outcome, arrival: { ...found, repeated: step.repeated } };
}

function alternatives(
  system: System,
  row: Int32Array,
  node: number,
  event: LocalEvent,
  ticks: number,
): readonly Move['outcome'][] {
  const table = system.tables[node];
  const local = row[node] ?? 0;
  if (table === undefined) return [];
  const all =
    event.type === 'deliver'
      ? table.delivered(local, system.numberOfPacket(event.envelope))
      : table.alone(local).filter((outcome) => isSame(outcome.event, event));
  return all.filter((outcome) => outcome.ticks === ticks);
}

function isSame(a: LocalEvent, b: LocalEvent): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function wordsOf(node: string, { outcome, arrival }: Move): string {
  const { ticks, event, notes } = outcome;
  const clock = ticks === 0 ? '' : ticks === 1 ? 'a tick passes at ' : `${ticks} ticks pass at `;
  const head = clock === '' ? node : `${clock}${node}; it`;
  const said = notes.map(({ unit, note }) => noteLine(unit, note).line);
  const tail = said.length === 0 ? '' : ` (${said.join('; ')})`;
  const repeat = arrival?.repeated === true ? ', which will come again' : '';
  const slow = used(outcome.spent, 'slowWrites') > 0 ? '; its write is not done yet' : '';
  return `${head} ${verbOf(event)}${repeat}${slow}${tail}`;
}

function verbOf(event: LocalEvent): string {
  switch (event.type) {
    case 'deliver':
      return `takes ${showEnvelope(event.envelope)}`;
    case 'wake':
      return 'acts on a timer that is due';
    case 'written':
      return `has its write of ${event.group} on disk`;
    case 'saved':
      return `has its snapshot of ${event.group} on disk`;
    case 'reboot':
      return event.kept === 0
        ? `crashes and starts again${onBuild(event.build)}`
        : `crashes with ${event.kept} records of its write on disk, and starts again${onBuild(event.build)}`;
    case 'lose-record':
      return `crashes, loses the last entry of ${event.group} from its disk, and starts again`;
    case 'nudge':
      return `hears from ${event.from} that it lives`;
    case 'hint':
      return `is told that ${event.nodeId} refuses connections`;
    default:
      return unreachable(event);
  }
}

function onBuild(build: Build | undefined): string {
  if (build === undefined) return '';
  const { oldest, newest } = build;
  return oldest === newest ? ` with version ${newest}` : ` with versions ${oldest} to ${newest}`;
}

function showEnvelope({ from, to, message }: Envelope): string {
  return `“${showMessage(message)}” from ${from.node} for ${to.unit}`;
}
