// Kills a process that writes to a data folder, again and again, and looks each time whether all it said was durable is there.
//
//     node scripts/kill-rounds.mjs [--rounds 300] [--seed 1]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { register } from 'tsx/esm/api';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
});
register();
const { killRounds } = await import('../test/support/storage/kill/rounds.ts');
const parent = mkdtempSync(join(tmpdir(), 'understudy-kill-'));
// The folder of a failed round is kept for inspection.
const tally = await killRounds(join(parent, 's1'), Number(values.rounds), Number(values.seed));
rmSync(parent, { recursive: true });
console.log(tally);
