import type { NodeId } from './epoch.ts';

/** A unit is what a node runs under one name: a replica, named by its group, the front end, or gossip. */
export type Unit = string;

/** The unit name of a front end; no group may have it. */
export const FRONT_END: Unit = 'front-end';

export interface Address {
  readonly node: NodeId;
  readonly unit: Unit;
}

/** The unit name of a node's gossip; no group may have it. */
export const GOSSIP: Unit = 'gossip';

/** Whether both are the same address, or both none. */
export function isSameAddress(a: Address | undefined, b: Address | undefined): boolean {
  return a?.node === b?.node && a?.unit === b?.unit;
}
