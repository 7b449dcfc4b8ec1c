import { effect, signal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A canvas that is drawn once per frame at most, and only when a signal that its drawing reads has changed. */
export function useCanvas(draw: (context: CanvasRenderingContext2D, size: Size) => void): {
  readonly ref: { readonly current: HTMLCanvasElement | null };
  readonly size: Signal<Size>;
} {
  const ref = useRef<HTMLCanvasElement>(null);
  const size = useRef(signal<Size>({ width: 0, height: 0 })).current;
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d', { alpha: false });
    if (canvas === null || context === null || context === undefined) return undefined;
    const observer = new ResizeObserver(() => {
      size.value = { width: canvas.clientWidth, height: canvas.clientHeight };
    });
    observer.observe(canvas);
    size.value = { width: canvas.clientWidth, height: canvas.clientHeight };
    let frame: number | undefined;
    const dispose = effect(() => {
      const now = size.value;
      // The drawing is made in the frame; what it reads is read here, so that a change of it makes the next frame.
      needs.value();
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        const ratio = Math.min(2, devicePixelRatio);
        const [width, height] = [Math.round(now.width * ratio), Math.round(now.height * ratio)];
        if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        if (now.width > 0 && now.height > 0) latest.current(context, size.peek());
      });
    });
    return () => {
      dispose();
      observer.disconnect();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [size]);
  return { ref, size };
}

/** Reads every signal that a picture depends on. */
const needs = signal<() => void>(() => undefined);

export function drawAfterChangesOf(read: () => void): void {
  needs.value = read;
}
