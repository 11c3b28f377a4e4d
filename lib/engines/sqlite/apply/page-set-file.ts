/**
 * Pages on their way from the one who computes them to the one who applies them. A temporary file, never kept.
 *
 *   pages    the contents, one after the other
 *   table    per page 8 bytes, little-endian: page number, CRC-32 of the content; in the order of the contents
 *   trailer  24 bytes, little-endian: "LGPS", version 1, page size, number of pages, CRC-32 of the table, "LGPS"
 */

import { crc32 } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";

const MARK = 0x5350474c;
const VERSION = 1;
const TRAILER = 24;
const ENTRY = 8;
const BUFFER_BYTES = 512 * 1024;

/** Writes a page set. A page may be added once; the order does not matter. Not valid before `finish` returned. */
export class PageSetWriter {
  readonly path: string;
  readonly pageSize: number;
  private readonly fd: number;
  private readonly crcs = new Map<number, number>();
  /** Pages that are not in the file yet, the last ones of `crcs`. */
  private readonly buffer: Buffer;
  private gathered = 0;

  /** @param path replaced if it exists */
  constructor(path: string, pageSize: number) {
    this.path = path;
    this.pageSize = pageSize;
    this.buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.floor(BUFFER_BYTES / pageSize)) * pageSize);
    this.fd = disk.openSync(path, "w", 0o600);
  }

  get count(): number {
    return this.crcs.size;
  }

  /** @param crc the CRC-32 of the content */
  add(page: number, content: Uint8Array, crc = crc32(content)): void {
    assert(page >= 1 && content.length === this.pageSize, "a page has a number from 1 and the set's page size");
    assert(!this.crcs.has(page), "a page is added once");
    this.buffer.set(content, this.gathered * this.pageSize);
    this.gathered++;
    this.crcs.set(page, crc);
    if (this.gathered * this.pageSize === this.buffer.length) this.flush();
  }

  /** Completes the file (table, trailer). It need not outlive the machine: after a crash the pages are computed again. */
  finish(): void {
    const table = Buffer.alloc(this.crcs.size * ENTRY);
    let at = 0;
    for (const [page, crc] of this.crcs) {
      table.writeUInt32LE(page, at);
      table.writeUInt32LE(crc, at + 4);
      at += ENTRY;
    }
    const trailer = Buffer.alloc(TRAILER);
    [MARK, VERSION, this.pageSize, this.crcs.size, crc32(table), MARK].forEach((value, i) => {
      trailer.writeUInt32LE(value >>> 0, i * 4);
    });
    this.flush();
    writeWhole(this.fd, Buffer.concat([table, trailer]), this.crcs.size * this.pageSize);
    disk.closeSync(this.fd);
  }

  /** Lets go of the file without completing it. */
  abandon(): void {
    disk.closeSync(this.fd);
  }

  private flush(): void {
    if (this.gathered === 0) return;
    const bytes = this.gathered * this.pageSize;
    writeWhole(this.fd, this.buffer.subarray(0, bytes), (this.crcs.size - this.gathered) * this.pageSize);
    this.gathered = 0;
  }
}

/** A finished page set, opened. Throws when the file is not whole. */
export class PageSet {
  readonly path: string;
  readonly pageSize: number;
  private readonly fd: number;
  private readonly entries = new Map<number, { index: number; crc: number }>();

  constructor(path: string) {
    this.path = path;
    this.fd = disk.openSync(path, "r");
    try {
      this.pageSize = this.readTable();
    } catch (error) {
      disk.closeSync(this.fd);
      throw error;
    }
  }

  private readTable(): number {
    const size = disk.fstatSync(this.fd).size;
    const trailer = readWhole(this.fd, TRAILER, size - TRAILER);
    const [head, version, pageSize = 0, count = 0, tableCrc, tail] = [0, 4, 8, 12, 16, 20].map((at) =>
      trailer.readUInt32LE(at),
    );
    const whole = head === MARK && tail === MARK && version === VERSION;
    if (!whole || size !== count * (pageSize + ENTRY) + TRAILER) throw new Error(`${this.path} is no whole page set`);
    const table = readWhole(this.fd, count * ENTRY, count * pageSize);
    if (crc32(table) !== tableCrc) throw new Error(`the table of ${this.path} is damaged`);
    for (let index = 0; index < count; index++) {
      const at = index * ENTRY;
      this.entries.set(table.readUInt32LE(at), { index, crc: table.readUInt32LE(at + 4) });
    }
    return pageSize;
  }

  pages(): IterableIterator<number> {
    return this.entries.keys();
  }

  /** Reads a page's content into `target` at `offset`, checked against its CRC-32. */
  readInto(page: number, target: Buffer, offset: number): void {
    const entry = this.entries.get(page);
    assert(entry, "a page that the set holds");
    const got = disk.readSync(this.fd, target, offset, this.pageSize, entry.index * this.pageSize);
    const isWhole = got === this.pageSize && crc32(target.subarray(offset, offset + this.pageSize)) === entry.crc;
    if (!isWhole) throw new Error(`page ${page} of ${this.path} is damaged`);
  }

  close(): void {
    disk.closeSync(this.fd);
  }
}

function writeWhole(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) done += disk.writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

function readWhole(fd: number, bytes: number, offset: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const got = offset < 0 ? 0 : disk.readSync(fd, buffer, 0, bytes, offset);
  if (got !== bytes) throw new Error("the page set ends early");
  return buffer;
}
