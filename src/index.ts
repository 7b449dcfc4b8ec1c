/**
 * The author API: `defineApp` for each group, `defineService` for all of them. Tests of a service use
 * `understudy/testing`, programs that run a node use `understudy/node`, and clients use `understudy/client`.
 */
export { type AppDefinition, type AppStep as Step, defineApp, type DefinedApp, recipe } from './service/define-app.ts';
export { defaultRoutes } from './service/default-routes.ts';
export {
  type Asked,
  defineRoute,
  defineService,
  noAnswer,
  noBody,
  nothing,
  type RouteDefinition,
  type ServiceDefinition,
} from './service/define-service.ts';
export type { CacheView, FrontEndView, RoutePlan, Route, Service, ServiceInvariant } from './service/service.ts';
export {
  accepted,
  type App,
  type AppInvariant,
  type Call,
  type Decoded,
  type EntryContext,
  type Listed,
  type Outcome,
  refused,
} from './protocol/model/app.ts';
export type { Json } from './protocol/model/json.ts';
export { asList } from './protocol/model/listed.ts';
export { readList } from './service/plans.ts';
