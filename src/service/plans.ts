import type { GroupName } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Plan } from './service.ts';

// The calls that routes make, of whatever service; what they answer is the service's own affair.

type Read = Extract<Plan, { readonly type: 'read' }>;

export function read(group: GroupName, query: Json): Read {
  return { type: 'read', group, query };
}

/** A read that has seen all there is, even for a client that is content with less. */
export function readFresh(group: GroupName, query: Json): Read {
  return { ...read(group, query), fresh: true };
}

export function write(group: GroupName, command: Json): Plan {
  return { type: 'write', group, command };
}
