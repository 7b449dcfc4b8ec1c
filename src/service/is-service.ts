import type { Service } from './service.ts';

/** Whether a value of a user's program is a service. */
export function isService(value: unknown): value is Service {
  return typeof value === 'object' && value !== null && 'apps' in value && 'routes' in value && 'invariants' in value;
}
