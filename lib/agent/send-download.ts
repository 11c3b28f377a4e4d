import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Downloads } from "./downloads.ts";

const NAME = /^\/downloads\/([0-9a-f-]{36})$/;

/** Streams a download, or the part of it that `range: bytes=<first>-<last>` names. False when the call is about something else. */
export async function sendDownload(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  downloads: Pick<Downloads, "find">,
): Promise<boolean> {
  const id = incoming.method === "GET" ? NAME.exec(incoming.url ?? "")?.[1] : undefined;
  if (id === undefined) return false;
  const found = await downloads.find(id);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? "") ?? [];
  const start = Number(first ?? 0);
  const end = Number(last ?? (found ? found.sizeBytes - 1 : 0));
  if (!found || start > end || end >= found.sizeBytes) {
    outgoing.writeHead(404, { "content-length": 0 });
    outgoing.end();
    return true;
  }
  outgoing.writeHead(200, { "content-length": end - start + 1 });
  // Whoever went away in the middle is not waited for.
  await pipeline(createReadStream(found.file, { start, end }), outgoing).catch(() => outgoing.destroy());
  return true;
}
