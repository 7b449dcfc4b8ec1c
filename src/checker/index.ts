/** The linearizability checker: a history and a model in, a verdict out. Pure; runs in a browser as well. */
export {
  check,
  type CheckOptions,
  type CheckResult,
  type CheckVerdict,
  firstIllegal,
  type PartResult,
} from './check.ts';
export { type HistoryEvent, historyOf, type PairedEvents } from './events.ts';
export type { Illegal } from './illegal.ts';
export type { LineOptions, ReadHistory } from './event-of.ts';
export { lineOf, readLines } from './lines.ts';
export { formatOf, type HistoryFormat, readHistory } from './read-history.ts';
export { meaningless, means, type Meaning, type Model } from './model.ts';
export { htmlReport } from './html.ts';
export { append, counter, kv, queue, register, set } from './models/index.ts';
export { showIllegal, showOperation } from './show.ts';
export type { History, Operation, Outcome } from './operation.ts';
export type { Placed } from './placed.ts';
