import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** Lower-case hex SHA-256 and size of a file, read piece by piece. */
export async function sumFile(file: string, signal?: AbortSignal): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  await pipeline(
    createReadStream(file, { highWaterMark: 1024 * 1024 }),
    async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) {
        hash.update(piece);
        sizeBytes += piece.length;
      }
    },
    { ...(signal ? { signal } : null) },
  );
  return { sizeBytes, sha256: hash.digest("hex") };
}
