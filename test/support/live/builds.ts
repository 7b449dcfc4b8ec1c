import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SPOKEN } from '../../../src/protocol/wire/spoken.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const PARTS = ['bin', 'src', 'package.json', 'tsconfig.json', 'tsconfig.base.json'];

/**
 * The commit that brought the oldest version of the wire which this build still speaks: the oldest build that it must
 * serve with. Undefined where the history is not there: in a package, or a checkout of the last commits alone.
 */
export function oldestBuild(): string | undefined {
  try {
    if (git('rev-parse', '--is-shallow-repository') !== 'false') return undefined;
    const brought = `-SSPOKEN: WireRange = { from: ${SPOKEN.from}, to: ${SPOKEN.from} }`;
    const commits = git('log', '--format=%H', brought, '--', 'src/protocol/wire/spoken.ts').split('\n');
    return commits.findLast((commit) => commit !== '');
  } catch {
    return undefined;
  }
}

/** Puts the build of a commit into `folder`. Resolves to its command. */
export async function buildOf(commit: string, folder: string): Promise<string> {
  await mkdir(folder);
  const archive = join(folder, 'build.tar');
  git('archive', '--output', archive, commit, ...PARTS);
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  return withModules(folder);
}

/**
 * Puts this build into `folder`, as the next release would be that adds an optional field to a message: it speaks one
 * more version, and every heartbeat has the field. Resolves to its command.
 */
export async function nextBuild(folder: string): Promise<string> {
  const next = SPOKEN.to + 1;
  for (const part of PARTS) await cp(join(root, part), join(folder, part), { recursive: true });
  const protocol = join(folder, 'src', 'protocol');
  await change(join(protocol, 'wire', 'spoken.ts'), `to: ${SPOKEN.to} }`, `to: ${next} }`);
  const field = `added: { ...orAbsent(text), since: ${next} }`;
  await change(join(protocol, 'wire', 'shapes.ts'), '  heartbeat: {\n', `  heartbeat: { ${field},\n`);
  const heartbeat = "{ type: 'heartbeat', epoch";
  await change(join(protocol, 'replica', 'primary-log.ts'), heartbeat, `{ added: 'a field', ${heartbeat.slice(2)}`);
  return withModules(folder);
}

async function withModules(folder: string): Promise<string> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'bin', 'understudy.mjs');
}

async function change(path: string, from: string, to: string): Promise<void> {
  const source = await readFile(path, 'utf8');
  const [before, behind, ...more] = source.split(from);
  if (before === undefined || behind === undefined || more.length > 0)
    throw new Error(`${path} does not have ${from} once`);
  await writeFile(path, `${before}${to}${behind}`);
}

function git(...words: readonly string[]): string {
  return execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
