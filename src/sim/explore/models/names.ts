import { accepted, type App } from '../../../protocol/model/app.ts';
import { defineService } from '../../../service/define-service.ts';

export const FIRST = 'first';
export const SECOND = 'second';

/** An app whose state is every command that it has carried out, in order. */
const names: App<readonly string[]> = {
  name: 'names',
  initial: [],
  decode: (value) =>
    value === FIRST || value === SECOND ? { type: 'decoded', value } : { type: 'rejected', reason: 'not a command' },
  apply: (done, name) => ({ state: [...done, name === SECOND ? SECOND : FIRST], outcome: accepted(done.length) }),
  decodeQuery: () => ({ type: 'rejected', reason: 'nothing can be asked' }),
  read: (done) => accepted(done.length),
  invariants: [
    {
      name: 'once',
      broken: (done) => (new Set(done).size < done.length ? `took effect twice: ${done.join(', ')}` : undefined),
    },
  ],
};

export const NAMES = names.name;

export const namesService = defineService({ name: 'names', apps: [names], routes: [], invariants: [] });
