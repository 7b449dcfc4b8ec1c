import type { Fault, FaultType } from '../plan/fault.ts';
import type { RecordedEvent } from '../recording/recording.ts';

type FaultFact = Pick<Extract<RecordedEvent, { type: 'fault' }>, 'fault' | 'name' | 'nodes' | 'others' | 'oneWay'>;

/** A fault in plain words: `s3 is to crash`, `links s1 s2 → s3 are cut`. */
export function faultInWords({ fault, name, nodes, others, oneWay }: FaultFact): string {
  const words = WORDS[fault];
  if (words.startsWith('$node') && nodes.length === 0) return `${fault}: no node is meant`;
  return words
    .replace('$node', listed(nodes))
    .replace('$links', `${listed(nodes)} ${oneWay ? '→' : '⇄'} ${listed(others)}`)
    .replace('$named', name === undefined ? 'all' : `the “${name}”`);
}

/** A fault of a plan in words, with the nodes as the plan names them: `primary of events is to crash`. */
export function planInWords(fault: Fault): string {
  const [nodes, others] = 'from' in fault ? [fault.from, fault.to] : ['node' in fault ? [fault.node] : [], []];
  const said = faultInWords({
    fault: fault.type,
    name: 'name' in fault ? fault.name : undefined,
    nodes,
    others,
    oneWay: 'oneWay' in fault && fault.oneWay,
  });
  if (fault.type !== 'crash' || fault.afterActions === 0) return said;
  return `${said}, after ${fault.afterActions} more ${fault.afterActions === 1 ? 'effect' : 'effects'}`;
}

/** `$node`: the nodes that are meant; `$links`: from which side to which; `$named`: which faults are ended. */
const WORDS: Readonly<Record<FaultType, string>> = {
  partition: 'links $links are cut',
  heal: '$named cut links carry again',
  hold: 'links $links are held',
  release: '$named held links are released',
  flap: 'links $links come and go',
  weather: 'links $links have bad weather',
  clear: '$named bad weather is over',
  join: 'a new node asks to join',
  transfer: 'an operator orders a transfer of the lead',
  crash: '$node is to crash',
  restart: '$node is started again',
  deploy: '$node is started from another build',
  pause: '$node is to stand still',
  resume: '$node is to go on',
  'slow-process': '$node becomes slow',
  'fast-process': '$node is as fast as before',
  reset: '$node loses the connections of its clients',
  'slow-disk': '$node gets a slow disk',
  'fast-disk': '$node has a fast disk again',
  'stick-disk': '$node gets a stuck disk',
  'free-disk': '$node has a disk that writes again',
  'fill-disk': '$node gets a full disk',
  'empty-disk': '$node has room on its disk again',
  'short-disk': '$node gets a nearly full disk',
  'roomy-disk': '$node has room on its disk again',
  'fail-sync': '$node is to fail at its next write',
  'rot-disk': '$node gets a rotten record on its disk',
  'lose-disk': '$node loses its disk',
  'lose-record': '$node loses the last record of its disk',
  'jump-clock': '$node gets a wrong clock',
  'set-clock': '$node has its clock set right',
  leave: '$node is ordered to leave',
  stop: '$node is shut down',
  remove: '$node is ordered out of the cluster',
  rejoin: '$node joins again, on a new disk',
  replace: '$node gets an empty disk in place of its own',
  'put-back': '$node gets its own disk back',
  'back-up': '$node has its disk copied',
  'start-copy': '$node is started on a copy of its disk',
  forge: '$node hears a forged message',
  suspect: '$node is told that another node is dead',
  poison: '$node is told something absurd',
};

/** `s1 s2 s3`. */
function listed(nodes: readonly string[]): string {
  return nodes.length === 0 ? 'no node' : nodes.join(' ');
}
