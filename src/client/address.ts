/**
 * Normalises the base address of a front end: no slashes at its end, with or without a prefix. An empty one, or a path,
 * is the origin of a page in a browser. Throws a `RangeError` that names any other: no request to it could be sent.
 */
export function baseAddress(address: string): string {
  const base = address.replace(/\/+$/, '');
  if (base === '' || base.startsWith('/')) return base;
  if (/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/i.test(base) && isUrl(base)) return base;
  throw new RangeError(`${JSON.stringify(address)} is no address of a front end, such as "http://127.0.0.1:4560"`);
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).host !== '';
  } catch {
    return false;
  }
}
