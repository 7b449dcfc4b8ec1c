/** Who of several front ends is asked next: one that has failed rests for a while, each by itself. Places count from 0. */
export interface EndpointOrder {
  /** Whom to ask, and how many milliseconds from now. */
  next(): { readonly place: number; readonly in: number };
  /** It gave no answer. `retryAfter`: for so many milliseconds it does not want to be asked. */
  failed(place: number, retryAfter: number | undefined): void;
}

/** Rests that front ends have asked for, as instants: all requests of a client keep to them. */
export type Rests = number[];

/** How long one rests that has failed, in milliseconds; doubles from the first to the last. */
const REST = 25;
const REST_AT_MOST = 1_000;

/** However long one asks to be left alone, it is asked again after this long: whoever stands in between may ask for hours. */
const ASKED_REST_AT_MOST = 30_000;

/** For one request: `first` is asked first, then the next ones in their order, round and round. */
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
        // Not all clients of a front end that has gone come back in the same moment.
        rest.until = now + rest.next * (0.5 + Math.random() / 2);
        rest.next = Math.min(rest.next * 2, REST_AT_MOST);
      }
      if (retryAfter !== undefined)
        rests[place] = Math.max(rests[place] ?? 0, now + Math.min(retryAfter, ASKED_REST_AT_MOST));
      from = (place + 1) % own.length;
    },
  };
}
