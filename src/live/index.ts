/** One node of a cluster as a live process: real disk, real network. */
export { type ProcessOptions, type RunningProcess, startProcess } from './process.ts';
