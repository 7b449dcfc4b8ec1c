/**
 * Why `text` is no well-formed XML document of elements, attributes and text, or nothing. Knows neither comments nor
 * instructions: a diagram has none.
 */
export function whyMalformed(text: string): string | undefined {
  const open: string[] = [];
  let rest = text;
  let roots = 0;
  while (rest !== '') {
    const token = TOKEN.exec(rest);
    if (token === null) return `cannot read on at ${rest.slice(0, 60)}`;
    const [whole, close, name, attributes = '', slash, words] = token;
    rest = rest.slice(whole.length);
    if (close !== undefined && open.pop() !== close) return `</${close}> closes what is not open`;
    if (words !== undefined && open.length === 0 && words.trim() !== '') return `text outside: ${words}`;
    if (name === undefined) continue;
    if (open.length === 0) roots += 1;
    const names = [...attributes.matchAll(/\s([\w:-]+)=/g)].map((match) => match[1]);
    if (new Set(names).size < names.length) return `an attribute twice in ${whole}`;
    if (slash !== '/') open.push(name);
  }
  if (open.length > 0) return `${open.join(', ')} left open`;
  return roots === 1 ? undefined : `${roots} roots`;
}

const TEXT = String.raw`(?:[^<>&\u0000-\u0008\u000B\u000C\u000E-\u001F]|&(?:amp|lt|gt|quot);)`;
const TOKEN = new RegExp(String.raw`^(?:</([\w:-]+)>|<([\w:-]+)((?:\s[\w:-]+="(?:(?!")${TEXT})*")*)(/?)>|(${TEXT}+))`);
