/** Interval of the look, in milliseconds. */
const LOOK_EVERY = 500;

/** Reports each change of `isOutlived`, from false on. Returns how to end it. */
export function watchOutlived(isOutlived: () => boolean, changed: (isSo: boolean) => void): () => void {
  let was = false;
  const timer = setInterval(() => {
    const is = isOutlived();
    if (is === was) return;
    was = is;
    changed(is);
  }, LOOK_EVERY);
  timer.unref();
  return () => clearInterval(timer);
}
