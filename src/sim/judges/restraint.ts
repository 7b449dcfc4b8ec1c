import type { Unit } from '../../protocol/model/address.ts';
import type { Evidence, Judge } from './judge.ts';

/** The window of the count, in microseconds. */
const WATCHED = 10_000;

/** Messages without entries in that window, at most: questions, answers, heartbeats, requests. */
const CONVERSATION = 2_000;

/** Windows of appends in that time, at most. */
const WINDOWS = 20;

/**
 * No node floods a link: in ten milliseconds a unit sends another node each entry of its log at most once, a few
 * windows of appends, and a couple of thousand other messages. A flood would be safe; but two nodes that answer each
 * message with several have no time left for anything else (PROTOCOL §4.6).
 */
export function restraint(evidence: Evidence): Judge {
  const links = new Map<string, { since: number; count: number }>();
  const { settings, service, record } = evidence;
  const allowed = CONVERSATION + WINDOWS * settings.inFlightAtMost;
  const entriesOf = (unit: Unit): number =>
    service.apps.some(({ name }) => name === unit) ? record.group(unit).last : 0;
  return {
    name: 'restraint',
    source: 'PROTOCOL §4.6',
    sent({ from, to }) {
      const key = `${from.node} ${from.unit}>${to.node}`;
      const link = links.get(key);
      const now = evidence.now();
      if (link === undefined || now - link.since >= WATCHED) {
        links.set(key, { since: now, count: 1 });
        return undefined;
      }
      link.count += 1;
      if (link.count <= allowed || link.count <= allowed + entriesOf(from.unit)) return undefined;
      return `${from.node} sent ${to.node} ${link.count} messages of ${from.unit} within ${WATCHED / 1_000} ms`;
    },
  };
}
