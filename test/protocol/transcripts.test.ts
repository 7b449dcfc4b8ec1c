import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SCRIPTED_SCENARIOS, transcriptOf } from '../support/protocol/scripted-scenarios.ts';

// A change of the protocol shows here as a change of what replicas say to each other. Where it is meant, `npm run transcripts`
// writes the files again; their diff is read in review like code.

const folder = fileURLToPath(new URL('./transcripts/', import.meta.url));

describe('the transcripts', () => {
  test.each(SCRIPTED_SCENARIOS)('$name: $title', async (scenario) => {
    await expect(transcriptOf(scenario)).toMatchFileSnapshot(`${folder}${scenario.name}.txt`);
  });

  test.each(SCRIPTED_SCENARIOS)('$name has lines of less than 120 characters', (scenario) => {
    expect(
      transcriptOf(scenario)
        .split('\n')
        .filter((line) => line.length >= 120),
    ).toEqual([]);
  });

  test('are all there is in their folder', () => {
    expect(readdirSync(folder).sort()).toEqual(SCRIPTED_SCENARIOS.map(({ name }) => `${name}.txt`).sort());
  });
});
