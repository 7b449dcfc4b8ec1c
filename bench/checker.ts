/**
 * Speed of the linearizability checker: histories of one register by five and by ten processes, with some writes and
 * swaps of unknown outcome, as they are and with answers changed. CPU time per 1,000 operations, parsing and search
 * apart; the median of the histories of a kind, each at its best of three. Then histories of a key-value store in the form
 * of those that Porcupine publishes, c01 to c50, each whole.
 *
 *     node --import tsx bench/checker.ts [--json]
 */
import { check, kv, lineOf, readLines, register } from '../src/checker/index.ts';
import { kvHistory } from '../test/support/checker/kv-history.ts';
import { registerHistory } from '../test/support/checker/random-history.ts';

const HISTORIES = 25;
const OPERATIONS = 500;

interface Row {
  readonly processes: number;
  readonly crashes: number;
  readonly lies: number;
  readonly illegal: number;
  readonly undecided: number;
  readonly readMillis: number;
  readonly searchMillis: number;
  readonly slowestMillis: number;
}

function cpuMillis(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function best(work: () => void): number {
  return Math.min(...Array.from({ length: 3 }, () => cpuMillis(work)));
}

function measure(processes: number, crashes: number, lies: number): Row {
  const verdicts = { ok: 0, illegal: 0, undecided: 0 };
  const reads: number[] = [];
  const searches: number[] = [];
  for (let seed = 0; seed < HISTORIES; seed += 1) {
    const events = registerHistory({ seed, operations: OPERATIONS, processes, values: 5, crashes, lies });
    const text = events.map(lineOf).join('\n');
    reads.push(best(() => readLines(text)));
    const history = readLines(text);
    if (history.type === 'rejected' || register === undefined) throw new Error('the history is readable');
    searches.push(best(() => check(register, history.value)));
    const result = check(register, history.value);
    if (result.type === 'checked') verdicts[result.verdict] += 1;
  }
  const perThousand = 1_000 / OPERATIONS;
  return {
    processes,
    crashes,
    lies,
    illegal: verdicts.illegal,
    undecided: verdicts.undecided,
    readMillis: median(reads) * perThousand,
    searchMillis: median(searches) * perThousand,
    slowestMillis: Math.max(...searches) * perThousand,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

measure(5, 10, 1);
const rows = [5, 10].flatMap((processes) =>
  [0, 5, 20].flatMap((crashes) => [0, 2].map((lies) => measure(processes, crashes, lies))),
);

if (process.argv.includes('--json')) for (const row of rows) console.log(JSON.stringify({ bench: 'checker', ...row }));
else {
  console.log(
    'processes  unknown  changed  illegal  undecided   read   search  slowest   (ms of CPU per 1,000 operations)',
  );
  for (const { processes, crashes, lies, illegal, undecided, readMillis, searchMillis, slowestMillis } of rows) {
    const counts = [processes, `${crashes}%`, lies, `${illegal}/${HISTORIES}`, undecided].map((one) =>
      String(one).padStart(7),
    );
    const times = [readMillis, searchMillis, slowestMillis].map((millis) => millis.toFixed(1).padStart(7));
    console.log([...counts, ...times].join('  '));
  }
}

/** Clients, keys and operations of the published histories. */
const KV_SHAPES = [
  [1, 1, 300],
  [10, 10, 700],
  [50, 10, 2_024],
] as const;

if (!process.argv.includes('--json'))
  console.log('\nclients  keys  events  fault  verdicts  read  search  slowest   (ms of CPU each)');
for (const [clients, keys, operations] of KV_SHAPES) {
  for (const fault of ['none', 'stale', 'lost'] as const) {
    const verdicts = { ok: 0, illegal: 0, undecided: 0 };
    const [reads, searches]: [number[], number[]] = [[], []];
    let events = 0;
    for (let seed = 0; seed < HISTORIES; seed += 1) {
      const said = kvHistory({ seed, clients, keys, operations, fault, faults: 3 });
      const text = said.map(lineOf).join('\n');
      reads.push(best(() => readLines(text)));
      const history = readLines(text);
      if (history.type === 'rejected') throw new Error(history.reason);
      events = history.value.events;
      searches.push(best(() => check(kv, history.value)));
      const result = check(kv, history.value);
      if (result.type === 'checked') verdicts[result.verdict] += 1;
    }
    const [readMillis, searchMillis, slowestMillis] = [median(reads), median(searches), Math.max(...searches)];
    if (process.argv.includes('--json')) {
      console.log(
        JSON.stringify({ bench: 'checker-kv', clients, fault, ...verdicts, readMillis, searchMillis, slowestMillis }),
      );
    } else {
      const counts = [clients, keys, events, fault, `${verdicts.ok}/${verdicts.illegal}/${verdicts.undecided}`];
      const times = [readMillis, searchMillis, slowestMillis].map((millis) => millis.toFixed(1));
      console.log([...counts, ...times].map((one) => String(one).padStart(7)).join('  '));
    }
  }
}
