import path from "node:path";
import { crc32 } from "node:zlib";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { encodeBlockHeader, encodeSegmentHeader, segmentName } from "./format.ts";
import { RecordTag } from "./history-identity.ts";
import { COMMIT_HEADER, type CommitHeader, Payload, RECORD } from "./payload.ts";
import { COMMIT_FLAGS, type LogPosition } from "./records.ts";

/** What a history starts with: the state of its base image. */
export type FirstCommit = { timeMs: number; sizePages: number; position: LogPosition; imageCrc: number };

/** Creates a history whose base image is already in its place; its first record is the image's commit, number 1. */
export function createHistory(directory: string, historyId: Buffer, pageSize: number, first: FirstCommit): void {
  const tag = new RecordTag(historyId);
  tag.addPage(0, first.imageCrc);
  const commit: CommitHeader = {
    txid: 1,
    timeMs: first.timeMs,
    rawTimeMs: first.timeMs,
    gapFromMs: null,
    flags: COMMIT_FLAGS.base,
    sizeBefore: 0,
    sizeAfter: first.sizePages,
    pageCount: 0,
    position: first.position,
    recordTag: tag.finish(1, first.position),
  };
  const payload = new Payload();
  payload.begin(RECORD.commit, COMMIT_HEADER);
  payload.endCommit(commit, 0);
  const block = payload.block();
  encodeBlockHeader(
    {
      payloadBytes: payload.bytes,
      firstTxid: 1,
      commits: 1,
      records: 1,
      chainBefore: 0,
      payloadCrc: crc32(payload.payload()),
    },
    block,
  );
  const header = encodeSegmentHeader({ kind: "open", historyId, firstTxid: 1, pageSize, chainBefore: 0 });
  writeFileDurably(path.join(directory, segmentName(1, "open")), header, block);
}
