/** A remote address as the host of `host:port`: `10.0.0.7`, `[fe80::1]`. */
export function hostOf(remoteAddress: string): string {
  const plain = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return plain.includes(':') ? `[${plain}]` : plain;
}
