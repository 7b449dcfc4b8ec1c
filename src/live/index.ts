/** One node of a cluster as a live process: real disk, real network. */
export type { ProcessOptions, RunningProcess } from './options.ts';
export { startProcess } from './process.ts';
