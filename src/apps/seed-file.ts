import type { Json } from '../protocol/model/json.ts';

/** A record of a seed file. */
export interface SeedRecord {
  readonly name: string;
}

/** A fault in a line of a file; lines count from 1. */
interface SeedProblem {
  readonly line: number;
  readonly reason: string;
}

/** The records of a file in its order, or all its faults. */
type ParsedSeed<Row> =
  | { readonly type: 'parsed'; readonly rows: readonly Row[] }
  | { readonly type: 'rejected'; readonly problems: readonly SeedProblem[] };

/**
 * The first records of a new cluster, from a file: how the file is parsed, and how each record is written by an
 * operator's request unless it is there.
 */
export interface SeedFile<Row extends SeedRecord = SeedRecord> {
  /** The flag that names another file: `catalog` is `--catalog <file>`. */
  readonly flag: string;
  /** Its help. */
  readonly help: string;
  /** The default file, relative to the folder of the services. */
  readonly sample: string;
  readonly words: {
    /** The name of the file: `catalogue`. */
    readonly file: string;
    /** A record, and several: `stock`, `stocks`. */
    readonly one: string;
    readonly many: string;
    /** The participle of a written record: `listed`. */
    readonly written: string;
    /**
     * The message about a record that is there and differs from the file: `is listed at another price, which stays`.
     */
    readonly differs: string;
  };
  /** The path that answers all records, and takes one by `POST`. */
  readonly path: string;
  parse(text: string): ParsedSeed<Row>;
  /** The body that writes a record. */
  bodyOf(row: Row): Readonly<Record<string, Json>>;
  /** The names of existing records, each with the value to compare; undefined for another body. */
  present(body: unknown): ReadonlyMap<string, Json> | undefined;
  /** The value of a record that is compared with the existing one. */
  valueOf(row: Row): Json;
  /** The reason in the body of an error. */
  reasonIn(body: unknown): string | undefined;
}
