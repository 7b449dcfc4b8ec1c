/** How deep the answers of processes are nested at most, with room: `JSON.parse` takes 40 bytes for each bracket. */
const DEPTH_AT_MOST = 100;

/** Parses JSON of any origin. Throws a `SyntaxError` where it is none, or nested too deep. */
export function parseShallow(text: string): unknown {
  if (!isShallow(text)) throw new SyntaxError(`nested more than ${DEPTH_AT_MOST} deep`);
  return JSON.parse(text);
}

/** Whether JSON is nested within the bound; said without building anything of it. */
function isShallow(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length && depth <= DEPTH_AT_MOST; at += 1) {
    const character = text[at];
    if (character === '"') isInString = !isInString;
    else if (isInString) at += character === '\\' ? 1 : 0;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
  }
  return depth <= DEPTH_AT_MOST;
}
