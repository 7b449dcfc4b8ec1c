/** The whole of a stream, transformed. Rejects with a `RangeError` that says `tooLong` once it has more than `atMost` bytes. */
export async function through(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  transform: CompressionStream | DecompressionStream | undefined,
  atMost: number,
  tooLong: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = (transform === undefined ? from : from.pipeThrough(transform)).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.length;
    if (size > atMost) throw new RangeError(tooLong);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
