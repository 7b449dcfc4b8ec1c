import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { problem } from './state.ts';

/** A part of the page that is loaded when it is first shown; until then `meanwhile` stands in its place. */
export function lazy(load: () => Promise<FunctionComponent>, meanwhile?: string): FunctionComponent {
  const loaded = signal<{ readonly Part: FunctionComponent } | undefined>(undefined);
  return function Lazy(): preact.JSX.Element | null {
    useEffect(() => {
      if (loaded.value !== undefined) return;
      load().then((Part) => {
        loaded.value = { Part };
      }, sayNotLoaded);
    }, []);
    if (loaded.value !== undefined) return <loaded.value.Part />;
    return meanwhile === undefined ? null : <p>{meanwhile}</p>;
  };
}

/** The page is there and its server is not. */
export function sayNotLoaded(error: unknown): void {
  problem.value = { title: 'A part of the page cannot be loaded', text: `Is its server gone? ${String(error)}` };
}
