/** Values of attributes; undefined ones are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element. Children are markup: text goes through `escapeXml` first. */
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

/** A whole SVG document with its title, style sheet and background (class `paper`); `width` and `height` in pixels. */
export function svgDocument(
  { title, style, width, height }: Readonly<Record<'title' | 'style', string> & Record<'width' | 'height', number>>,
  ...children: readonly string[]
): string {
  return `${element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' },
    element('title', {}, escapeXml(title)),
    element('style', {}, style),
    element('rect', { class: 'paper', width: '100%', height: '100%' }),
    ...children,
  )}\n`;
}

/** `text`, escaped for any place in a document; characters that XML 1.0 forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(FORBIDDEN, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Pixels with one decimal: equal bytes everywhere, in the precision of the eye. */
export function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Control characters, lone surrogates, and the two non-characters. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function showValue(value: string | number): string {
  return typeof value === 'number' ? pixels(value) : escapeXml(value);
}
