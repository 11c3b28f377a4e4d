import { CRC32C_START, updateCrc32c } from "./crc32c.ts";

/**
 * Reads the records of a write-ahead log, each with its checksum verified. Positions are byte offsets of the whole log as numbers:
 * exact up to 2^53, eight petabytes of log.
 *
 * The form is PostgreSQL's own: pages of 8 KiB with a header each (`xlog_internal.h`), records of a header of 24 bytes and data
 * (`xlogrecord.h`), aligned to 8 and continued across pages. It is the same in 15 to 18.
 */
export const PAGE_BYTES = 8192;
const SHORT_HEADER = 24;
const LONG_HEADER = 40;
export const RECORD_HEADER = 24;
const CRC_AT = 20;
const MOST_RECORD_BYTES = 1020 * 1024 * 1024;

const CONTINUES = 0x0001;
const LONG = 0x0002;
const OVERWRITES = 0x0008;

const XLOG_RMGR = 0;
const XLOG_SWITCH = 0x40;

/** The log's bytes. */
export type WalBytes = {
  /** The page that begins at `lsn`; null where there is none (yet). Valid until the next call. */
  page(lsn: number): Buffer | null;
};

/** A record. `bytes` is all of it, header first; valid until the next one is read. */
export type WalRecord = { lsn: number; endLsn: number; xid: number; info: number; rmgr: number; bytes: Buffer };

/**
 * Why there is no further record: `end`, the log goes no further here (yet), or `broken`, what stands there is no record. `lsn`: where
 * the record would begin; `pageLsn`: the page that is not what it would have to be.
 */
export type WalStop = { stop: "end" | "broken"; lsn: number; pageLsn: number; why: string };

export class WalReader {
  readonly #source: WalBytes;
  readonly #segmentBytes: number;
  /** Where the next record begins, or the page does at whose first record to begin. */
  #lsn: number;
  /** Where the record before it begins; null: not known. */
  #previous: number | null;

  constructor(source: WalBytes, segmentBytes: number, from: { lsn: number; previous: number | null }) {
    this.#source = source;
    this.#segmentBytes = segmentBytes;
    this.#lsn = from.lsn;
    this.#previous = from.previous;
  }

  /** From where to go on reading later, with a reader of its own. */
  get position(): { lsn: number; previous: number | null } {
    return { lsn: this.#lsn, previous: this.#previous };
  }

  next(): WalRecord | WalStop {
    const at = this.#lsn;
    const pageLsn = at - (at % PAGE_BYTES);
    const page = this.#source.page(pageLsn);
    if (!page) return { stop: "end", lsn: at, pageLsn, why: "the log ends here" };
    const complaint = complaintOf(page, pageLsn);
    if (complaint) return { stop: isEmpty(page) ? "end" : "broken", lsn: at, pageLsn, why: complaint };
    if (at === pageLsn) return this.#enter(page, pageLsn);
    const bytes = this.#assemble(page, at);
    if ("stop" in bytes || "restart" in bytes) {
      if ("stop" in bytes) return bytes;
      // A server that crashed amid a record goes on after its pieces, and says so at that page.
      this.#lsn = bytes.restart;
      this.#previous = null;
      return this.next();
    }
    return this.#accept(at, bytes);
  }

  /** Begins with the first record that begins on a page. */
  #enter(page: Buffer, pageLsn: number): WalRecord | WalStop {
    const header = headerBytes(page);
    const flags = page.readUInt16LE(2);
    if (!(flags & CONTINUES) || flags & OVERWRITES) {
      this.#lsn = pageLsn + header;
      return this.next();
    }
    // The rest of a record that began before: however many pages it fills.
    const rest = align(page.readUInt32LE(16));
    const inPage = PAGE_BYTES - header;
    this.#previous = null;
    this.#lsn = rest < inPage ? pageLsn + header + rest : pageLsn + PAGE_BYTES;
    return this.next();
  }

  #assemble(page: Buffer, at: number): Buffer | WalStop | { restart: number } {
    const offset = at % PAGE_BYTES;
    const total = page.readUInt32LE(offset);
    const pageLsn = at - offset;
    if (total === 0) return { stop: "end", lsn: at, pageLsn, why: "nothing stands there yet" };
    if (total < RECORD_HEADER || total > MOST_RECORD_BYTES) {
      return { stop: "broken", lsn: at, pageLsn, why: `a record cannot have ${total} bytes` };
    }
    if (offset + total <= PAGE_BYTES) return page.subarray(offset, offset + total);
    const pieces = [Buffer.from(page.subarray(offset))];
    let got = PAGE_BYTES - offset;
    for (let next = pageLsn + PAGE_BYTES; got < total; next += PAGE_BYTES) {
      const more = this.#source.page(next);
      if (!more || isEmpty(more)) return { stop: "end", lsn: at, pageLsn: next, why: "its end is not there yet" };
      const complaint = complaintOf(more, next);
      if (complaint) return { stop: "broken", lsn: at, pageLsn: next, why: complaint };
      const flags = more.readUInt16LE(2);
      if (flags & OVERWRITES) return { restart: next };
      if (!(flags & CONTINUES) || more.readUInt32LE(16) !== total - got) {
        return { stop: "broken", lsn: at, pageLsn: next, why: "it is not continued" };
      }
      const header = headerBytes(more);
      const taken = Math.min(total - got, PAGE_BYTES - header);
      pieces.push(Buffer.from(more.subarray(header, header + taken)));
      got += taken;
    }
    return Buffer.concat(pieces);
  }

  #accept(at: number, bytes: Buffer): WalRecord | WalStop {
    const previous = bytes.readUInt32LE(8) + bytes.readUInt32LE(12) * 2 ** 32;
    if (this.#previous !== null && previous !== this.#previous) {
      return this.#broken(at, "it does not follow the record before it");
    }
    let crc = updateCrc32c(CRC32C_START, bytes, RECORD_HEADER, bytes.length);
    crc = updateCrc32c(crc, bytes, 0, CRC_AT);
    if (~crc >>> 0 !== bytes.readUInt32LE(CRC_AT)) {
      return this.#broken(at, "its checksum does not fit");
    }
    const [info, rmgr] = [bytes[16] as number, bytes[17] as number];
    const endLsn = this.#endOf(at, bytes.length, isSwitch({ rmgr, info }));
    this.#lsn = endLsn;
    this.#previous = at;
    return { lsn: at, endLsn, xid: bytes.readUInt32LE(4), info, rmgr, bytes };
  }

  #broken(lsn: number, why: string): WalStop {
    return { stop: "broken", lsn, pageLsn: lsn - (lsn % PAGE_BYTES), why };
  }

  /** Where the next record may begin. A switch leaves the rest of its segment empty. */
  #endOf(at: number, length: number, switches: boolean): number {
    let left = length;
    let lsn = at;
    for (;;) {
      const room = PAGE_BYTES - (lsn % PAGE_BYTES);
      if (left <= room) break;
      left -= room;
      lsn += room;
      lsn += lsn % this.#segmentBytes === 0 ? LONG_HEADER : SHORT_HEADER;
    }
    const end = lsn + align(left);
    if (!switches || end % this.#segmentBytes === 0) return end;
    return end - (end % this.#segmentBytes) + this.#segmentBytes;
  }
}

/** Whether a record leaves the rest of its segment empty. */
export const isSwitch = ({ rmgr, info }: Pick<WalRecord, "rmgr" | "info">) =>
  rmgr === XLOG_RMGR && (info & 0xf0) === XLOG_SWITCH;

/** The size of segments that the first page of one names, and the system that wrote it. */
export function segmentFacts(
  page: Buffer,
): { systemIdentifier: string; segmentBytes: number; pageBytes: number } | null {
  if (!(page.readUInt16LE(2) & LONG)) return null;
  return {
    systemIdentifier: page.readBigUInt64LE(24).toString(),
    segmentBytes: page.readUInt32LE(32),
    pageBytes: page.readUInt32LE(36),
  };
}

const align = (bytes: number) => Math.ceil(bytes / 8) * 8;
const headerBytes = (page: Buffer) => (page.readUInt16LE(2) & LONG ? LONG_HEADER : SHORT_HEADER);
const isEmpty = (page: Buffer) => page.readUInt16LE(0) === 0;

function complaintOf(page: Buffer, pageLsn: number): string | null {
  if (isEmpty(page)) return "nothing stands there yet";
  // All versions' marks begin with this byte.
  if (page[1] !== 0xd1) return "this is no page of a log";
  const address = page.readUInt32LE(8) + page.readUInt32LE(12) * 2 ** 32;
  return address === pageLsn ? null : "this page belongs elsewhere";
}
