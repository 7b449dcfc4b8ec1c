import { printableLines } from '../../protocol/model/printable.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { callSigned } from '../../security/call-process.ts';
import { callerFrom, type CredentialFlags, takesCredentials } from '../shared/credentials.ts';
import { UsageError, UserError } from '../shared/errors.ts';

/** Adds `understudy client call`: a call that proves the cluster's secret, which `curl` cannot do. */
export function registerCall(client: Command): void {
  takesCredentials(
    client
      .command('call')
      .description("call a path that takes a proof of the cluster's secret; exits 0 where the answer is a yes")
      .argument('<method>', 'GET or POST', methodOf)
      .argument('<url>', 'host:port/path; a port alone is one of this machine: 4599/greet/event')
      .argument('[body]', 'JSON'),
  ).action(call);
}

async function call(method: 'GET' | 'POST', url: string, body: string | undefined, flags: CredentialFlags) {
  const [, scheme = '', host = '', path = ''] = /^(https?:\/\/)?([^/]+)(\/.*)$/.exec(url) ?? [];
  if (path === '') throw new UsageError(`${url} is no host:port/path`);
  const address = `${scheme}${/^\d+$/.test(host) ? `127.0.0.1:${host}` : host}`;
  const asked = { method, path, ...(body === undefined ? {} : { body }) };
  const answer = await callSigned(address, asked, await callerFrom(flags)).catch((error: unknown) => {
    throw new UserError(`${address} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  });
  process.stdout.write(`${answer.status}${answer.body === '' ? '' : ` ${printableLines(answer.body)}`}\n`);
  process.exitCode = answer.status < 400 ? 0 : 1;
}

function methodOf(text: string): 'GET' | 'POST' {
  const method = text.toUpperCase();
  if (method === 'GET' || method === 'POST') return method;
  throw new InvalidArgumentError('GET or POST is expected.');
}
