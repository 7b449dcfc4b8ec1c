/** Nonces used within a time: each is accepted once. */
export interface Nonces {
  /**
   * Uses `nonce`, which is remembered until `until`. `used`: it was used before. `full`: there is no room to remember
   * it.
   */
  use(nonce: string, until: number, now: number): 'fresh' | 'used' | 'full';
}

/** Remembers at most `atMost` nonces. Times are in milliseconds, on any one clock. */
export function createNonces(atMost: number): Nonces {
  const used = new Map<string, number>();
  return {
    use(nonce, until, now) {
      if ((used.get(nonce) ?? Number.NEGATIVE_INFINITY) >= now) return 'used';
      if (used.size >= atMost) forget(now);
      if (used.size >= atMost) return 'full';
      used.set(nonce, until);
      return 'fresh';
    },
  };

  function forget(now: number): void {
    for (const [nonce, until] of used) if (until < now) used.delete(nonce);
  }
}
