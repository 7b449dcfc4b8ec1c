/** Signs that fonts lack are drawn. */
const PATHS = {
  first: 'M2.500 3v10M8.500 3 4 8l4.500 5zM14 3 9.500 8 14 13z',
  back: 'M3 3v10M12.500 3 5.500 8l7 5z',
  play: 'M4 2.5 13 8l-9 5.500z',
  pause: 'M4.500 3v10M11.500 3v10',
  next: 'M3.500 3l7 5-7 5zM13 3v10',
  warn: 'M8 2.500 14.500 13.500h-13zM8 6.500v3.500M8 11.700v.3',
  undo: 'M3 7h7a3.500 3.500 0 0 1 0 7H6M3 7l3.500-3.500M3 7l3.500 3.500',
  share: 'M8 10V2M5 5l3-3 3 3M3 9v5h10V9',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }): preact.JSX.Element {
  const isFilled = ['first', 'back', 'play', 'next'].includes(name);
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill={isFilled ? 'currentColor' : 'none'}
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  );
}
