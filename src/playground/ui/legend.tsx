const SIGNS = [
  ['★', 'leads (the primary)'],
  ['thin line', 'follows'],
  ['▮', 'log entries'],
  ['◆', 'election'],
  ['▶', 'request, answer'],
  ['·', 'heartbeat'],
  ['✕', 'crashed, or lost'],
  ['‖', 'held, or paused'],
  ['hollow', 'no node took it'],
  ['✓ ✗ ?', 'answered, refused, unknown'],
] as const;

/** What the signs of the pictures mean. */
export function Legend(): preact.JSX.Element {
  return (
    <section class="legend">
      <h3>What you see</h3>
      <ul>
        {SIGNS.map(([sign, meaning]) => (
          <li key={sign}>
            <b>{sign}</b> {meaning}
          </li>
        ))}
      </ul>
      <p>
        Boxes under a group are its log: <b>full</b> visible, <b>pale</b> on disk, <b>pale above a bar</b> safe,{' '}
        <b>dotted</b> in memory only, <b>empty</b> not here. On the lanes they stand where that comes true.
      </p>
    </section>
  );
}
