import { sharedText } from '../model/share.ts';
import { packed, unfolded } from './packing.ts';
import { cursor, lessonId, version } from './state.ts';

/** The page without a run. */
function page(): string {
  return `${location.origin}${location.pathname}`;
}

function textNow(): string | undefined {
  const now = version.value;
  if (now?.plan === undefined) return undefined;
  const { place, at } = cursor.value;
  return sharedText({ plan: now.plain, bug: now.bug, at: Math.round(at), place, lesson: lessonId.value });
}

/** The address of what is shown: the run, the cursor, the bug. */
export async function linkNow(): Promise<string> {
  const text = textNow();
  return text === undefined ? page() : `${page()}#${await packed(text)}`;
}

/** The same, longer and at once: for what may not wait. */
export function longLinkNow(): string {
  const text = textNow();
  return text === undefined ? page() : `${page()}#${unfolded(text)}`;
}
