import path from "node:path";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import type { SegmentSum } from "./segment-summary.ts";
import { listReceived, type ReceivedFile } from "./wal-files.ts";
import { PAGE_BYTES, type WalBytes } from "./wal-reader.ts";

const CHUNK_BYTES = 256 * 1024;

/** The segments in a receiver's folder as one log, also those that are still being written. */
export class ReceivedLog implements WalBytes {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #files = new Map<number, ReceivedFile>();
  #open: { segment: number; fd: number } | null = null;
  #chunk: { lsn: number; bytes: Buffer } | null = null;

  constructor(directory: string, segmentBytes: number) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.look();
  }

  /** Looks anew at what is there: before this, what was read before may be given again. */
  look(): void {
    this.close();
    this.#files.clear();
    // By position, and of one position the newest timeline last: what it holds begins with what the older one held.
    for (const file of listReceived(this.#directory, this.#segmentBytes)) {
      const known = this.#files.get(file.segment);
      const isBetter = !known || known.timeline < file.timeline || known.isPartial;
      if (isBetter) this.#files.set(file.segment, file);
    }
  }

  /** The file that holds a segment, if one does. */
  file(segment: number): ReceivedFile | null {
    return this.#files.get(segment) ?? null;
  }

  /** The first segment there is; null: none. */
  first(): number | null {
    return this.#files.keys().next().value ?? null;
  }

  /** Whether there is a later segment than this one. */
  goesBeyond(segment: number): boolean {
    return [...this.#files.keys()].some((one) => one > segment);
  }

  page(lsn: number): Buffer | null {
    const chunkLsn = lsn - (lsn % CHUNK_BYTES);
    if (this.#chunk?.lsn !== chunkLsn) {
      const segment = Math.floor(lsn / this.#segmentBytes);
      const fd = this.#descriptor(segment);
      if (fd === null) return null;
      this.#chunk = { lsn: chunkLsn, bytes: readUpTo(fd, CHUNK_BYTES, chunkLsn % this.#segmentBytes) };
    }
    const at = lsn - chunkLsn;
    const page = this.#chunk.bytes.subarray(at, at + PAGE_BYTES);
    return page.length === PAGE_BYTES ? page : null;
  }

  /** The checksum of a segment's first bytes as they lie there now; null where they are not all there. */
  sum(segment: number, bytes: number): SegmentSum | null {
    const fd = this.#descriptor(segment);
    if (fd === null || bytes === 0) return null;
    let crc = 0;
    for (let at = 0; at < bytes; at += CHUNK_BYTES) {
      const chunk = readUpTo(fd, Math.min(CHUNK_BYTES, bytes - at), at);
      if (chunk.length < Math.min(CHUNK_BYTES, bytes - at)) return null;
      crc = crc32(chunk, crc);
    }
    return { bytes, crc };
  }

  close(): void {
    if (this.#open) disk.closeSync(this.#open.fd);
    this.#open = null;
    this.#chunk = null;
  }

  #descriptor(segment: number): number | null {
    if (this.#open?.segment === segment) return this.#open.fd;
    const file = this.#files.get(segment);
    if (!file) return null;
    const fd = this.#openFile(file);
    if (fd === null) return null;
    if (this.#open) disk.closeSync(this.#open.fd);
    this.#open = { segment, fd };
    return fd;
  }

  /** What was partial a moment ago may be whole by now, under its own name. */
  #openFile({ name }: ReceivedFile): number | null {
    for (const one of [name, name.slice(0, 24)]) {
      try {
        return disk.openSync(path.join(this.#directory, one), "r");
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      }
    }
    return null;
  }
}
