import { expect } from 'vitest';
import { matchers, type Probe } from './matchers.ts';

/** The matchers of `expect(simulate(…))` once this module is imported; see `matchers`. */
export interface SimulationMatchers<Result> {
  toHaveHeld(): Result;
  toHaveBroken(judge?: string): Result;
  toHaveSeen(note: string, probe?: Probe): Result;
  toBeLinearizable(): Result;
  toHaveAnsweredAll(): Result;
}

declare module 'vitest' {
  // The names of the interface and its parameter are vitest's: https://vitest.dev/guide/extending-matchers
  interface Matchers<T> extends SimulationMatchers<T> {}
}

expect.extend(matchers);
