/**
 * `understudy/protocol`: the reducers, for programs that drive them themselves. Pure. These exports may change in any
 * version.
 */
export { createFrontEnd, frontEndWakeAt, stepFrontEnd } from './frontend/front-end.ts';
export type { FrontEndEffect, FrontEndInput, HttpRequest, HttpResponse } from './frontend/front-end-io.ts';
export { presentServices, serviceList, type ServiceRow } from './gossip/service-list.ts';
export { createHost, founder, type Host, type HostSelf, hostWakeAt, stepHost } from './host/host.ts';
export type { HostAction, HostInput, Order } from './host/host-io.ts';
export type { Effect, Input, Moment, DiskOperation, Stored } from './protocol/model/effects.ts';
export type { Envelope, Message } from './protocol/model/messages.ts';
export { blankReplica, type HostedApp, type Identity, type Replica, roleOf } from './protocol/replica/replica.ts';
export { DEFAULT_SETTINGS, type Settings } from './protocol/model/settings.ts';
export type { ServiceEntry, Lifecycle } from './protocol/model/directory.ts';
export { step, wakeAt } from './protocol/step.ts';
export { firstConfiguration, firstDiskId, type Topology, unitsOf } from './protocol/model/topology.ts';
