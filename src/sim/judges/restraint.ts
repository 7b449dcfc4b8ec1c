import type { Unit } from '../../protocol/model/address.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { inMap } from '../base/in-map.ts';
import type { Evidence, Judge } from './judge.ts';

/** The window of the count, in microseconds. */
const WATCHED = 10_000;

/** Messages without entries in that window, at most: questions, answers, heartbeats, requests. */
const CONVERSATION = 2_000;

/** Windows of appends in that time, at most. */
const WINDOWS = 20;

/** By receiver, what was sent since the window began. */
type Counts = Map<NodeId, { since: number; count: number }>;

/**
 * No node floods a link: in ten milliseconds a unit sends another node each entry of its log at most once, a few
 * windows of appends, and a couple of thousand other messages. A flood would be safe; but two nodes that answer each
 * message with several have no time left for anything else (PROTOCOL §4.6).
 */
export function restraint(evidence: Evidence): Judge {
  // By sender, its unit, and receiver: every message asks, so no key is made of them.
  const links = new Map<NodeId, Map<Unit, Counts>>();
  const { settings, service, record } = evidence;
  const allowed = CONVERSATION + WINDOWS * settings.inFlightAtMost;
  const entriesOf = (unit: Unit): number =>
    service.apps.some(({ name }) => name === unit) ? record.group(unit).last : 0;
  return {
    name: 'restraint',
    source: 'PROTOCOL §4.6',
    sent({ from, to }) {
      const units = inMap(links, from.node, () => new Map<Unit, Counts>());
      const own = inMap(units, from.unit, (): Counts => new Map());
      const link = own.get(to.node);
      const now = evidence.now();
      if (link === undefined || now - link.since >= WATCHED) {
        own.set(to.node, { since: now, count: 1 });
        return undefined;
      }
      link.count += 1;
      if (link.count <= allowed || link.count <= allowed + entriesOf(from.unit)) return undefined;
      return `${from.node} sent ${to.node} ${link.count} messages of ${from.unit} within ${WATCHED / 1_000} ms`;
    },
  };
}
