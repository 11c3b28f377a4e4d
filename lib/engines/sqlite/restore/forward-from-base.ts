import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { historyDamaged } from "../history/format.ts";
import { applyDelta } from "../history/page-delta.ts";
import type { HistoryView } from "../history/records.ts";
import type { PageWorkspace } from "./page-workspace.ts";

export type ForwardRequest = {
  toTxid: number;
  pages: ReadonlySet<number>;
  /** What each of them must be, by its CRC-32. */
  wantedCrcs: ReadonlyMap<number, number>;
  signal?: AbortSignal;
};

/**
 * The other way to a page's content: its version in the base image and every step from there, into the workspace. Throws
 * `history_damaged` for a page that is not what it must be in the end.
 */
export function forwardFromBase(history: HistoryView, request: ForwardRequest, workspace: PageWorkspace): void {
  const { toTxid, pages, wantedCrcs, signal } = request;
  const base = history.base();
  const fd = disk.openSync(base.path, "r");
  try {
    for (const page of pages) {
      const content = Buffer.alloc(history.pageSize);
      if (page <= base.sizePages) {
        disk.readSync(fd, content, 0, history.pageSize, (page - 1) * history.pageSize);
        if (crc32(content) !== base.crcOf(page)) {
          throw historyDamaged(base.path, `page ${page} fails its checksum`, base.txid, toTxid);
        }
      }
      workspace.put(page, content);
    }
  } finally {
    disk.closeSync(fd);
  }
  for (const step of history.steps(base.txid + 1, toTxid, "ascending")) {
    for (const { page, delta } of step.pages) {
      if (!pages.has(page)) continue;
      const content = workspace.get(page);
      assert(content, "every page has begun with its base image");
      applyDelta(content, delta);
      workspace.put(page, content);
    }
    signal?.throwIfAborted();
  }
  for (const page of pages) {
    const content = workspace.get(page);
    if (content && crc32(content) === wantedCrcs.get(page)) continue;
    throw new LastgoodError(
      "history_damaged",
      `Page ${page} cannot be brought back: neither end of the history yields it.`,
      { hint: "Choose another moment, and have the history verified.", toTxid },
    );
  }
}
