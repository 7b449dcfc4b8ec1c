/** The package entry `understudy/check`: the linearizability checker, and the models of the included services. */
export * from '../checker/index.ts';
export { MODELS } from './models.ts';
