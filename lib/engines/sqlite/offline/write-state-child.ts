import { crc32 } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { answerJob } from "../children/answer-job.ts";
import { readUpTo } from "../history/durable-file.ts";
import { openHistory } from "../history/open-history.ts";
import { materialiseEitherWay, type Way } from "../restore/materialise-either-way.ts";

/**
 * Writes the state of commit `txid` into `file`, which may exist and is overwritten, syncs it, and reads it back: each page
 * must be what the history names. Opens a history and a file of its own, nothing else.
 */
export type WriteStateQuestion = { historyDirectory: string; txid: number; file: string; workspaceFile: string };
export type WrittenState = { pages: number; pageSizeBytes: number; way: Way };

const PAGES_AT_ONCE = 1024;

await answerJob<WriteStateQuestion>(async (question, report): Promise<WrittenState> => {
  const { historyDirectory, txid, file, workspaceFile } = question;
  const history = openHistory(historyDirectory);
  const { crcs, way } = await materialiseEitherWay(history, txid, file, report, workspaceFile);
  readBack(file, history.pageSize, crcs);
  return { pages: crcs.length, pageSizeBytes: history.pageSize, way };
});

function readBack(file: string, pageSize: number, crcs: Uint32Array): void {
  const fd = disk.openSync(file, "r");
  try {
    for (let first = 0; first < crcs.length; first += PAGES_AT_ONCE) {
      const count = Math.min(PAGES_AT_ONCE, crcs.length - first);
      const bytes = readUpTo(fd, count * pageSize, first * pageSize);
      for (let i = 0; i < count; i++) {
        const page = bytes.subarray(i * pageSize, (i + 1) * pageSize);
        if (page.length === pageSize && crc32(page) === crcs[first + i]) continue;
        throw wroteWrongly(file, `page ${first + i + 1} reads back as something else`);
      }
    }
    const { size } = disk.fstatSync(fd);
    if (size !== crcs.length * pageSize) throw wroteWrongly(file, `it has ${size} bytes`);
  } finally {
    disk.closeSync(fd);
  }
}

function wroteWrongly(file: string, cause: string): LastgoodError {
  return new LastgoodError("restore_failed", `${file} is not what was written to it: ${cause}.`, {
    hint: "The disk that it was written to is failing: write to another one.",
  });
}
