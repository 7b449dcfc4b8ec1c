/** Interval between two checks of the condition, in milliseconds. */
const LOOK_EVERY = 20;

/** Polls `holds`. Resolves to whether it became true within so many milliseconds. */
export async function waitUntil(holds: () => boolean, within: number): Promise<boolean> {
  const end = performance.now() + within;
  while (!holds()) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
  return true;
}
