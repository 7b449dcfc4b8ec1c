import { unreachable } from '../../../protocol/model/assert.ts';
import { isCount } from './event.ts';

/** One user, with the tickets held, by event id. */
export interface UserPart {
  readonly kind: 'user';
  readonly exists: boolean;
  readonly username: string;
  readonly tickets: Readonly<Record<string, number>>;
}

export type UserStep =
  | { readonly f: 'create'; readonly username: string }
  | { readonly f: 'add'; readonly eventid: number; readonly tickets: number }
  | { readonly f: 'take'; readonly eventid: number; readonly tickets: number }
  | { readonly f: 'read'; readonly username: string; readonly tickets: Readonly<Record<string, number>> }
  /** At least so many tickets are held, and stay. */
  | { readonly f: 'has'; readonly eventid: number; readonly tickets: number }
  /** Exactly so many are held. */
  | { readonly f: 'holds'; readonly eventid: number; readonly tickets: number }
  | { readonly f: 'exists' }
  | { readonly f: 'missing' };

export const NO_USER: UserPart = { kind: 'user', exists: false, username: '', tickets: {} };

/** The user after a step, or undefined where the step is impossible. */
export function applyToUser(user: UserPart, step: UserStep): UserPart | undefined {
  if (step.f === 'create') {
    return user.exists ? undefined : { ...NO_USER, exists: true, username: step.username };
  }
  if (step.f === 'missing') return user.exists ? undefined : user;
  if (!user.exists) return undefined;
  switch (step.f) {
    case 'exists':
      return user;
    case 'add':
      return isCount(step.tickets)
        ? withTickets(user, step.eventid, heldOf(user, step.eventid) + step.tickets)
        : undefined;
    case 'take': {
      const left = heldOf(user, step.eventid) - step.tickets;
      return left < 0 || !isCount(step.tickets) ? undefined : withTickets(user, step.eventid, left);
    }
    case 'has':
      return isCount(step.tickets) && heldOf(user, step.eventid) >= step.tickets ? user : undefined;
    case 'holds':
      return heldOf(user, step.eventid) === step.tickets ? user : undefined;
    case 'read':
      return user.username === step.username && isSame(user.tickets, step.tickets) ? user : undefined;
    default:
      return unreachable(step);
  }
}

function heldOf({ tickets }: UserPart, eventid: number): number {
  return tickets[eventid] ?? 0;
}

function withTickets(user: UserPart, eventid: number, count: number): UserPart {
  const { [eventid]: _, ...others } = user.tickets;
  return { ...user, tickets: count === 0 ? others : { ...others, [eventid]: count } };
}

/** The keys of both are numbers, in ascending order. */
function isSame(a: UserPart['tickets'], b: UserPart['tickets']): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
