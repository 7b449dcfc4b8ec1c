const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The uuid in `text`, of any version, in lower case; undefined for any other text. */
export function uuidIn(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  return UUID.test(lower) ? lower : undefined;
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
