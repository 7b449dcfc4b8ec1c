import { unreachable } from '../../../protocol/model/assert.ts';

/** One event. */
export interface EventPart {
  readonly kind: 'event';
  readonly exists: boolean;
  readonly eventname: string;
  readonly userid: number;
  readonly avail: number;
  readonly purchased: number;
}

export type EventStep =
  | { readonly f: 'create'; readonly eventname: string; readonly userid: number; readonly capacity: number }
  | { readonly f: 'sell'; readonly tickets: number }
  | {
      readonly f: 'read';
      readonly eventname: string;
      readonly userid: number;
      readonly avail: number;
      readonly purchased: number;
    }
  /** `avail` tickets are left. */
  | { readonly f: 'left'; readonly avail: number }
  | { readonly f: 'missing' };

export const NO_EVENT: EventPart = {
  kind: 'event',
  exists: false,
  eventname: '',
  userid: -1,
  avail: 0,
  purchased: 0,
};

/** The event after a step, or undefined where the step is impossible. */
export function applyToEvent(event: EventPart, step: EventStep): EventPart | undefined {
  const { exists, eventname, userid, avail, purchased } = event;
  switch (step.f) {
    case 'create':
      if (exists) return undefined;
      return { ...NO_EVENT, exists: true, eventname: step.eventname, userid: step.userid, avail: step.capacity };
    case 'sell':
      if (!exists || !isCount(step.tickets) || avail < step.tickets) return undefined;
      return { ...event, avail: avail - step.tickets, purchased: purchased + step.tickets };
    case 'read':
      return exists &&
        eventname === step.eventname &&
        userid === step.userid &&
        avail === step.avail &&
        purchased === step.purchased
        ? event
        : undefined;
    case 'left':
      return exists && avail === step.avail ? event : undefined;
    case 'missing':
      return exists ? undefined : event;
    default:
      return unreachable(step);
  }
}

/** Whether that many tickets can be asked for. */
export function isCount(tickets: number): boolean {
  return Number.isSafeInteger(tickets) && tickets >= 1;
}
