import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOf } from './figures.ts';
import type { Peer } from './peer.ts';

/** Where Debian keeps the programs of the newest PostgreSQL that is installed. */
const HOME = '/usr/lib/postgresql';

/** Whether PostgreSQL can be started here (Debian: `apt-get install postgresql`). */
export function hasPostgres(): boolean {
  return binaries() !== undefined;
}

/**
 * A primary and two synchronous standbys on loopback, from `port` on: a commit returns once both have it on disk. It
 * fails over by hand only; no other of the peers needs that.
 */
export async function startPostgres(port: number): Promise<Peer> {
  const bin = binaries();
  if (bin === undefined) throw new Error('PostgreSQL is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-postgres-'));
  const owner = ownerOf();
  const own = async (path: string): Promise<void> => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  };
  await chmod(folder, 0o755);
  const dataOf = (name: string): string => join(folder, name);
  const names = ['primary', 'a', 'b'];
  for (const name of names) await own(dataOf(name));
  const run = (program: string, args: readonly string[]): void => {
    const { status, stderr } = spawnSync(join(bin, program), args, { ...owner, encoding: 'utf8', cwd: folder });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  const start = (name: string, place: number): void =>
    run('pg_ctl', ['-D', dataOf(name), '-w', '-l', join(dataOf(name), 'log'), '-o', optionsOf(port + place), 'start']);
  const stop = async (): Promise<void> => {
    for (const name of names) {
      spawnSync(join(bin, 'pg_ctl'), ['-D', dataOf(name), '-m', 'immediate', 'stop'], { ...owner, cwd: folder });
    }
    await rm(folder, { recursive: true, force: true });
  };
  const sql = (text: string): void =>
    run('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench', '-d', 'postgres', '-qc', text]);
  try {
    run('initdb', ['-D', dataOf('primary'), '-U', 'bench', '-A', 'trust', '--no-sync']);
    start('primary', 0);
    for (const [nth, name] of ['a', 'b'].entries()) {
      const source = `host=127.0.0.1 port=${port} user=bench application_name=${name}`;
      run('pg_basebackup', ['-D', dataOf(name), '-R', '-X', 'stream', '-d', source]);
      start(name, nth + 1);
    }
    sql(`alter system set synchronous_standby_names = '2 (a, b)'`);
    sql('select pg_reload_conf()');
    sql('create table users (id bigserial primary key, name text)');
    const logs = join(folder, 'latencies');
    await own(logs);
    const script = join(folder, 'insert.sql');
    await writeFile(script, `insert into users (name) values ('ada') returning id;\n`);
    return {
      name: 'postgresql',
      about: `PostgreSQL ${bin.split('/').at(-2) ?? ''}, two synchronous standbys, insert by pgbench, prepared`,
      pids: () => names.flatMap((name) => processesOf(dataOf(name))),
      async write(clients, seconds) {
        const jobs = String(Math.min(2, clients));
        const args = ['-n', '-M', 'prepared', '-f', script, '-c', String(clients), '-j', jobs, '-T', String(seconds)];
        const target = ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench', '-l', '--log-prefix=run', 'postgres'];
        await finished(join(bin, 'pgbench'), [...args, ...target], { ...owner, cwd: logs });
        const durations: number[] = [];
        for (const file of await readdir(logs)) {
          // Client, transaction, microseconds, script, second, microsecond.
          for (const line of (await readFile(join(logs, file), 'utf8')).split('\n')) {
            if (line !== '') durations.push(Number(line.split(' ')[2]) / 1_000);
          }
          await rm(join(logs, file));
        }
        return figuresOf(clients, durations, 0, seconds);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function binaries(): string | undefined {
  if (!existsSync(HOME)) return undefined;
  const newest = readdirSync(HOME).sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(HOME, newest, 'bin');
}

/** PostgreSQL does not run as root: its own user then. */
function ownerOf(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (line === null) throw new Error('there is no user postgres');
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

function optionsOf(port: number): string {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 400,
    synchronous_commit: 'on',
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(' ');
}

/** The postmaster of a folder and the processes that it has started. */
function processesOf(data: string): readonly number[] {
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  return [postmaster, ...children.split(' ').filter(Boolean).map(Number)];
}

function finished(program: string, args: readonly string[], options: { readonly cwd: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'ignore'] });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${String(code)}`));
    });
  });
}
