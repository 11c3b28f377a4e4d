import { type DocumentLimits, documentTooLarge } from "./document-limits.ts";

const NEWLINE = 0x0a;

/**
 * The lines of a stream, without their ends. No more than one line and one piece of the stream is in memory: a line beyond what
 * `limitBytes` allows, or a stream beyond the limit of documents, is refused as `payload_too_large` as soon as that is known.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  limits: DocumentLimits,
  /** For the line that is being read. */
  limitBytes: () => number,
): AsyncGenerator<{ line: Buffer; isEnded: boolean }> {
  let parts: Buffer[] = [];
  let waiting = 0;
  let total = 0;
  for await (const piece of source) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    total += bytes.length;
    if (total > limits.documentBytes) throw documentTooLarge("The document", limits.documentBytes);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      const rest = bytes.subarray(from, end);
      if (waiting + rest.length > limitBytes()) throw documentTooLarge("A line of the document", limitBytes());
      yield { line: parts.length === 0 ? rest : Buffer.concat([...parts, rest]), isEnded: true };
      parts = [];
      waiting = 0;
      from = end + 1;
    }
    if (from === bytes.length) continue;
    const rest = bytes.subarray(from);
    waiting += rest.length;
    if (waiting > limitBytes()) throw documentTooLarge("A line of the document", limitBytes());
    // What gives the pieces may use their memory again.
    parts.push(Buffer.from(rest));
  }
  if (waiting > 0) yield { line: Buffer.concat(parts), isEnded: false };
}
