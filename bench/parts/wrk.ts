import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figures } from './figures.ts';

/** A request that an outside generator sends; `{n}` in the body stands for sixteen letters and digits that no other
 * request has. */
export interface WrkRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body: string;
}

/** Whether `wrk` is here (Debian: `apt-get install wrk`): a load generator of other people, in C. */
export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version']).error === undefined;
}

/** `clients` keep-alive connections of one thread, each with one request after the other. */
export async function wrk(request: WrkRequest, clients: number, seconds: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-wrk-'));
  try {
    const script = join(folder, 'request.lua');
    await writeFile(script, scriptOf(request));
    const text = await outputOf([
      '-t',
      '1',
      '-c',
      String(clients),
      '-d',
      `${seconds}s`,
      '--timeout',
      '30s',
      '-s',
      script,
      request.url,
    ]);
    const line = /^figures (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+)$/m.exec(text);
    if (line === null) throw new Error(`wrk said: ${text}`);
    const [, requests, failed, micros, p10, p50, p99] = line.map(Number);
    if (requests === undefined || failed === undefined || micros === undefined) throw new Error(text);
    return {
      clients,
      requests: requests - failed,
      failed,
      perSecond: Math.round((requests - failed) / (micros / 1e6)),
      p10Millis: inMillis(p10),
      p50Millis: inMillis(p50),
      p99Millis: inMillis(p99),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function inMillis(micros: number | undefined): number {
  return Math.round((micros ?? Number.NaN) / 10) / 100;
}

/** The keys of a run begin anew with each start of wrk, hence a prefix by the clock. */
function scriptOf({ method, body }: WrkRequest): string {
  const [before, after] = body.split('{n}');
  const text =
    after === undefined
      ? JSON.stringify(body)
      : `${JSON.stringify(before)} .. prefix .. string.format("%08d", counter) .. ${JSON.stringify(after)}`;
  return `
local counter = 0
local prefix = ${JSON.stringify(Date.now().toString(36))}
wrk.method = ${JSON.stringify(method)}
wrk.headers["content-type"] = "application/json"
function request()
  counter = counter + 1
  return wrk.format(nil, nil, nil, ${method === 'GET' ? 'nil' : text})
end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.timeout + errors.read + errors.write
  io.write(string.format("figures %d %d %d %.1f %.1f %.1f\\n", summary.requests, failed, summary.duration,
    latency:percentile(10), latency:percentile(50), latency:percentile(99)))
end
`;
}

function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}
