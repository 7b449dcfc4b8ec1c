import { issuedAtOf } from '../../frontend/request-uuid.ts';
import { newlyCommitted } from './committed-immutable.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Every write in the log stems from a request: its uuid is the client's, or the one that was issued to its front end. A
 * retry under another uuid would be a second write (PROTOCOL §7.1). One with a key has the date that the key says: by any
 * other it would be taken again once its result is forgotten (PROTOCOL §7.4).
 */
export function knownRequests(evidence: Evidence, issued: ReadonlySet<string>): Judge {
  return {
    name: 'known-requests',
    source: 'PROTOCOL §7.1',
    stepped(step) {
      const record = evidence.record.group(step.group);
      const { from, to } = newlyCommitted(step);
      for (let index = from; index <= Math.min(to, record.last); index += 1) {
        const body = record.entryAt(index)?.body;
        if (body?.type !== 'write') continue;
        const date = body.slot === undefined ? issuedAtOf(body.uuid) : undefined;
        if (date !== undefined && body.issuedAt !== date) {
          return `entry ${index} of ${step.group} dates ${body.uuid} ${body.issuedAt}, and that says ${date}`;
        }
        // A fence is the front end's own, and is carried out never (PROTOCOL §7.11).
        const isFence = body.slot !== undefined && body.slot.number <= body.slot.done;
        if (!isFence && !issued.has(body.uuid)) {
          return `entry ${index} of ${step.group} has the uuid ${body.uuid}, which no request was given`;
        }
      }
      return undefined;
    },
  };
}
