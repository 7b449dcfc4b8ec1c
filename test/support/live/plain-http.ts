import type { LiveCluster } from './live-cluster.ts';

/** What a stranger sees of an answer. */
export interface Seen {
  readonly status: number;
  readonly body: unknown;
  /** `understudy-token`: what the client has seen by now. */
  readonly token: string;
  /** `understudy-cache`: hit or miss; undefined where the cache had no part in it. */
  readonly cache: string | undefined;
}

/** `GET /stocks/FishCo`, at a node of the cluster, by plain HTTP. A body that is no text goes out as JSON. */
export type Ask = (
  node: string,
  request: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Seen>;

/** Somebody who knows addresses and HTTP, and nothing else. */
export function strangerTo(cluster: Pick<LiveCluster, 'address'>): Ask {
  return async (node, request, body, headers = {}) => {
    const [method = 'GET', path = '/'] = request.split(' ');
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`http://${cluster.address(node)}${path}`, { method, headers, ...content });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      token: response.headers.get('understudy-token') ?? '',
      cache: response.headers.get('understudy-cache') ?? undefined,
    };
  };
}
