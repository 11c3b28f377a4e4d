import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { appendWhole, publishFile, UNFINISHED } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { segmentName } from "./format.ts";
import { OpenSegment } from "./open-segment.ts";
import { sealSourceOf, writeSealed } from "./write-sealed.ts";

/**
 * Rewrites an open segment, which nobody appends to any more, as a sealed one and removes it. After a crash at any point
 * the open one, the sealed one, or both are there; the sealed one wins. Compression runs on other threads.
 */
export async function sealSegment(openFile: string): Promise<void> {
  const source = OpenSegment.open(openFile);
  try {
    await source.refreshInPieces();
    assert(source.commits > 0 && source.index.unfinished === null, "a segment is sealed with whole commits");
    const target = path.join(path.dirname(openFile), segmentName(source.header.firstTxid, "sealed"));
    const fd = disk.openSync(`${target}${UNFINISHED}`, "w", 0o600);
    try {
      await writeSealed(sealSourceOf(source), (bytes) => appendWhole(fd, bytes));
      reachPoint("seal.written");
      await disk.fsync(fd);
      reachPoint("seal.synced");
    } finally {
      disk.closeSync(fd);
    }
    publishFile(target, () => reachPoint("seal.renamed"));
    reachPoint("seal.published");
  } finally {
    source.close();
  }
  disk.rmSync(openFile);
  reachPoint("seal.open-removed");
}
