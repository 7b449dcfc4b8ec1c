import { through } from '../worker/through.ts';

/** Deflated, in the alphabet of URLs. */
export async function packed(text: string): Promise<string> {
  return inUrl(await through(new Blob([text]).stream(), new CompressionStream('deflate-raw'), Infinity, ''));
}

/** The same without compression, and at once: `unpacked` reads both. */
export function unfolded(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const blocks: number[] = [];
  // RFC 1951 §3.2.4: whether it is the last block, its length, and the complement of that.
  for (let from = 0; from === 0 || from < bytes.length; from += BLOCK) {
    const block = bytes.subarray(from, from + BLOCK);
    const [low, high] = [block.length & 0xff, block.length >> 8];
    blocks.push(from + BLOCK >= bytes.length ? 1 : 0, low, high, low ^ 0xff, high ^ 0xff);
    for (const byte of block) blocks.push(byte);
  }
  return inUrl(Uint8Array.from(blocks));
}

const BLOCK = 0xffff;

function inUrl(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Throws where the text was not packed so, or is longer than any run. */
export async function unpacked(text: string): Promise<string> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const inflate = new DecompressionStream('deflate-raw');
  return new TextDecoder().decode(
    await through(new Blob([bytes]).stream(), inflate, UNPACKED_AT_MOST, 'the link unfolds to more than any run'),
  );
}

/** A URL of a few bytes may unfold to any size: beyond this it is no run. */
const UNPACKED_AT_MOST = 4_000_000;
