import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { writeWhole } from "../../../storage/durable-file.ts";
import { archiveSegment, COMPRESSED } from "./archive-segment.ts";
import type { incarnationFolders } from "./cluster-history.ts";
import { indexFiles, readIfThere } from "./index-files.ts";
import { ARCHIVED_BYTES, decodeArchived, decodeSummaries, encodeArchived } from "./segment-summary.ts";
import { listReceived, segmentName } from "./wal-files.ts";

/** Moves whole segments, once they are indexed, from where they are received to the archive. */
export class SegmentArchive {
  readonly #folders: ReturnType<typeof incarnationFolders>;
  readonly #segmentBytes: number;
  readonly #archived: Set<string>;
  #moving: Promise<void> | null = null;
  #isClosed = false;

  constructor(folders: ReturnType<typeof incarnationFolders>, segmentBytes: number) {
    this.#folders = folders;
    this.#segmentBytes = segmentBytes;
    const { archive } = indexFiles(folders.index);
    const bytes = readIfThere(archive);
    const rows = decodeArchived(bytes);
    if (rows.length * ARCHIVED_BYTES < bytes.length) {
      const fd = disk.openSync(archive, "r+");
      disk.ftruncateSync(fd, rows.length * ARCHIVED_BYTES);
      disk.closeSync(fd);
    }
    this.#archived = new Set(rows.map((row) => segmentName(row, segmentBytes)));
  }

  /** Archives whatever is whole and indexed. One at a time: whoever asks meanwhile waits for the same. */
  move(): Promise<void> {
    this.#moving ??= this.#move().finally(() => {
      this.#moving = null;
    });
    return this.#moving;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#moving?.catch(() => undefined);
  }

  async #move(): Promise<void> {
    const { wal } = this.#folders;
    const received = listReceived(wal, this.#segmentBytes).filter(({ isPartial }) => !isPartial);
    if (received.length === 0) return;
    const summaries = decodeSummaries(readIfThere(indexFiles(this.#folders.index).segments));
    const indexed = new Set(summaries.map((one) => segmentName(one, this.#segmentBytes)));
    // The newest one stays: from its name the receiver knows after a restart where to go on.
    const newest = received.at(-1)?.name;
    for (const { name, timeline, segment } of received) {
      if (this.#isClosed) return;
      if (!indexed.has(name)) continue;
      if (!this.#archived.has(name)) await this.#add(name, { timeline, segment });
      if (name !== newest) disk.rmSync(path.join(wal, name));
    }
  }

  async #add(name: string, where: { timeline: number; segment: number }): Promise<void> {
    const source = path.join(this.#folders.wal, name);
    const stored = await archiveSegment(source, path.join(this.#folders.archive, `${name}${COMPRESSED}`));
    const fd = disk.openSync(indexFiles(this.#folders.index).archive, "a", 0o600);
    try {
      writeWhole(fd, encodeArchived({ ...where, ...stored }), null);
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    this.#archived.add(name);
  }
}
