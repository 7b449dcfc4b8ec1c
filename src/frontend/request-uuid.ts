const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The uuid in `text` in its one spelling, lower case; undefined where there is none. Any version will do. */
export function uuidIn(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  return UUID.test(lower) ? lower : undefined;
}

/** When `uuid` was made, in Unix milliseconds: a version 7 says so itself (RFC 9562 §5.7), others do not. */
export function issuedAtOf(uuid: string): number | undefined {
  return uuid[14] === '7' ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : undefined;
}

/** Another uuid than `uuid` for each `attempt` from 1 up: what planted bug M30 sends. */
export function anotherUuid(uuid: string, attempt: number): string {
  const digits = (Number.parseInt(uuid.slice(-4), 16) + attempt) % 0x1_0000;
  return uuid.slice(0, -4) + digits.toString(16).padStart(4, '0');
}
