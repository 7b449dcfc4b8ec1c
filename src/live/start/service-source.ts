import type { Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';

/** A service, and the absolute path of its module; undefined for one of the package or of this program. */
export interface ServiceSource {
  readonly service: Service;
  readonly module: string | undefined;
}

/** The service named by a data folder or a cluster. */
export interface ServiceKept {
  readonly service: string;
  readonly topology: Pick<Topology, 'groups'>;
}

/** Why `what` is of another service; undefined where it is of this one. */
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
