import type { GroupName } from '../../protocol/model/app.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import type { Host } from '../../host/host.ts';

/** The replicas of a host by group: the one place where judges reach into a process. */
export function replicasIn(host: Host): readonly (readonly [GroupName, Replica])[] {
  return Object.entries(host.seats).map(([group, seat]) => [group, seat.replica]);
}
