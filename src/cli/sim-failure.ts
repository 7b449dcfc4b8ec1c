import { type Capsule, keep } from './sim-files.ts';
import { print, showViolation } from './sim-output.ts';

/** Keeps a failure, says where and how to see it again, and makes the command exit 1. */
export async function keepFailure(name: string, stem: string, capsule: Capsule, json: boolean): Promise<void> {
  process.exitCode = 1;
  const file = await keep(stem, capsule);
  if (capsule.violation === undefined) return;
  // Standard output has one JSON object a line and nothing else; whoever reads along still wants to know.
  const text = `${showViolation(name, capsule.violation)}\n  plan    ${file}\n  replay  npx understudy sim replay ${file} --trace`;
  if (json) console.error(text);
  else print(text);
}
