import { through } from '../worker/through.ts';

/** Deflated, in the alphabet of URLs. */
export async function packed(text: string): Promise<string> {
  const bytes = await through(new Blob([text]).stream(), new CompressionStream('deflate-raw'), Infinity, '');
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
