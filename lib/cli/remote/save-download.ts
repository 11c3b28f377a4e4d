import { createWriteStream, existsSync, linkSync, rmSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { formatBytes } from "../../client/format-bytes.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call } from "./call.ts";
import { explainFailure } from "./explain-failure.ts";

/**
 * Saves an answer's bytes under a name that is free: whole or not at all. Answers the file's full path and its size in bytes.
 */
export async function saveDownload(call: Call, route: string, output: string, query = {}) {
  const target = path.resolve(output);
  if (existsSync(target)) {
    throw new LastgoodError("conflict", `${target} is there already.`, { hint: "Name a file that is not there yet." });
  }
  const response = await call.api.download(route, query);
  const expected = Number(response.headers.get("content-length") ?? Number.NaN);
  const draft = `${target}.part-${process.pid}`;
  let sizeBytes = 0;
  async function* pieces(body: Response["body"]) {
    for await (const piece of body ?? []) {
      sizeBytes += piece.byteLength;
      const share = expected > 0 ? sizeBytes / expected : null;
      if (process.stderr.isTTY === true) call.output.watch("downloading", share, formatBytes(sizeBytes));
      yield piece;
    }
  }
  try {
    await pipeline(pieces(response.body), createWriteStream(draft, { flags: "wx", mode: 0o600, flush: true }));
    if (expected >= 0 && sizeBytes !== expected) throw new Error("the answer ended too early");
    // A link, not a rename: whoever made the file meanwhile keeps it.
    linkSync(draft, target);
  } catch (error) {
    if (error instanceof Error && "syscall" in error && "path" in error) throw error;
    throw explainFailure(call.api.url, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return { output: target, sizeBytes };
}
