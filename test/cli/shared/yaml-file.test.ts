import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UsageError } from '../../../src/cli/shared/errors.ts';
import { readYaml } from '../../../src/cli/shared/yaml-file.ts';
import { PLAN_BYTES_AT_MOST } from '../../../src/sim/plan/plan-bytes.ts';
import { HOSTILE_PLANS } from '../../support/playground/hostile-plans.ts';
import { newFolder } from '../../support/storage/stores.ts';

it.each(HOSTILE_PLANS)('A file with %s is refused in one line', async (_, text, says) => {
  const file = join(await newFolder(), 'plan.yaml');
  await writeFile(file, text);
  const reading = readYaml(file, PLAN_BYTES_AT_MOST);
  await expect(reading).rejects.toBeInstanceOf(UsageError);
  await expect(reading).rejects.toThrow(says);
  await expect(reading).rejects.toThrow(/^[^\n]{1,200}$/);
});
