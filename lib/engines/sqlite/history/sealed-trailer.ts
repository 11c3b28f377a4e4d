import { crc32 } from "node:zlib";
import { COMMIT_ROW } from "./commit-row.ts";
import { BLOCK_TABLE_ROW, readU64, writeU64 } from "./format.ts";

const MAGIC = Buffer.from("LASTGEND", "latin1");
const TRAILER_1 = 96;
const TRAILER_2 = 160;
/** Tables at the end of a sealed segment of version 2, in their order. */
export const SECTIONS = ["blocks", "chunks", "pages", "combined", "stretches", "cookies", "extras"] as const;
export type SectionName = (typeof SECTIONS)[number];
export type Section = { offset: number; bytes: number; crc: number };

const HAS_PAGES = 1;
const HAS_COMBINED = 2;

/** What both versions say of a sealed segment. */
type TrailerFacts = {
  commits: number;
  /** All commits' flags, or-ed. */
  flagsUnion: number;
  chainAfter: number;
  firstTimeMs: number;
  lastTimeMs: number;
  /** Newest watermark up to the segment's end, 0 when there is none. */
  watermarkMs: number;
  pages: number;
  rawBytes: number;
};
/** The end of a sealed segment of version 1: three tables under one checksum. */
export type TrailerOne = TrailerFacts & {
  version: 1;
  tables: Section;
  blocks: number;
  /** Notes are not counted. */
  notes: null;
  touchedPages: null;
  combinedBytes: null;
};
export type TrailerTwo = TrailerFacts & {
  version: 2;
  sections: Record<SectionName, Section>;
  notes: number;
  /** Pages in its page table; null: it has none. */
  touchedPages: number | null;
  /** Raw bytes of the whole segment's steps composed into one; null: they are not stored. */
  combinedBytes: number | null;
};
export type Trailer = TrailerOne | TrailerTwo;

export const trailerBytes = (version: 1 | 2): number => (version === 1 ? TRAILER_1 : TRAILER_2);

/** The trailer, or null when these bytes are none. */
export function decodeTrailer(raw: Buffer, version: 1 | 2): Trailer | null {
  if (raw.length !== trailerBytes(version) || raw.compare(MAGIC, 0, 8, 0, 8) !== 0) return null;
  if (raw.readUInt32LE(raw.length - 4) !== crc32(raw.subarray(0, raw.length - 4))) return null;
  if (raw.readUInt32LE(8) !== version) return null;
  return version === 1 ? decodeOne(raw) : decodeTwo(raw);
}

function decodeOne(raw: Buffer): TrailerOne {
  const [blocks, commits, extras] = [raw.readUInt32LE(12), raw.readUInt32LE(16), raw.readUInt32LE(20)];
  return {
    version: 1,
    tables: {
      offset: readU64(raw, 24),
      bytes: blocks * BLOCK_TABLE_ROW + commits * COMMIT_ROW + extras,
      crc: raw.readUInt32LE(32),
    },
    blocks,
    commits,
    notes: null,
    touchedPages: null,
    combinedBytes: null,
    flagsUnion: raw.readUInt32LE(36),
    firstTimeMs: readU64(raw, 40),
    lastTimeMs: readU64(raw, 48),
    watermarkMs: readU64(raw, 56),
    pages: readU64(raw, 64),
    rawBytes: readU64(raw, 72),
    chainAfter: raw.readUInt32LE(80),
  };
}

function decodeTwo(raw: Buffer): TrailerTwo {
  const flags = raw.readUInt32LE(80);
  let offset = readU64(raw, 88);
  const sections = {} as Record<SectionName, Section>;
  SECTIONS.forEach((name, index) => {
    const at = 96 + index * 8;
    const bytes = raw.readUInt32LE(at);
    sections[name] = { offset, bytes, crc: raw.readUInt32LE(at + 4) };
    offset += bytes;
  });
  return {
    version: 2,
    sections,
    commits: raw.readUInt32LE(12),
    flagsUnion: raw.readUInt32LE(16),
    chainAfter: raw.readUInt32LE(20),
    firstTimeMs: readU64(raw, 24),
    lastTimeMs: readU64(raw, 32),
    watermarkMs: readU64(raw, 40),
    pages: readU64(raw, 48),
    rawBytes: readU64(raw, 56),
    notes: raw.readUInt32LE(64),
    touchedPages: flags & HAS_PAGES ? raw.readUInt32LE(68) : null,
    combinedBytes: flags & HAS_COMBINED ? readU64(raw, 72) : null,
  };
}

/** The trailer of a segment whose tables follow each other, in the order of `SECTIONS`, from file offset `offset` on. */
export function encodeTrailer(
  trailer: Omit<TrailerTwo, "version" | "sections">,
  tables: Readonly<Record<SectionName, Buffer>>,
  offset: number,
): Buffer {
  const raw = Buffer.alloc(TRAILER_2);
  MAGIC.copy(raw, 0);
  raw.writeUInt32LE(2, 8);
  raw.writeUInt32LE(trailer.commits, 12);
  raw.writeUInt32LE(trailer.flagsUnion, 16);
  raw.writeUInt32LE(trailer.chainAfter, 20);
  writeU64(raw, trailer.firstTimeMs, 24);
  writeU64(raw, trailer.lastTimeMs, 32);
  writeU64(raw, trailer.watermarkMs, 40);
  writeU64(raw, trailer.pages, 48);
  writeU64(raw, trailer.rawBytes, 56);
  raw.writeUInt32LE(trailer.notes, 64);
  raw.writeUInt32LE(trailer.touchedPages ?? 0, 68);
  writeU64(raw, trailer.combinedBytes ?? 0, 72);
  raw.writeUInt32LE(
    (trailer.touchedPages === null ? 0 : HAS_PAGES) | (trailer.combinedBytes === null ? 0 : HAS_COMBINED),
    80,
  );
  writeU64(raw, offset, 88);
  SECTIONS.forEach((name, index) => {
    raw.writeUInt32LE(tables[name].length, 96 + index * 8);
    raw.writeUInt32LE(crc32(tables[name]), 100 + index * 8);
  });
  raw.writeUInt32LE(crc32(raw.subarray(0, TRAILER_2 - 4)), TRAILER_2 - 4);
  return raw;
}
