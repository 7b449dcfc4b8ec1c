import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/transport-http/by-source.ts';
import { createPlaces } from '../../../src/transport-http/clients/places.ts';

describe('The places of connections', () => {
  it('are reserved for peers and probes beyond the bound of a source, and beyond that of all', () => {
    const places = createPlaces({ connectionsAtMost: 3, perSourceAtMost: 2, reservedAtMost: 2 });
    for (const name of ['a1', 'a2', 'a3']) places.take(name, 'a');
    places.take('b1', 'b');
    places.take('c1', 'c');
    const reserved = ['a1', 'a2', 'a3', 'b1', 'c1'].filter((name) => places.isReserved(name));
    expect(reserved).toEqual(['a3', 'c1']);
  });

  it('of the reserve go to the sources that have few of them', () => {
    const places = createPlaces({ connectionsAtMost: 0, perSourceAtMost: 2, reservedAtMost: 3 });
    for (const name of ['a1', 'a2', 'b1']) expect(places.take(name, name.charAt(0))).toBeUndefined();
    expect(places.take('c1', 'c')).toBe('a1');
    expect(['a1', 'a2', 'b1', 'c1'].filter((name) => places.isReserved(name))).toEqual(['a2', 'b1', 'c1']);
  });

  it('are free again when a connection has ended, or has become a link', () => {
    const places = createPlaces({ connectionsAtMost: 1, perSourceAtMost: 1, reservedAtMost: 1 });
    places.take('a1', 'a');
    places.leave('a1');
    places.take('a2', 'a');
    expect(places.isReserved('a2')).toBe(false);
  });
});

it.each([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['::1', '0:0:0:0'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['fe80::1:2:3:4%eth0', 'fe80:0:0:0'],
])('The source of %s is %s', (address, source) => {
  expect(sourceOf(address)).toBe(source);
});
