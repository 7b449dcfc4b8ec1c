/** Values of attributes; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element. Children are markup already: text goes through `escapeXml` first. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const listed = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${showValue(value)}"`))
    .join('');
  const inside = children.join('');
  return inside === '' ? `<${name}${listed}/>` : `<${name}${listed}>${inside}</${name}>`;
}

/** An element with a tooltip. */
export function titled(title: string, name: string, attributes: Attributes, ...children: readonly string[]): string {
  return element(name, attributes, element('title', {}, escapeXml(title)), ...children);
}

/** `text` as it may stand anywhere in a document; what XML 1.0 cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(FORBIDDEN, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Pixels with one place behind the point: the same bytes everywhere, and no more of them than the eye needs. */
export function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Control characters, surrogates without their partner, and the two that are no characters. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function showValue(value: string | number): string {
  return typeof value === 'number' ? pixels(value) : escapeXml(value);
}
