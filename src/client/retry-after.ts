/**
 * `Retry-After` in milliseconds from now: seconds, or a date (RFC 9110 §10.2.3). Undefined where there is none, or none
 * that can be read.
 */
export function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
