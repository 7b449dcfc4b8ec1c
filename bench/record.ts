import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, post } from './parts/load.ts';
import { startOwnCluster } from './parts/own-cluster.ts';

/*
 * What `--record` costs: processor time of all processes of a cluster for each write, with and without it, in turns. Time of
 * the processor and not of the clock, so that other work on the machine changes little.
 *
 *   node --import tsx bench/record.ts [rounds] [seconds] [clients] [port]
 */

const [rounds = 3, seconds = 8, clients = 16, port = 24_400] = process.argv.slice(2).map(Number);

/** Processor time of a process so far, in milliseconds: `utime` and `stime` of proc(5), in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Microseconds of processor time for each write, over all processes of the cluster. */
async function measure(isRecorded: boolean): Promise<number> {
  const own = await startOwnCluster(port, 3, (folder) => (isRecorded ? ['--record', join(folder, 'record')] : []));
  const sum = (): number => own.children().reduce((total, { pid }) => total + cpuOf(pid), 0);
  const request = {
    host: '127.0.0.1',
    port,
    text: (number: number) => post('127.0.0.1', port, '/users/create', JSON.stringify({ username: `user ${number}` })),
  };
  await load(request, clients, 2);
  const before = sum();
  const figures = await load(request, clients, seconds);
  const spent = sum() - before;
  await own.stop();
  if (figures.failed > 0) throw new Error(`${figures.failed} requests failed`);
  return (spent * 1_000) / figures.requests;
}

const ratios: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const plain = await measure(false);
  const recorded = await measure(true);
  ratios.push(recorded / plain);
  console.log(
    `plain ${plain.toFixed(0)} µs, recorded ${recorded.toFixed(0)} µs of CPU a write: ${(recorded / plain).toFixed(2)}`,
  );
}
console.log(`median ratio ${ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]?.toFixed(2) ?? ''}`);
