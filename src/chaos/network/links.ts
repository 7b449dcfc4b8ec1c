import type { NodeId } from '../../protocol/model/epoch.ts';
import { linkBetween, type Network } from '../../sim/world/network.ts';
import { isOpen, type LinkFate, linkFateOf } from '../decide/link-fate.ts';
import { createProxy, type Direction, type Proxy } from './proxy.ts';
import { micros } from './pump.ts';

/** The links of a cluster, each through a proxy of its own: from node to node, and from clients to front ends. */
export interface Links {
  /** The rules in force. Call `settle` after a change. */
  readonly network: Network;
  /** The address at which `from` reaches `to`, as `host:port`. */
  address(from: string, to: NodeId): string;
  open(): Promise<void>;
  settle(): void;
  /** A process of `node` has started or ended: connections to it are accepted, or refused. */
  hasProcess(node: NodeId, isThere: boolean): Promise<void>;
  /** Breaks the connections of all clients to a front end. */
  reset(frontEnd: NodeId): void;
  close(): Promise<void>;
}

export interface LinksOptions {
  readonly network: Network;
  /** `host:port` at which each node listens behind the proxies. */
  readonly addresses: Readonly<Record<NodeId, string>>;
  readonly frontEnds: readonly NodeId[];
  readonly clients: readonly string[];
  /** Ports for the proxies: at least one for each link (`linkCount`). */
  readonly ports: readonly number[];
}

const HOST = '127.0.0.1';

/** Answers of a node on a link belong to that link and are never cut. */
const OPEN: Direction = {
  linkFate: (): LinkFate => ({ type: 'passes', at: 0 }),
  isOpen: () => true,
  isCut: () => false,
};

/** The number of links, and so of ports, in a cluster of that size. */
export function linkCount(nodes: number, frontEnds: number, clients: number): number {
  return nodes * (nodes - 1) + clients * frontEnds;
}

export function createLinks({ network, addresses, frontEnds, clients, ports }: LinksOptions): Links {
  const proxies = new Map<string, { readonly to: NodeId; readonly port: number; readonly proxy: Proxy }>();
  const nodes = Object.keys(addresses);
  for (const from of nodes) {
    for (const to of nodes) if (from !== to) put(from, to, OPEN);
  }
  for (const client of clients) {
    for (const frontEnd of frontEnds) put(client, frontEnd, direction(frontEnd, client));
  }
  const all = (): readonly Proxy[] => [...proxies.values()].map(({ proxy }) => proxy);

  return {
    network,
    address(from, to) {
      const found = proxies.get(`${from}>${to}`);
      return found === undefined ? '' : `${HOST}:${found.port}`;
    },
    open: () => Promise.all(all().map((proxy) => proxy.listen())).then(() => undefined),
    settle() {
      for (const proxy of all()) proxy.settle();
    },
    async hasProcess(node, isThere) {
      if (!network.plan.refusals) return;
      for (const { to, proxy } of proxies.values()) {
        if (to !== node) continue;
        if (isThere) await proxy.listen();
        else proxy.refuse();
      }
    },
    reset(frontEnd) {
      for (const client of clients) proxies.get(`${client}>${frontEnd}`)?.proxy.reset();
    },
    close: () => Promise.all(all().map((proxy) => proxy.close())).then(() => undefined),
  };

  function put(from: string, to: NodeId, back: Direction): void {
    const port = ports[proxies.size] ?? 0;
    const refuses = network.plan.refusals;
    const target = splitAddress(addresses[to] ?? '');
    const proxy = createProxy({ host: HOST, port, target, forth: direction(from, to), back, refuses });
    proxies.set(`${from}>${to}`, { to, port, proxy });
  }

  function direction(from: string, to: string): Direction {
    return {
      linkFate: () => linkFateOf(network, from, to, micros()),
      isOpen: () => isOpen(network, from, to),
      isCut: () => linkBetween(network, from, to).cut > 0,
    };
  }
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
