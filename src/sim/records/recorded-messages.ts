import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { RecordedEvent, Recorder } from '../recording/recording.ts';
import { showMessage } from '../world/show-message.ts';

/** Messages between processes: each arrival in one record is the sending in another. */
export interface RecordedMessages {
  /** Whether a message like this one was sent by a recorded process and has not arrived. */
  isSent(envelope: Envelope): boolean;
  sent(recorder: Recorder | undefined, envelope: Envelope): void;
  arrived(recorder: Recorder | undefined, envelope: Envelope): void;
}

/**
 * Of a node without a record nothing is known but what others have of it: a message to it arrives at once, and one from it
 * is sent as it arrives.
 */
export function recordedMessages(isRecorded: (node: NodeId) => boolean): RecordedMessages {
  const open = new Map<string, object[]>();
  return {
    isSent: (envelope) => (open.get(keyOf(envelope))?.length ?? 0) > 0,
    sent(recorder, envelope) {
      const carrier = put(recorder, envelope);
      if (!isRecorded(envelope.to.node)) {
        recorder?.arrived(carrier, 'taken');
        return;
      }
      const key = keyOf(envelope);
      open.set(key, [...(open.get(key) ?? []).slice(1 - ALIKE_AT_MOST), carrier]);
    },
    arrived(recorder, envelope) {
      // Of messages alike the newest: an older one that has not come by now is lost.
      const carrier = open.get(keyOf(envelope))?.pop() ?? put(recorder, envelope);
      recorder?.arrived(carrier, 'taken');
    },
  };
}

/** A message that has not arrived so long before the end, in microseconds, is lost. */
const ARRIVES_WITHIN = 100_000;

/** Tells sendings whose message never arrived from others. */
export function withLosses(events: readonly RecordedEvent[], endedAt: number): readonly RecordedEvent[] {
  const arrived = new Set(events.flatMap((event) => (event.type === 'arrived' ? [event.id] : [])));
  return events.map((event) =>
    event.type === 'sent' && !arrived.has(event.id) && event.at < endedAt - ARRIVES_WITHIN
      ? { ...event, fate: 'dropped' }
      : event,
  );
}

const ALIKE_AT_MOST = 64;

function put(recorder: Recorder | undefined, { from, to, message }: Envelope): object {
  const carrier = {};
  recorder?.sent(carrier, {
    from: from.node,
    to: to.node,
    fromUnit: from.unit,
    unit: to.unit,
    kind: message.type,
    text: showMessage(message),
    fate: 'once',
  });
  return carrier;
}

function keyOf({ from, to, message }: Envelope): string {
  return JSON.stringify([from.node, from.unit, to.node, to.unit, showMessage(message)]);
}
