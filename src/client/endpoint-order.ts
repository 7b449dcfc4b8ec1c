/** Chooses the next front end for an attempt; one that has failed rests for a while. Places count from 0. */
export interface EndpointOrder {
  /** The next front end, and the milliseconds until it may be asked. */
  next(): { readonly place: number; readonly in: number };
  /** It gave no answer. `retryAfter`: milliseconds for which it must not be asked. */
  failed(place: number, retryAfter: number | undefined): void;
}

/** Instants until which front ends must not be asked, shared by all requests of a client. */
export type Rests = number[];

/** Rest after a failure in milliseconds; it doubles from the first to the last. */
const REST = 25;
const REST_AT_MOST = 1_000;

/** Longest rest on request, in milliseconds: a proxy may ask for hours. */
const ASKED_REST_AT_MOST = 30_000;

/** The order of one request: `first`, then the others in a cycle. */
export function createEndpointOrder(first: number, rests: Rests): EndpointOrder {
  const own = rests.map(() => ({ until: 0, next: REST }));
  let from = first;
  return {
    next() {
      const now = performance.now();
      const order = own.map((_, step) => (from + step) % own.length);
      const [soonest = { place: first, in: 0 }, ...others] = order.map((place) => {
        const until = Math.max(own[place]?.until ?? 0, rests[place] ?? 0);
        return { place, in: Math.max(0, until - now) };
      });
      return others.reduce((best, other) => (other.in < best.in ? other : best), soonest);
    },
    failed(place, retryAfter) {
      const now = performance.now();
      const rest = own[place];
      if (rest !== undefined) {
        // Jitter: the clients of a front end that has ended must not all return at once.
        rest.until = now + rest.next * (0.5 + Math.random() / 2);
        rest.next = Math.min(rest.next * 2, REST_AT_MOST);
      }
      if (retryAfter !== undefined)
        rests[place] = Math.max(rests[place] ?? 0, now + Math.min(retryAfter, ASKED_REST_AT_MOST));
      from = (place + 1) % own.length;
    },
  };
}
