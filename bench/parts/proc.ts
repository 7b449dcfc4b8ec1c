import { readdirSync, readFileSync } from 'node:fs';

/** Resources used by a process so far, from /proc (Linux). */
export interface Usage {
  /** CPU of the thread that runs JavaScript, and of all others together (the disk, the compiler, the collector), in microseconds. */
  readonly main: number;
  readonly others: number;
  /** How often one of its threads has gone to sleep: each costs a wake-up. */
  readonly sleeps: number;
  /** System calls that read or wrote something: sockets, the disk, and wake-ups between threads. */
  readonly reads: number;
  readonly writes: number;
}

export function usageOf(pid: number): Usage {
  let [main, others, sleeps] = [0, 0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    const [nanos = '0'] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ', 1);
    const micros = Number(nanos) / 1_000;
    if (thread === String(pid)) main += micros;
    else others += micros;
    sleeps += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1]);
  }
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  const calls = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1]);
  return { main, others, sleeps, reads: calls('syscr'), writes: calls('syscw') };
}

export function usedBetween(before: Usage, after: Usage): Usage {
  return {
    main: after.main - before.main,
    others: after.others - before.others,
    sleeps: after.sleeps - before.sleeps,
    reads: after.reads - before.reads,
    writes: after.writes - before.writes,
  };
}

/** CPU of all its threads so far, in microseconds, and its resident memory in bytes; zeros once it has ended. */
export function costOf(pid: number): { readonly cpu: number; readonly resident: number } {
  try {
    const { main, others } = usageOf(pid);
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { cpu: main + others, resident: pages * 4_096 };
  } catch {
    return { cpu: 0, resident: 0 };
  }
}

/** The same of several processes together. */
export function costOfAll(pids: readonly number[]): { readonly cpu: number; readonly resident: number } {
  const costs = pids.map(costOf);
  const sum = (pick: (cost: ReturnType<typeof costOf>) => number): number =>
    costs.reduce((total, cost) => total + pick(cost), 0);
  return { cpu: sum(({ cpu }) => cpu), resident: sum(({ resident }) => resident) };
}
