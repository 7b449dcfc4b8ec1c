import { unreachable } from '../../protocol/model/assert.ts';
import type { Recording } from '../recording/recording.ts';
import { type ClockedEvent, clockEvents } from './clocks.ts';
import { showSeconds } from './show-time.ts';

/** The regular expression for ShiViz; also the first line of every log, behind a `#`. */
export const SHIVIZ_PARSER = String.raw`(?<host>\S+) (?<clock>{.*?}) (?<event>.*)`;

/**
 * A recording as a log for ShiViz (Beschastnikh et al., "Visualizing Distributed System Executions", TOSEM 2020): one
 * event a line, in the form `s1 {"s1":3,"s2":7} text`, with vector clocks. Events of a host are in its own order;
 * events of the network alone are left out.
 */
export function shivizLog(recording: Recording): string {
  const lines = clockEvents(recording).map(
    (event) => `${event.host} ${JSON.stringify(event.clock)} ${oneLine(tell(event))}`,
  );
  return [`# ${SHIVIZ_PARSER}`, ...lines, ''].join('\n');
}

function tell({ event, message }: ClockedEvent): string {
  const at = showSeconds(event.at);
  switch (event.type) {
    case 'sent':
      return `${at} sends ${event.to} ${event.unit}: ${event.text}`;
    case 'arrived':
      return `${at} takes from ${message?.from ?? 'an unknown sender'}: ${message?.text ?? ''}`;
    case 'called':
      return `${at} asks ${event.text}`;
    case 'ended':
      return `${at} has its answer, ${event.outcome}: ${event.text}`;
    case 'started':
      return `${at} starts life ${event.life}`;
    case 'stayed-down':
      return `${at} does not start: ${event.reason}`;
    case 'crashed':
      return `${at} crashes`;
    case 'paused':
      return `${at} stands still`;
    case 'resumed':
      return `${at} goes on`;
    case 'role':
      return `${at} ${event.group}: ${event.role} in epoch ${event.epoch}`;
    case 'committed':
      return `${at} ${event.group}: visible up to ${event.index}`;
    case 'writes':
      return `${at} ${event.group}: writes ${event.records} records`;
    case 'written':
      return `${at} ${event.group}: its write is durable, up to ${event.index}`;
    case 'logged':
      return `${at} ${event.group}: the log ends at ${event.epoch}/${event.last}`;
    case 'safe':
      return `${at} ${event.group}: safe up to ${event.index}`;
    case 'saved':
      return `${at} ${event.group}: its snapshot at ${event.index} is durable`;
    case 'note':
      return `${at} ${event.text}`;
    case 'released':
    case 'fault':
    case 'healed':
    case 'violated':
      return at;
    default:
      return unreachable(event);
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
