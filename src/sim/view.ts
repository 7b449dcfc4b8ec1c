/**
 * `understudy/sim/view`: what a recording shows, for drawings and consoles of one's own, and the hunt for planted bugs.
 */
export { EPOCH_COLOURS, PALETTE } from '../drawing/palette.ts';
export { coloursOf } from './diagram/colours.ts';
export { type FaultSpan, faultsOf } from './diagram/faults.ts';
export { classOf, type Message, type MessageClass, messagesOf, shortOf, tellingMessages } from './diagram/messages.ts';
export {
  type LifeSpan,
  livesOf,
  type OperationSpan,
  operationsOf,
  pausesOf,
  rolesOf,
  type RoleSpan,
  type Span,
  writesOf,
  type WriteSpan,
} from './diagram/spans.ts';
export { type TimeMap, timeMap, type TimeScale } from './diagram/time-map.ts';
export { isTelling } from './diagram/window.ts';
export { inWords } from './diagram/words.ts';
export { type Hunt, hunt, mutantPlan, MUTANTS, workloadFor } from './mutants/mutants.ts';
export { openRun, type OpenRun } from './verdict/open-run.ts';
export type { EntryView, NodeView, ReplicaView, RunView, SentView } from './verdict/view.ts';
