import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { writeFileDurably, writeWhole } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { encodeSegmentHeader, SEGMENT_HEADER, type SegmentHeader, segmentName } from "./format.ts";
import type { OpenSegment } from "./open-segment.ts";

/** The open segment being written. `end` and `chain` stand behind its last block. */
export type AppendableSegment = {
  file: string;
  fd: number;
  firstTxid: number;
  /** Infinite while it holds no commit. */
  firstTimeMs: number;
  end: number;
  /** Behind what the last sync that succeeded has made durable. */
  durableEnd: number;
  commits: number;
  chain: number;
};

/** Creates an empty segment, durably. */
export function createSegment(directory: string, header: Omit<SegmentHeader, "kind">): AppendableSegment {
  const { firstTxid, chainBefore } = header;
  const file = path.join(directory, segmentName(firstTxid, "open"));
  writeFileDurably(file, encodeSegmentHeader({ kind: "open", ...header }));
  const fd = disk.openSync(file, "r+");
  return {
    file,
    fd,
    firstTxid,
    firstTimeMs: Number.POSITIVE_INFINITY,
    end: SEGMENT_HEADER,
    durableEnd: SEGMENT_HEADER,
    commits: 0,
    chain: chainBefore,
  };
}

/**
 * Goes on with the segment that was open, without the torn block at its end if there is one. Its last blocks are written
 * again: whoever wrote them may have died before their sync, or after one that failed, and then a sync alone proves
 * nothing, since the kernel counts those pages as written, https://lwn.net/Articles/752063/
 */
export function continueSegment(segment: OpenSegment): AppendableSegment {
  const fd = disk.openSync(segment.file, "r+");
  try {
    disk.ftruncateSync(fd, segment.end);
    reachPoint("open.tail-cut");
    for (const { at, bytes } of segment.unprovenBlocks()) writeWhole(fd, bytes, at);
    reachPoint("open.tail-rewritten");
    disk.fsyncSync(fd);
    reachPoint("open.tail-synced");
  } catch (error) {
    disk.closeSync(fd);
    throw error;
  }
  return {
    file: segment.file,
    fd,
    firstTxid: segment.header.firstTxid,
    firstTimeMs: segment.commits > 0 ? segment.table().timeMs(0) : Number.POSITIVE_INFINITY,
    end: segment.end,
    durableEnd: segment.end,
    commits: segment.commits,
    chain: segment.chainAfter,
  };
}
