import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProcessView } from '../live/engine/observer.ts';
import { CACHE_COUNTS, type Figure, type FigureKind, FIGURES, type Sample, sampleOf } from './figures.ts';
import type { Tally } from './tally-observer.ts';
import type { Durations, Labels } from './tally.ts';

/** The text that Prometheus reads, and its content type. */
interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** The metrics of a process. Between two scrapes only Node.js's own measurements run. */
export interface Metrics {
  scrape(): Promise<Exposition>;
  /** All metrics without those that Node.js adds; a test compares them with the documentation. */
  readonly kinds: readonly MetricKind[];
}

/** One metric with any labels. */
interface MetricKind {
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** Interval between two looks at the event loop, in milliseconds: short enough to see what delays a heartbeat. */
const LOOP_LOOKED_AT_EVERY = 50;

interface CountKind {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: () => readonly Figure[];
}

interface DurationKind {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: () => readonly (readonly [Labels, Durations])[];
}

/** What a process tells of itself besides its view. */
export interface Asides {
  /** The number of dropped log lines. */
  readonly droppedLines: () => number;
  /** Unix time in milliseconds at which the certificate in use ends; undefined without TLS. */
  readonly certificateEnd: () => number | undefined;
}

/** Creates the metrics of a process. */
export function createMetrics(view: ProcessView, tally: Tally, { droppedLines, certificateEnd }: Asides): Metrics {
  const registry = new Registry();
  let sample: Sample | undefined;

  const kept = CACHE_COUNTS.map((figure): CountKind => {
    const { name, help, labels } = figure;
    return { name: `${name}_total`, help, labels, read: () => (sample === undefined ? [] : figure.read(sample)) };
  });
  const groups = (): readonly string[] => Object.keys(sample?.status.groups ?? {});
  const counts = [...countsOf(tally, droppedLines, groups), ...kept];
  const durations = durationsOf(tally);
  for (const kind of FIGURES) {
    registry.registerMetric(gauge(kind, () => (sample === undefined ? [] : kind.read(sample))));
  }
  for (const kind of counts) registry.registerMetric(counter(kind));
  for (const kind of durations) registry.registerMetric(new CountedHistogram(kind));
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOKED_AT_EVERY });

  return {
    kinds: [
      ...FIGURES.map((figure) => ({ ...figure, kind: 'gauge' as const })),
      ...counts.map((count) => ({ ...count, kind: 'counter' as const })),
      ...durations.map((duration) => ({ ...duration, kind: 'histogram' as const })),
    ],
    async scrape() {
      // One sample for all figures, so that they are consistent.
      sample = sampleOf(view, certificateEnd());
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function countsOf(tally: Tally, droppedLines: () => number, groups: () => readonly string[]): readonly CountKind[] {
  const kind = (name: string, help: string, labels: readonly string[], read: CountKind['read']): CountKind => ({
    name: `understudy_${name}_total`,
    help,
    labels,
    read,
  });
  return [
    kind('requests', 'Answers over HTTP.', ['method', 'route', 'status'], () => tally.requests()),
    kind('elections', 'Elections asked for, campaigned in and won.', ['group', 'step'], () => tally.elections.all()),
    kind('steps_down', 'Times this replica stepped down as primary.', ['group', 'reason'], () => tally.stepsDown.all()),
    kind('configuration_changes', 'Changes proposed by this primary.', ['group', 'change'], () => tally.changes.all()),
    kind('full_copies', 'Full copies sent and installed.', ['group', 'direction'], () => tally.fullCopies.all()),
    kind('divergences', 'States found to differ from what they should be: its own, or a peer’s.', ['group'], () =>
      fromZero(tally.divergences.all(), groups()),
    ),
    kind('unserved', 'Requests answered with a reason instead of an outcome.', ['unit', 'reason'], () =>
      tally.unserved.all(),
    ),
    kind('failures', "Failures of the service's own code: commands at every replica.", ['unit', 'what'], () =>
      tally.failures.all(),
    ),
    kind('signed_calls', 'Calls that need a proof, taken or refused.', ['by', 'status'], () => tally.signedCalls.all()),
    kind('answers_cut_off', 'Connections cut off whose clients did not take their answers.', ['reason'], () =>
      tally.cutOffs.all(),
    ),
    kind('links_refused', 'Links that were refused, by this node or to it.', [], () => tally.refusedLinks.all()),
    kind('notes', 'All notes, most of them in the log as well.', ['unit', 'note'], () => tally.notes.all()),
    kind('log_lines_dropped', 'Log lines that were not read in time.', [], () => [[{}, droppedLines()]]),
  ];
}

/** A count that begins at 0 in every group: a rate knows no first sample. */
function fromZero(counted: readonly Figure[], groups: readonly string[]): readonly Figure[] {
  const uncounted = groups.filter((group) => !counted.some(([labels]) => labels['group'] === group));
  return [...counted, ...uncounted.map((group): Figure => [{ group }, 0])];
}

function durationsOf(tally: Tally): readonly DurationKind[] {
  const kind = (name: string, help: string, labels: readonly string[], read: DurationKind['read']): DurationKind => ({
    name: `understudy_${name}_seconds`,
    help,
    labels,
    read,
  });
  return [
    kind('request', 'From a whole request to its answer.', ['method', 'route'], () => tally.requestSeconds()),
    kind('write', 'From handing a batch to the disk until it is durable.', ['group'], () => tally.writeSeconds()),
    kind('snapshot', 'From beginning a snapshot until it is durable.', ['group'], () => tally.snapshotSeconds()),
  ];
}

function gauge({ name, help, labels }: FigureKind, read: () => readonly Figure[]): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [],
    collect() {
      this.reset();
      for (const [of, value] of read()) this.set({ ...of }, value);
    },
  });
}

function counter({ name, help, labels, read }: CountKind): Counter {
  return new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [],
    collect() {
      this.reset();
      for (const [of, value] of read()) this.inc({ ...of }, value);
    },
  });
}

/** A histogram whose counts come from a `Tally`. */
class CountedHistogram extends Histogram {
  readonly #kind: DurationKind;

  constructor(kind: DurationKind) {
    super({ name: kind.name, help: kind.help, labelNames: [...kind.labels], registers: [] });
    this.#kind = kind;
  }

  /** What the registry asks for when it writes its text; the types of prom-client omit it. */
  async getForPromString(): Promise<object> {
    return Promise.resolve(this.#expose());
  }

  #expose(): object {
    const { name, help, read } = this.#kind;
    const values = read().flatMap(([labels, { bounds, counts, sum, count }]) => {
      let below = 0;
      const buckets = bounds.map((le, place) => {
        below += counts[place] ?? 0;
        return { labels: { ...labels, le }, value: below, metricName: `${name}_bucket` };
      });
      return [
        ...buckets,
        { labels: { ...labels, le: '+Inf' }, value: count, metricName: `${name}_bucket` },
        { labels: { ...labels }, value: sum, metricName: `${name}_sum` },
        { labels: { ...labels }, value: count, metricName: `${name}_count` },
      ];
    });
    return { name, help, type: 'histogram', values };
  }
}
