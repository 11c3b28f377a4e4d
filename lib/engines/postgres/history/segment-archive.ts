import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, writeWhole } from "../../../storage/durable-file.ts";
import { archiveSegment, COMPRESSED } from "./archive-segment.ts";
import type { incarnationFolders } from "./cluster-history.ts";
import { indexFiles, readIfThere } from "./index-files.ts";
import { ARCHIVED_BYTES, decodeArchived, decodeSummaries, encodeArchived, type SegmentSum } from "./segment-summary.ts";
import { DAMAGED, listReceived, segmentName } from "./wal-files.ts";

/** Moves whole segments, once they are indexed, from where they are received to the archive. */
export class SegmentArchive {
  readonly #folders: ReturnType<typeof incarnationFolders>;
  readonly #segmentBytes: number;
  readonly #archived: Set<string>;
  readonly #tellDamaged: (name: string) => void;
  #moving: Promise<void> | null = null;
  #isClosed = false;

  /** @param damaged told of each segment that is set aside, since it is not what was verified */
  constructor(
    folders: ReturnType<typeof incarnationFolders>,
    segmentBytes: number,
    damaged: (name: string) => void = () => undefined,
  ) {
    this.#folders = folders;
    this.#tellDamaged = damaged;
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
    const indexed = new Map(summaries.map((one) => [segmentName(one, this.#segmentBytes), one]));
    // The newest one stays: from its name the receiver knows after a restart where to go on.
    const newest = received.at(-1)?.name;
    for (const { name, timeline, segment } of received) {
      if (this.#isClosed) return;
      const summary = indexed.get(name);
      if (!summary) continue;
      const isThere = this.#archived.has(name) || (await this.#add(name, { timeline, segment }, summary.sum));
      if (!isThere) this.#setAside(name);
      else if (name !== newest) disk.rmSync(path.join(wal, name));
    }
  }

  /** False: it is not what was verified. What is read wrongly once is read again before that is said. */
  async #add(name: string, where: { timeline: number; segment: number }, sum: SegmentSum | null): Promise<boolean> {
    const source = path.join(this.#folders.wal, name);
    const target = path.join(this.#folders.archive, `${name}${COMPRESSED}`);
    const stored = (await archiveSegment(source, target, sum)) ?? (await archiveSegment(source, target, sum));
    if (!stored) return false;
    const { archive } = indexFiles(this.#folders.index);
    const isFirst = !disk.existsSync(archive);
    const fd = disk.openSync(archive, "a", 0o600);
    try {
      writeWhole(fd, encodeArchived({ ...where, ...stored }), null);
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    // The list itself has to be there after a power cut: the received segment is not any more.
    if (isFirst) syncDirectory(this.#folders.index);
    this.#archived.add(name);
    return true;
  }

  /** Whoever looks for it finds it missing, as it is; its bytes stay for people. */
  #setAside(name: string): void {
    const file = path.join(this.#folders.wal, name);
    disk.renameSync(file, `${file}${DAMAGED}`);
    syncDirectory(this.#folders.wal);
    this.#tellDamaged(name);
  }
}
