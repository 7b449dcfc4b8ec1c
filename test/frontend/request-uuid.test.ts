import { expect, test } from 'vitest';
import { uuidIn } from '../../src/frontend/request-uuid.ts';

const UUID = '01a227d8-70fa-7c78-960c-ab68f2f3fb6d';

test.each([UUID, ` ${UUID} `, `"${UUID}"`, UUID.toUpperCase(), `"${UUID.toUpperCase()}"`])('%j is a key', (text) => {
  expect(uuidIn(text)).toBe(UUID);
});

test.each([
  '',
  'x',
  `""${UUID}""`,
  `"${UUID}`,
  `'${UUID}'`,
  `{${UUID}}`,
  `urn:uuid:${UUID}`,
  `${UUID}, ${UUID}`,
  '00000000-0000-0000-0000-000000000000',
  '"ffffffff-ffff-ffff-ffff-ffffffffffff"',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
])('%j is none', (text) => {
  expect(uuidIn(text)).toBeUndefined();
});
