import { canonicalHostPort, isPort, joinHostPort, splitHostPort } from '../../protocol/model/host-port.ts';

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

/** The place of a node. Parts that are not given stay as they were `before`. */
export function placeOf({ port, host, address }: PlaceGiven, before: Place | undefined): Place | PlaceProblem {
  const known = before === undefined ? undefined : splitHostPort(before.listen);
  const at = { host: host ?? known?.host ?? '127.0.0.1', port: port ?? known?.port };
  if (at.port === undefined) return { problem: 'no-port' };
  if (!isPort(at.port)) return { problem: 'impossible-port', port: at.port };
  const listen = joinHostPort({ host: at.host, port: at.port });
  if (address !== undefined) return reachedAt(listen, address);
  if (before !== undefined && port === undefined && host === undefined) return reachedAt(before.listen, before.address);
  const isAnywhere = at.host === '0.0.0.0' || at.host === '::';
  return isAnywhere ? { problem: 'every-interface', host: at.host } : reachedAt(listen, listen);
}

/** The address in the form that the others accept. */
function reachedAt(listen: string, given: string): Place | PlaceProblem {
  const address = addressIn(given);
  return address === undefined ? { problem: 'malformed-address', address: given } : { listen, address };
}

/**
 * The address of a node that `text` names, in its one form; undefined where it names none. A URL may also refuse a name
 * that is not what it encodes (`xn--…`).
 */
export function addressIn(text: string): string | undefined {
  const address = canonicalHostPort(text);
  return address !== undefined && URL.canParse(`http://${address}`) ? address : undefined;
}
