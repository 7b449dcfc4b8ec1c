import { Agent, request } from 'node:http';
import type { ClientOperation } from '../sim/base/history.ts';
import { bodyOf, headersOf } from '../sim/base/request.ts';
import type { Answer } from '../sim/clients/client.ts';

/** The connections of one client: one to each front end, kept open between requests as in a browser. */
export interface HttpClient {
  /**
   * Sends an operation with `authHeaders` among its headers. Undefined when no whole answer came within `within`
   * milliseconds; then the client hangs up.
   */
  ask(address: string, operation: ClientOperation, within: number, authHeaders: Headers): Promise<Answer | undefined>;
  close(): void;
}

type Headers = Readonly<Record<string, string>>;

export function createHttpClient(): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return { ask, close: () => agent.destroy() };

  function ask(
    address: string,
    operation: ClientOperation,
    within: number,
    authHeaders: Headers,
  ): Promise<Answer | undefined> {
    const { call } = operation;
    const body = bodyOf(call);
    const headers = {
      ...(call.method === 'POST'
        ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        : {}),
      ...headersOf(call, operation),
      ...authHeaders,
    };
    return new Promise((resolve) => {
      const end = (answer: Answer | undefined): void => {
        clearTimeout(timeout);
        resolve(answer);
        if (answer === undefined) asked.destroy();
      };
      const asked = request(`http://${address}${call.path}`, { method: call.method, headers, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => end(undefined));
        response.on('end', () =>
          end({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            token: oneHeader(response.headers['understudy-token']),
            uuid: oneHeader(response.headers['understudy-uuid']),
            fromCache: oneHeader(response.headers['understudy-cache']) === 'hit',
            isFailure: oneHeader(response.headers['understudy-error']) !== '',
          }),
        );
        response.on('aborted', () => end(undefined));
      });
      const timeout = setTimeout(() => end(undefined), within);
      asked.on('error', () => end(undefined));
      asked.end(body);
    });
  }
}

function oneHeader(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
