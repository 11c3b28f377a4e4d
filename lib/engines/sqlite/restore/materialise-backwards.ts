import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { readWhole, writeWhole } from "../../../storage/durable-file.ts";
import { historyDamaged, MIRROR_NAME } from "../history/format.ts";
import type { HistoryView } from "../history/records.ts";
import { checksumsAt } from "./checksums-at.ts";
import { contentAt } from "./content-at.ts";
import type { PageWorkspace } from "./page-workspace.ts";

/** Small enough to stay in a processor's cache from reading to writing. */
const CHUNK_BYTES = 1024 * 1024;
/** How often a mirror that somebody writes at this moment is read again. */
const TRIES = 3;

/**
 * Writes the whole database as it was right after commit `txid` to `file` and syncs it, like `materialise` but from the other
 * end: the mirror, with every page touched since taken backwards. Needs neither base image nor any commit before `txid`.
 * Every page is checked. Throws `history_damaged`.
 * @returns the CRC-32 of each page, page 1 first
 */
export async function materialiseBackwards(
  history: HistoryView,
  txid: number,
  file: string,
  report: (done: number, total: number) => void,
  workspaceFile: string,
): Promise<Uint32Array<ArrayBuffer>> {
  for (let tries = 1; ; tries++) {
    const { workspace, sizePages } = await contentAt(history, {
      toTxid: txid,
      sinceTxid: txid,
      skip: new Set(),
      workspaceFile,
      report,
    });
    try {
      const newest = checksumsAt(history, history.newest().txid);
      const result = writeState({ history, file, workspace, newest, sizePages });
      if (typeof result !== "number") return result;
      if (tries === TRIES) throw historyDamaged(MIRROR_NAME, `page ${result} fails its checksum`, txid, txid);
    } finally {
      workspace.close();
    }
    await sleep(20 * tries);
  }
}

type Writing = {
  history: HistoryView;
  file: string;
  /** The pages touched since, verified. */
  workspace: PageWorkspace;
  /** Checksums of the newest state: right for every page that was not touched since. */
  newest: Uint32Array;
  sizePages: number;
};

/** Answers the checksums, or the first page of the mirror that is not what it has to be. */
function writeState({ history, file, workspace, newest, sizePages }: Writing): Uint32Array<ArrayBuffer> | number {
  const { pageSize } = history;
  const zeroCrc = crc32(Buffer.alloc(pageSize));
  const table = new Uint32Array(sizePages);
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  const buffer = Buffer.allocUnsafeSlow(perChunk * pageSize);
  if (!disk.existsSync(history.mirrorPath()))
    throw historyDamaged(MIRROR_NAME, "it is missing", history.oldest().txid, null);
  const mirror = disk.openSync(history.mirrorPath(), "r");
  const fd = disk.openSync(file, "w", 0o600);
  try {
    for (let first = 1; first <= sizePages; first += perChunk) {
      const count = Math.min(perChunk, sizePages - first + 1);
      const chunk = buffer.subarray(0, count * pageSize);
      readWhole(mirror, chunk, (first - 1) * pageSize);
      for (let page = first; page < first + count; page++) {
        const at = (page - first) * pageSize;
        const computed = workspace.get(page);
        computed?.copy(chunk, at);
        const crc = crc32(chunk.subarray(at, at + pageSize));
        if (!computed && crc !== (newest[page - 1] ?? zeroCrc)) return page;
        table[page - 1] = crc;
      }
      writeWhole(fd, chunk, (first - 1) * pageSize);
    }
    disk.fsyncSync(fd);
    assert(disk.fstatSync(fd).size === sizePages * pageSize, "a state has its size");
    return table;
  } finally {
    disk.closeSync(mirror);
    disk.closeSync(fd);
  }
}
