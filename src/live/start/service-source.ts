import type { Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';

/** A service, and the file it is in: absolute; undefined where it comes along, or a program has it. */
export interface ServiceSource {
  readonly service: Service;
  readonly module: string | undefined;
}

/** What something kept says of the service it is of. */
export interface ServiceKept {
  readonly service: string;
  readonly topology: Pick<Topology, 'groups'>;
}

/** Why `what` is not of this service; undefined where it is. */
export function otherService(
  kept: ServiceKept,
  { service: { name, apps }, module }: ServiceSource,
  what: string,
): string | undefined {
  if (name !== kept.service) return `${what} is of the service ${kept.service}, not ${name}`;
  const has = apps.map((app) => app.name).join(', ');
  const needs = kept.topology.groups.join(', ');
  if (has === needs) return undefined;
  return `${what} has the groups ${needs}, and ${module ?? name} has ${has}: that is another service`;
}
