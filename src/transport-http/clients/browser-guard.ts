import { isIP } from 'node:net';

/** Which pages in browsers may call a process, and under which names it is reached. */
export interface BrowserRules {
  /**
   * Names of the process besides addresses, names without a dot, and `localhost`: `shop.example`, `.shop.example` with
   * every name below it, or `*` for any. By another name a page of a stranger would reach this process as its own
   * origin, once that name leads here (DNS rebinding).
   */
  readonly hosts: readonly string[];
  /** Origins whose pages may call it, and read the answers (CORS): `https://shop.example`, or `*` for any. */
  readonly origins: readonly string[];
}

/** A request, as far as the rules for browsers need it. */
export interface BrowserCall {
  readonly method: string;
  readonly host: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it is a GET that changes something. */
  readonly changes: boolean;
}

export interface BrowserGuard {
  /** Why the call is not taken, if so. */
  refusal(call: BrowserCall): { readonly status: number; readonly reason: string } | undefined;
  /** The headers by which a page of an allowed origin may read the answer; of a preflight request, too. */
  headersFor(headers: BrowserCall['headers']): Readonly<Record<string, string>>;
  /** Whether a call asks on behalf of an allowed page what it may send. */
  isPreflight(call: Pick<BrowserCall, 'method' | 'headers'>): boolean;
}

/** What other headers than CORS's own a page may send, and see in an answer. */
const SENT = 'content-type, idempotency-key, understudy-token, understudy-read, x-request-id';
const EXPOSED = 'understudy-token, understudy-uuid, understudy-cache, retry-after, x-request-id';

/** Seconds for which a browser may keep the answer to a preflight request. */
const PREFLIGHT_KEPT = 600;

/** A program that is no browser sends none of the headers looked at here, and is never refused but for its host. */
export function createBrowserGuard({ hosts, origins }: BrowserRules): BrowserGuard {
  const isAllowed = (origin: string | undefined): boolean =>
    origin !== undefined && (origins.includes('*') || origins.includes(origin));
  return {
    refusal(call) {
      const { headers, host } = call;
      if (host !== undefined && !isKnownHost(nameIn(host), hosts))
        return { status: 421, reason: `host: this process is not known as ${nameIn(host)} (--allow-host)` };
      if (isAllowed(headers['origin']) || !isForeign(call)) return undefined;
      return { status: 403, reason: 'a page of another origin may not call this (--allow-origin)' };
    },
    headersFor(headers) {
      const { origin } = headers;
      if (origins.length === 0) return {};
      if (origin === undefined || !isAllowed(origin)) return { vary: 'origin' };
      return {
        vary: 'origin',
        'access-control-allow-origin': origin,
        'access-control-expose-headers': EXPOSED,
        ...(headers['access-control-request-method'] === undefined ? {} : PREFLIGHT),
      };
    },
    isPreflight: ({ method, headers }) =>
      method === 'OPTIONS' && headers['access-control-request-method'] !== undefined && isAllowed(headers['origin']),
  };
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-allow-headers': SENT,
  'access-control-max-age': String(PREFLIGHT_KEPT),
};

/** Whether a page of another origin makes the call. */
function isForeign({ method, host, headers, changes }: BrowserCall): boolean {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'user-agent': agent = '' } = headers;
  if (site === 'same-origin' || site === 'none') return false;
  if (origin !== undefined) return !isSameHost(origin, host);
  // A link on another page leads to a page of this process, and changes nothing here.
  if (site !== undefined) return !(method === 'GET' && mode === 'navigate' && !changes);
  // Without encryption a browser sends no `Sec-Fetch-Site` to other machines, and for an image no origin either.
  return changes && agent.startsWith('Mozilla/');
}

function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === named;
}

/** The name in `host`, without the port, in lower case and without a dot at its end. */
function nameIn(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
}

function isKnownHost(name: string, hosts: readonly string[]): boolean {
  // No stranger can make one of these lead here: an address is what it is, and the others are no public names.
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || !name.includes('.') || name.endsWith('.localhost')) return true;
  return hosts.some((host) => host === '*' || host === name || (host.startsWith('.') && name.endsWith(host)));
}
