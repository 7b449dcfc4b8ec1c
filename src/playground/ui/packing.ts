/** Deflated, in the alphabet of URLs. */
export async function packed(text: string): Promise<string> {
  const bytes = await through(new Blob([text]).stream(), new CompressionStream('deflate-raw'));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Throws where the text was not packed so, or is longer than any run. */
export async function unpacked(text: string): Promise<string> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(
    await through(new Blob([bytes]).stream(), new DecompressionStream('deflate-raw'), UNPACKED_AT_MOST),
  );
}

/** A URL of a few bytes may unfold to any size: beyond this it is no run. */
const UNPACKED_AT_MOST = 4_000_000;

async function through(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  transform: CompressionStream | DecompressionStream,
  atMost = Infinity,
): Promise<Uint8Array> {
  const reader = from.pipeThrough(transform).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.length;
    if (size > atMost) throw new RangeError('the link unfolds to more than any run');
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
