/** Signs that fonts lack are drawn. */
const PATHS = {
  first: 'M3 3v10M13 3 6 8l7 5z',
  back: 'M12 3 4 8l8 5z',
  play: 'M4 2.5 13 8l-9 5.500z',
  pause: 'M4.500 3v10M11.500 3v10',
  next: 'M4 3l8 5-8 5z',
  last: 'M3 3l7 5-7 5zM13 3v10',
  warn: 'M8 2.500 14.500 13.500h-13zM8 6.500v3.500M8 11.700v.3',
  undo: 'M3 7h7a3.500 3.500 0 0 1 0 7H6M3 7l3.500-3.500M3 7l3.500 3.500',
  share: 'M8 10V2M5 5l3-3 3 3M3 9v5h10V9',
  open: 'M2 4h4l1.500 2H14v7H2z',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }): preact.JSX.Element {
  const isFilled = ['first', 'back', 'play', 'next', 'last'].includes(name);
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
