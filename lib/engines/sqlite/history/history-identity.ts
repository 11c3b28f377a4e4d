import { hash } from "node:crypto";
import { writeU64 } from "./format.ts";
import { writePosition } from "./payload.ts";
import type { LogPosition } from "./records.ts";

/** The 16 hex digits that every bookmark of a history carries. `historyId` is its 16 random bytes. */
export function historyTagOf(historyId: Buffer): string {
  return hash("sha256", historyId, "hex").slice(0, 16);
}

const HEAD = 16 + 8 + 20;

/** Gathers what names a record: history, number, log position, and each page with its checksum after the commit. */
export class RecordTag {
  private bytes = Buffer.alloc(4096);
  private end = HEAD;

  constructor(historyId: Buffer) {
    historyId.copy(this.bytes, 0);
  }

  addPage(page: number, crcAfter: number): void {
    if (this.end + 8 > this.bytes.length) {
      const grown = Buffer.alloc(this.bytes.length * 2);
      this.bytes.copy(grown);
      this.bytes = grown;
    }
    this.bytes.writeUInt32LE(page, this.end);
    this.bytes.writeUInt32LE(crcAfter, this.end + 4);
    this.end += 8;
  }

  /** The tag, 16 hex digits; ready for the next record afterwards. */
  finish(txid: number, position: LogPosition): string {
    writeU64(this.bytes, txid, 16);
    writePosition(this.bytes, position, 24);
    const tag = hash("sha256", this.bytes.subarray(0, this.end), "hex").slice(0, 16);
    this.end = HEAD;
    return tag;
  }
}
