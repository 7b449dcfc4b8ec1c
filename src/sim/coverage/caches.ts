import type { Sighting } from './probe.ts';

/** What a front end that keeps answers must have gone through. */
export function cacheSightings(): readonly Sighting[] {
  return [
    { goal: 'cache-hit', noted: ({ type }) => type === 'cache-hit' },
    { goal: 'cache-evicts', noted: ({ type }) => type === 'cache-evicts' },
    { goal: 'push-drops', noted: ({ type }) => type === 'cache-drops' },
    { goal: 'push-missed', noted: ({ type }) => type === 'cache-gap' },
    { goal: 'late-fill-dropped', noted: ({ type }) => type === 'cache-late' },
    { goal: 'cache-unconfirmed', noted: ({ type }) => type === 'cache-unconfirmed' },
  ];
}
