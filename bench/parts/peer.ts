import type { Figures } from './figures.ts';
import type { WrkRequest } from './wrk.ts';

/** A replicated service under measurement: three members on this machine that answer a write once it is durable. */
export interface Peer {
  readonly name: string;
  /** What it is, with its version, and what one write is. */
  readonly about: string;
  /** Its processes; their CPU and memory are what a write costs. The generator of the load is none of them. */
  pids(): readonly number[];
  /** The write as an outside generator sends it, where the peer speaks HTTP. */
  readonly http?: WrkRequest;
  /** Durable writes by `clients` clients, one after the other each, for so many seconds. */
  write(clients: number, seconds: number): Promise<Figures>;
  /** Snapshots that its members have begun so far: a window without one says nothing about their cost. */
  snapshots?(): Promise<number>;
  stop(): Promise<void>;
}
