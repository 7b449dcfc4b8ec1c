import { unreachable } from '../../../protocol/model/assert.ts';

/** One event. */
export interface EventPart {
  readonly kind: 'event';
  readonly exists: boolean;
  readonly eventname: string;
  readonly userid: number;
  readonly avail: number;
  readonly purchased: number;
  /** Tickets reserved for purchases that may still be refused: the number of purchases of each size, by size. */
  readonly held: Readonly<Record<string, number>>;
}

export type EventStep =
  | { readonly f: 'create'; readonly eventname: string; readonly userid: number; readonly capacity: number }
  | { readonly f: 'sell'; readonly tickets: number }
  /** Sells, perhaps only until `give-back`. */
  | { readonly f: 'hold'; readonly tickets: number }
  | { readonly f: 'give-back'; readonly tickets: number }
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
  held: {},
};

/** The event after a step, or undefined where the step is impossible. */
export function applyToEvent(event: EventPart, step: EventStep): EventPart | undefined {
  const { exists, eventname, userid, avail, purchased } = event;
  switch (step.f) {
    case 'create':
      if (exists) return undefined;
      return { ...NO_EVENT, exists: true, eventname: step.eventname, userid: step.userid, avail: step.capacity };
    case 'sell':
      return sell(event, step.tickets);
    case 'hold': {
      const sold = sell(event, step.tickets);
      return sold === undefined ? undefined : { ...sold, held: counted(event.held, step.tickets, 1) };
    }
    case 'give-back':
      if ((event.held[step.tickets] ?? 0) === 0) return undefined;
      return { ...sell(event, -step.tickets, true), held: counted(event.held, step.tickets, -1) };
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

function sell(event: EventPart, tickets: number): EventPart | undefined;
function sell(event: EventPart, tickets: number, isGivenBack: true): EventPart;
function sell(event: EventPart, tickets: number, isGivenBack = false): EventPart | undefined {
  if (!isGivenBack && (!event.exists || !isCount(tickets) || event.avail < tickets)) return undefined;
  return { ...event, avail: event.avail - tickets, purchased: event.purchased + tickets };
}

/** Sizes without purchases are left out; numeric keys of objects are in ascending order. */
function counted(held: EventPart['held'], size: number, by: 1 | -1): EventPart['held'] {
  const { [size]: before = 0, ...others } = held;
  return before + by === 0 ? others : { ...others, [size]: before + by };
}

/** Whether that many tickets can be asked for. */
export function isCount(tickets: number): boolean {
  return Number.isSafeInteger(tickets) && tickets >= 1;
}
