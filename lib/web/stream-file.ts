import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { LastgoodError } from "../domain/errors.ts";

/** A file that never changes under its tag, and a way to its bytes `first` to `last`. */
export type StreamedFile = {
  name: string;
  /** Names the content: the same tag is the same bytes. */
  tag: string;
  sizeBytes: number;
  open(part: { first: number; last: number }): Promise<Readable>;
  headers: Record<string, string>;
};

/**
 * Answers with a file, or with the one part of it that `Range` asks for, so that a download that broke off goes on (RFC 9110,
 * sections 13 and 14). Several ranges at once are answered with the whole. A range beyond the end is 416.
 */
export async function streamFile(request: Request, file: StreamedFile): Promise<Response> {
  const { sizeBytes, name } = file;
  const etag = `"${file.tag}"`;
  const headers: Record<string, string> = {
    etag,
    "accept-ranges": "bytes",
    // Compressed on its way its parts would not fit together.
    "cache-control": "no-store, no-transform",
    "content-type": "application/vnd.sqlite3",
    "content-disposition": `attachment; filename="${name}"`,
    "x-content-type-options": "nosniff",
    // Next.js takes `content-length` off what it streams.
    "x-lastgood-size": `${sizeBytes}`,
    ...file.headers,
  };
  if (matches(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const ifRange = request.headers.get("if-range");
  const part = ifRange === null || ifRange === etag ? readRange(request.headers.get("range"), sizeBytes) : null;
  if (part === "beyond") throw beyondEnd(sizeBytes);
  const { first, last } = part ?? { first: 0, last: sizeBytes - 1 };
  if (part) headers["content-range"] = `bytes ${first}-${last}/${sizeBytes}`;
  const status = part ? 206 : 200;
  // Next.js answers HEAD with what GET would: then nobody fetches the bytes.
  if (request.method === "HEAD") {
    return new Response(null, { status, headers: { ...headers, "content-length": `${last - first + 1}` } });
  }
  const bytes = await file.open({ first, last });
  const body = Readable.toWeb(bytes) as ReadableStream<Uint8Array>;
  return new Response(body as unknown as BodyInit, { status, headers });
}

function matches(header: string | null, etag: string): boolean {
  return header?.split(",").some((one) => [etag, `W/${etag}`, "*"].includes(one.trim())) ?? false;
}

/** One range as the first and the last byte; null for none, several or what is no range at all. */
function readRange(header: string | null, sizeBytes: number): { first: number; last: number } | "beyond" | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  const [from = "", to = ""] = found?.slice(1) ?? [];
  if (!found || (from === "" && to === "")) return null;
  if (from === "") {
    const length = Math.min(Number(to), sizeBytes);
    return length === 0 ? "beyond" : { first: sizeBytes - length, last: sizeBytes - 1 };
  }
  const first = Number(from);
  const last = to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== "" && Number(to) < first) return null;
  return first >= sizeBytes ? "beyond" : { first, last };
}

function beyondEnd(sizeBytes: number): LastgoodError {
  return new LastgoodError("range_not_satisfiable", `The file has ${sizeBytes} bytes.`, {
    field: "Range",
    hint: "The download is complete, or was begun with another file. Begin it again without a range.",
    sizeBytes,
  });
}
