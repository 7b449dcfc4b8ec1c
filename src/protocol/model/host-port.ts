const LAST_PORT = 65_535;

/** The longest name of a host (RFC 1035 §2.3.4). */
const NAME_AT_MOST = 253;

/** The longest address: a name with the dot of its root, a colon and five digits. */
const HOST_PORT_AT_MOST = NAME_AT_MOST + 1 + 6;

/** A part of a name between dots. The underscore is none of DNS, but of names in container networks. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** An address as its parts. A host of IPv6 is without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * `text` as the address of a node, `host:port`, in the form that a URL gives back unchanged; undefined where it cannot
 * stand in a URL. The host is a name in lower case, four numbers, or IPv6 in brackets (RFC 5952), with neither user nor
 * path nor zone; the port is one from 1 to 65535.
 */
export function canonicalHostPort(text: string): string | undefined {
  if (text.length > HOST_PORT_AT_MOST) return undefined;
  const [, host, digits] = /^(.+):([0-9]{1,5})$/s.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || !isPort(port)) return undefined;
  const canonical = canonicalHost(host.toLowerCase());
  return canonical === undefined ? undefined : `${canonical}:${port}`;
}

/** Whether `text` is an address of a node in its one form. */
export function isHostPort(text: string): boolean {
  return canonicalHostPort(text) === text;
}

/** Joins an address of parts: IPv6 gets its brackets. */
export function joinHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Splits an address: `[::1]:4599`, and `::1:4599` as earlier versions wrote it, is port 4599 of the host `::1`. */
export function splitHostPort(address: string): HostPort {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= LAST_PORT;
}

function canonicalHost(host: string): string | undefined {
  if (host.startsWith('[') && host.endsWith(']')) {
    const groups = groupsOf(host.slice(1, -1));
    return groups === undefined ? undefined : `[${showGroups(groups)}]`;
  }
  const labels = host.replace(/\.$/, '').split('.');
  if (host.length > NAME_AT_MOST || !labels.every((label) => LABEL.test(label))) return undefined;
  // A URL takes a host for four numbers where its last part is one, also in base eight or sixteen.
  const isNumber = /^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '');
  return !isNumber || isIPv4(host) ? host : undefined;
}

function isIPv4(host: string): boolean {
  const parts = host.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2); undefined for any other text. */
function groupsOf(text: string): readonly number[] | undefined {
  const halves = withoutIPv4(text)?.split('::') ?? [];
  const [before, after] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (before === undefined || halves.length > 2) return undefined;
  const given = [...before, ...(after ?? [])];
  const isWhole = after === undefined ? given.length === 8 : given.length < 8;
  if (!isWhole || !given.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  const zeros = Array.from({ length: 8 - given.length }, () => '0');
  return [...before, ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16));
}

/** The text with an IPv4 address at its end as two groups. */
function withoutIPv4(text: string): string | undefined {
  const [, before, ipv4] = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(text) ?? [];
  if (before === undefined || ipv4 === undefined) return text;
  if (!isIPv4(ipv4)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return `${before}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** As RFC 5952 §4 has it: the first of the longest runs of two or more zeros is left out. */
function showGroups(groups: readonly number[]): string {
  const texts = groups.map((group) => group.toString(16));
  let [start, length] = [0, 1];
  for (let at = 0; at < 8; at += 1) {
    let end = at;
    while (groups[end] === 0) end += 1;
    if (end - at > length) [start, length] = [at, end - at];
  }
  if (length === 1) return texts.join(':');
  return `${texts.slice(0, start).join(':')}::${texts.slice(start + length).join(':')}`;
}
