import type { GroupName } from '../../protocol/model/app.ts';
import { codeOf } from '../../protocol/model/app-versions.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Service invariants hold after every entry at every replica, and between the groups for the furthest replica of each.
 * For a seat sale: no seat is sold twice, and every held seat is paid.
 */
export function appInvariants(evidence: Evidence): Judge {
  const { service } = evidence;
  const furthest: Record<GroupName, unknown> = {};
  const indexes = new Map<GroupName, number>();
  for (const app of service.apps) {
    furthest[app.name] = app.initial;
    indexes.set(app.name, 0);
  }
  return {
    name: 'app-invariants',
    source: 'the invariants of the service',
    stepped({ node, group, before, after }) {
      const { machine } = after;
      if (machine === undefined || machine.state === undefined || machine.state === before?.machine?.state)
        return undefined;
      const app = service.apps.find(({ name }) => name === group);
      const code = app && codeOf(app, machine.version);
      for (const invariant of code?.invariants ?? []) {
        const broken = invariant.broken(machine.state);
        if (broken !== undefined) return `${group} at ${node}, ${invariant.name}: ${broken}`;
      }
      if (machine.at.index < (indexes.get(group) ?? 0)) return undefined;
      indexes.set(group, machine.at.index);
      furthest[group] = machine.state;
      for (const invariant of service.invariants) {
        const broken = invariant.broken(furthest);
        if (broken !== undefined) return `${service.name}, ${invariant.name}: ${broken}`;
      }
      return undefined;
    },
  };
}
