/**
 * Understudy's pure part: what a service is made of, and the reducers that replicate it. Runs anywhere; the simulator is
 * `understudy/sim`, live processes are `understudy/node`, and a client for front ends is `understudy/client`.
 */
export { defineApp, recipe } from './service/define-app.ts';
export { defaultRoutes } from './service/default-routes.ts';
export { defineRoute, defineService } from './service/define-service.ts';
export { createFrontEnd, frontEndWakeAt, stepFrontEnd } from './frontend/front-end.ts';
export type { FrontEndEffect, FrontEndInput, HttpRequest, HttpResponse } from './frontend/front-end-io.ts';
export type { Plan as RoutePlan, Route, Service, ServiceInvariant } from './service/service.ts';
export { presentServices, serviceList, type ServiceRow } from './gossip/service-list.ts';
export { createHost, founder, type Host, type HostSelf, hostWakeAt, stepHost } from './host/host.ts';
export type { HostAction, HostInput, Order } from './host/host-io.ts';
export { accepted, type App, type Outcome, refused, type Step } from './protocol/model/app.ts';
export type { Effect, Input, Moment, Operation, Stored } from './protocol/model/effects.ts';
export type { Envelope, Message } from './protocol/model/messages.ts';
export { blankReplica, type HostedApp, type Identity, type Replica, roleOf } from './protocol/replica/replica.ts';
export { DEFAULT_SETTINGS, type Settings } from './protocol/model/settings.ts';
export type { ServiceEntry, Standing } from './protocol/model/directory.ts';
export { step, wakeAt } from './protocol/step.ts';
export { firstConfiguration, firstDiskId, type Topology, unitsOf } from './protocol/model/topology.ts';
