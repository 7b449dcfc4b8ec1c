import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { connect } from 'node:net';

const PATH = `${process.env['PATH']}:/usr/sbin`;

/** Whether this machine has a program; tests that need one are skipped elsewhere. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('which', [name], { stdio: 'ignore', env: { ...process.env, PATH } });
    return true;
  } catch {
    return false;
  }
}

/** The output of a program that is to end by itself, within 30 s. */
export function run(name: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { env: { ...process.env, PATH }, timeout: 30_000 });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', reject);
    child.on('close', () => resolve(output));
    child.stdin.end(input);
  });
}

/** Starts a program that listens at `port`, and resolves once it does. */
export async function startListening(name: string, args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(name, args, { env: { ...process.env, PATH }, stdio: 'ignore' });
  for (let waits = 0; !(await listens(port)); waits += 1) {
    if (waits > 200 || child.exitCode !== null) throw new Error(`${name} does not listen`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

/** Ends a program, and resolves once it has ended. */
export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.kill('SIGTERM');
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
