/** How often a condition is looked at, in milliseconds. */
const LOOK_EVERY = 20;

/** Resolves to whether `holds` came true within so many milliseconds. */
export async function waitUntil(holds: () => boolean, within: number): Promise<boolean> {
  const end = performance.now() + within;
  while (!holds()) {
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
  return true;
}
