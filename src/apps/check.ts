/** The package entry `understudy/check`: the linearizability checker, and the models of the services that come along. */
export * from '../checker/index.ts';
export { MODELS } from './models.ts';
