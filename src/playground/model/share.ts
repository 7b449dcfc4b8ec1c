/** What a link says: a run, where its reader stood, and what was planted. */
export interface Shared {
  /** A plan as in a file. */
  readonly plan: Readonly<Record<string, unknown>>;
  readonly bug: string | undefined;
  /** The cursor: microseconds, and the place in the recording. */
  readonly at: number;
  readonly place: number;
  readonly lesson: string | undefined;
}

/** A shared run as text; `readShared` takes it back. */
export function sharedText(shared: Shared): string {
  return JSON.stringify({ v: 1, ...shared });
}

/** Undefined for anything that `sharedText` did not make. The plan is still to be decoded. */
export function readShared(text: string): Shared | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['v'] !== 1) return undefined;
  const { plan, bug, at, place, lesson } = value;
  if (!isRecord(plan) || !isPlace(at) || !isPlace(place)) return undefined;
  return { plan, bug: nameIn(bug), at, place, lesson: nameIn(lesson) };
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The names of all bugs take less. */
const NAME_AT_MOST = 4_000;

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.length < NAME_AT_MOST ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
