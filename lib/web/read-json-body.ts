import { LastgoodError } from "../domain/errors.ts";

/**
 * Reads a request's JSON, at most `limitBytes` of it. Anything but plain `application/json` is `unsupported_media_type`:
 * a form of another site cannot send that. Throws `payload_too_large`, `invalid_input`.
 */
export async function readJsonBody(request: Request, limitBytes: number): Promise<unknown> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json" || request.headers.has("content-encoding")) {
    throw new LastgoodError("unsupported_media_type", "The body must be uncompressed application/json.", {
      hint: "Send the header Content-Type: application/json.",
    });
  }
  const bytes = await readBounded(request, limitBytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const hint = "Check quotes, commas and encoding; text is UTF-8.";
    throw new LastgoodError("invalid_input", "The body is not valid JSON.", { field: "", hint }, { cause });
  }
}

/** Reads a body of at most `limitBytes`. Throws `payload_too_large` before it has read more. */
export async function readBounded(request: Request, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new LastgoodError("payload_too_large", `The body is larger than ${limitBytes} bytes.`, { hint: "Send less." });
  if (Number(request.headers.get("content-length") ?? "0") > limitBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
