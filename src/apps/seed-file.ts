import type { Json } from '../protocol/model/json.ts';

/** A record that a cluster can begin with. */
export interface SeedRecord {
  readonly name: string;
}

/** What is wrong with a line of a file; lines count from 1. */
interface SeedProblem {
  readonly line: number;
  readonly reason: string;
}

/** The records of a file in its order, or all that is wrong with it. */
type ParsedSeed<Row> =
  | { readonly type: 'parsed'; readonly rows: readonly Row[] }
  | { readonly type: 'rejected'; readonly problems: readonly SeedProblem[] };

/**
 * The records that a new cluster of a service begins with, out of a file: how the file is read, and how each record is
 * written by a request of an operator unless it is there.
 */
export interface SeedFile<Row extends SeedRecord = SeedRecord> {
  /** The flag that names another file: `catalog` is `--catalog <file>`. */
  readonly flag: string;
  /** Its help. */
  readonly help: string;
  /** The file where none is named, from the folder of the services on. */
  readonly sample: string;
  readonly words: {
    /** What the file is: `catalogue`. */
    readonly file: string;
    /** What a record is, and several: `stock`, `stocks`. */
    readonly one: string;
    readonly many: string;
    /** What becomes of it: `listed`. */
    readonly written: string;
    /** What is said of one that is there and differs from the file: `is listed at another price, which stays`. */
    readonly differs: string;
  };
  /** The path that answers what is there, and takes a record by `POST`. */
  readonly path: string;
  parse(text: string): ParsedSeed<Row>;
  /** The body that writes a record. */
  bodyOf(row: Row): Readonly<Record<string, Json>>;
  /** The names that are there, each with what `valueOf` compares; undefined where the body is not an answer of this path. */
  present(body: unknown): ReadonlyMap<string, Json> | undefined;
  /** What of a record is compared with the one that is there. */
  valueOf(row: Row): Json;
  /** The reason in the body of an error. */
  reasonIn(body: unknown): string | undefined;
}
