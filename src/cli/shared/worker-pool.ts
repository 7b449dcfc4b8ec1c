import { Piscina } from 'piscina';

/** `jobs` threads that each run the default export of a module of src/cli, given by its path without its ending. */
export function openPool<Order, Report>(worker: string, jobs: number): Piscina<Order, Report> {
  // The workers of sources need the loader as well: on Node 20 a worker does not inherit it.
  const fromSources = import.meta.url.endsWith('.ts');
  return new Piscina<Order, Report>({
    filename: new URL(`../${worker}.${fromSources ? 'ts' : 'js'}`, import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    execArgv: fromSources ? ['--import', import.meta.resolve('tsx')] : [],
  });
}
