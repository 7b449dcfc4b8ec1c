interface Place {
  readonly x: number;
  readonly y: number;
}

/** A rectangle by its middle. */
export interface Box extends Place {
  readonly width: number;
  readonly height: number;
}

/** The first of those places at which something of that size lies clear of all boxes. */
export function clearPlace(
  size: { readonly width: number; readonly height: number },
  places: readonly Place[],
  boxes: readonly Box[],
): Box | undefined {
  return places
    .map((place) => ({ ...place, ...size }))
    .find((one) =>
      boxes.every(
        (box) =>
          Math.abs(box.x - one.x) >= (box.width + one.width) / 2 ||
          Math.abs(box.y - one.y) >= (box.height + one.height) / 2,
      ),
    );
}
