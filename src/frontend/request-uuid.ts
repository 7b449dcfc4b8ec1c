const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The nil and the max uuid (RFC 9562 §5.9, §5.10): they name nothing, so two writes may well have the same. */
const NO_NAMES = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/**
 * The uuid in `text`, of any version, in lower case, without the quotes that the draft of `Idempotency-Key` has around
 * it; undefined for any other text.
 */
export function uuidIn(text: string): string | undefined {
  const lower = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase();
  return UUID.test(lower) && !NO_NAMES.includes(lower) ? lower : undefined;
}

/** When a version 7 uuid was made (RFC 9562 §5.7), in Unix milliseconds; undefined for other versions. */
export function issuedAtOf(uuid: string): number | undefined {
  return uuid[14] === '7' ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : undefined;
}

/** A different uuid for each `attempt` from 1 up: what planted bug `retries-under-new-uuid` sends. */
export function anotherUuid(uuid: string, attempt: number): string {
  const digits = (Number.parseInt(uuid.slice(-4), 16) + attempt) % 0x1_0000;
  return uuid.slice(0, -4) + digits.toString(16).padStart(4, '0');
}
