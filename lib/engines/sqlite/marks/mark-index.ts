/**
 * What is known of a history's marks, in a file of its own that can be thrown away and is made anew then. FORMAT.md holds
 * the layout. Written as a whole and renamed into place, so there is always a whole one.
 */
import { crc32 } from "node:zlib";
import type { StreakState } from "../../../domain/delete-streak.ts";
import { disk } from "../../../storage/disk.ts";
import { readUpTo, UNFINISHED, writeWhole } from "../../../storage/durable-file.ts";
import { readU64, writeU64 } from "../history/format.ts";
import type { Candidate } from "./find-candidates.ts";
import { PageHeads } from "./page-heads.ts";

const MAGIC = Buffer.from("LASTGMRK", "latin1");
const VERSION = 2;
const HEADER = 96;

/** What the two states around a commit say about it; `rows` of all tables together. */
export type MarkFacts = { kind: "schema" | "delete"; words: string; table: string | null; rows: number | null };

/** `facts`: undefined while only the heads of pages are known, null where the commit turned out to be nothing of note. */
export type IndexedCandidate = Candidate & {
  facts?: MarkFacts | null;
  /** It could not be found out, or not in time. */
  isUncertain?: boolean;
};

/** Whether it is still to be found out what a candidate exactly is. */
export function isOpen({ facts, isUncertain }: IndexedCandidate): boolean {
  return facts === undefined && isUncertain !== true;
}

/** How far an index has come: everything up to this commit. */
export type IndexedThrough = { txid: number; timeMs: number; recordTag: string };

export type MarkList = {
  historyId: Buffer;
  pageSize: number;
  through: IndexedThrough;
  /** Commits were lost to damage: from there on large deletes are not found. */
  isBlind: boolean;
  /** What the last commits took away, little by little. */
  streak: StreakState;
  /** By number. */
  candidates: IndexedCandidate[];
};
export type MarkIndex = MarkList & { heads: PageHeads };

/** Replaces the file. What a power cut takes is made anew, so nothing is synced. */
export function writeMarkIndex(file: string, index: MarkIndex): void {
  const list = Buffer.from(JSON.stringify({ streak: index.streak, candidates: index.candidates }), "utf8");
  const heads = index.heads.encoded();
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(index.pageSize, 12);
  index.historyId.copy(header, 16);
  writeU64(header, index.through.txid, 32);
  writeU64(header, index.through.timeMs, 40);
  header.write(index.through.recordTag, 48, "hex");
  header.writeUInt32LE(index.isBlind ? 1 : 0, 56);
  header.writeUInt32LE(index.heads.pages, 60);
  header.writeUInt32LE(list.length, 64);
  header.writeUInt32LE(crc32(list), 68);
  header.writeUInt32LE(
    heads.reduce((crc, part) => crc32(part, crc), 0),
    72,
  );
  header.writeUInt32LE(crc32(header.subarray(0, HEADER - 4)), HEADER - 4);
  const fd = disk.openSync(`${file}${UNFINISHED}`, "w", 0o600);
  try {
    for (const part of [header, list, ...heads]) writeWhole(fd, part, null);
  } finally {
    disk.closeSync(fd);
  }
  disk.renameSync(`${file}${UNFINISHED}`, file);
}

/** The list alone, without the heads of pages; null when there is none that is intact. */
export function readMarkList(file: string): MarkList | null {
  return read(file, ({ list }) => list);
}

/** All of it; null when there is none that is intact. */
export function readMarkIndex(file: string): MarkIndex | null {
  return read(file, ({ fd, header, list }) => {
    const pages = header.readUInt32LE(60);
    const bytes = PageHeads.encodedBytes(pages);
    const raw = readUpTo(fd, bytes, HEADER + header.readUInt32LE(64));
    if (raw.length !== bytes || crc32(raw) !== header.readUInt32LE(72)) return null;
    return { ...list, heads: PageHeads.decode(raw, pages) };
  });
}

function read<Result>(
  file: string,
  take: (found: { fd: number; header: Buffer; list: MarkList }) => Result | null,
): Result | null {
  let fd: number;
  try {
    fd = disk.openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const header = readUpTo(fd, HEADER, 0);
    if (header.length < HEADER || header.compare(MAGIC, 0, 8, 0, 8) !== 0) return null;
    if (header.readUInt32LE(HEADER - 4) !== crc32(header.subarray(0, HEADER - 4))) return null;
    if (header.readUInt32LE(8) !== VERSION) return null;
    const raw = readUpTo(fd, header.readUInt32LE(64), HEADER);
    if (raw.length !== header.readUInt32LE(64) || crc32(raw) !== header.readUInt32LE(68)) return null;
    const list: MarkList = {
      historyId: Buffer.from(header.subarray(16, 32)),
      pageSize: header.readUInt32LE(12),
      through: {
        txid: readU64(header, 32),
        timeMs: readU64(header, 40),
        recordTag: header.toString("hex", 48, 56),
      },
      isBlind: header.readUInt32LE(56) === 1,
      ...(JSON.parse(raw.toString("utf8")) as Pick<MarkList, "streak" | "candidates">),
    };
    return take({ fd, header, list });
  } finally {
    disk.closeSync(fd);
  }
}
