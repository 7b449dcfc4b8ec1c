import { Piscina } from 'piscina';

/** `jobs` threads that each run the default export of a module of src/cli, named by its path without its ending. */
export function openPool<Order, Report>(worker: string, jobs: number): Piscina<Order, Report> {
  // From the sources the workers need the loader as well: a worker does not inherit it on Node 20.
  const fromSources = import.meta.url.endsWith('.ts');
  return new Piscina<Order, Report>({
    filename: new URL(`../${worker}.${fromSources ? 'ts' : 'js'}`, import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    execArgv: fromSources ? ['--import', import.meta.resolve('tsx')] : [],
  });
}
