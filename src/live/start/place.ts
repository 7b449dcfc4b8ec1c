/** The addresses of a node: where it listens, and where others reach it. Both are `host:port`. */
export interface Place {
  readonly listen: string;
  readonly address: string;
}

/** The given parts of a place. */
export interface PlaceGiven {
  readonly port?: number | undefined;
  /** The interface. Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Where others reach it, if that is not where it listens. */
  readonly address?: string | undefined;
}

/**
 * Why there is no place: no port is known, it listens on every interface and no address is known, or the port or the
 * address cannot be one.
 */
export type PlaceProblem =
  | { readonly problem: 'no-port' }
  | { readonly problem: 'every-interface'; readonly host: string }
  | { readonly problem: 'impossible-port'; readonly port: number }
  | { readonly problem: 'malformed-address'; readonly address: string };

const LAST_PORT = 65_535;

/** The place of a node. Parts that are not given stay as they were `before`. */
export function placeOf({ port, host, address }: PlaceGiven, before: Place | undefined): Place | PlaceProblem {
  const known = before === undefined ? undefined : partsOf(before.listen);
  const at = { host: host ?? known?.host ?? '127.0.0.1', port: port ?? known?.port };
  if (at.port === undefined) return { problem: 'no-port' };
  if (!isPort(at.port)) return { problem: 'impossible-port', port: at.port };
  if (address !== undefined && !isAddress(address)) return { problem: 'malformed-address', address };
  const listen = `${at.host}:${at.port}`;
  if (address !== undefined) return { listen, address };
  if (before !== undefined && port === undefined && host === undefined) return before;
  const isAnywhere = at.host === '0.0.0.0' || at.host === '::';
  return isAnywhere ? { problem: 'every-interface', host: at.host } : { listen, address: listen };
}

/** Splits an address: `[::1]:4599` is port 4599 of the host `::1`. */
export function partsOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

/** Whether `text` is `host:port`, with a port that there is. */
export function isAddress(text: string): boolean {
  return /^[^\s/]{1,255}:\d{1,5}$/.test(text) && isPort(partsOf(text).port);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= LAST_PORT;
}
