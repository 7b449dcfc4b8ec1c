import { unreachable } from '../../protocol/model/assert.ts';
import type { Happening } from './sim-event.ts';

/** What happens, in a few words: for verdicts, and for the digest. */
export function showHappening(happening: Happening): string {
  switch (happening.type) {
    case 'message':
      return `a message of ${happening.from} reaches ${happening.to}`;
    case 'refused':
      return `${happening.node} is refused a connection by ${happening.by}`;
    case 'wake':
      return `${happening.node} is woken`;
    case 'written':
      return `a write of ${happening.group} at ${happening.node} is durable`;
    case 'saved':
      return `a snapshot of ${happening.group} at ${happening.node} is durable`;
    case 'turn':
      return `${happening.node} gets to what waits for it`;
    case 'departure':
      return `${happening.node} sees whether it may end`;
    case 'flap':
      return `the links of ${happening.name} change`;
    case 'fault':
      return `the plan says ${JSON.stringify(happening.fault)}`;
    case 'request':
      return `request ${happening.attempt} reaches its front end`;
    case 'gone':
      return `${happening.node} hears that request ${happening.attempt} was given up`;
    case 'response':
      return `the answer to request ${happening.attempt} arrives`;
    case 'reset':
      return `the connection of request ${happening.attempt} breaks`;
    case 'hang-up':
      return `request ${happening.attempt} has been waited for long enough`;
    case 'client':
      return `${happening.client} acts`;
    default:
      return unreachable(happening);
  }
}
