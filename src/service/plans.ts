import type { GroupName } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import type { RoutePlan } from './service.ts';

// Plans of reads and writes for the routes of any service.

type Read = Extract<RoutePlan, { readonly type: 'read' }>;

export function read(group: GroupName, query: Json): Read {
  return { type: 'read', group, query };
}

/** A read of a list of any length; see `RoutePlan`. */
export function readList(group: GroupName, query: Json): Read {
  return { ...read(group, query), list: true };
}

/** A linearizable read, even for a client that asks for less. */
export function readFresh(group: GroupName, query: Json): Read {
  return { ...read(group, query), fresh: true };
}

export function write(group: GroupName, command: Json): RoutePlan {
  return { type: 'write', group, command };
}
