import { LastgoodError } from "../../../domain/errors.ts";
import { CHUNK_ROWS } from "./commit-row.ts";
import { BLOCK_TABLE_ROW, decodeBlockRow, SEGMENT_HEADER } from "./format.ts";
import type { SealedFile } from "./sealed-file.ts";
import { CHUNK_TABLE_ROW, decodeChunkRow } from "./sealed-rows.ts";
import type { SealedSegment } from "./sealed-segment.ts";
import type { SealedTables } from "./sealed-tables.ts";
import { SECTIONS, type SectionName } from "./sealed-trailer.ts";

/** `commits`: which cannot be read because of it, both ends included; null for a part that only saves time. */
export type DamagedPart = { part: string; cause: string; commits: { fromTxid: number; toTxid: number } | null };

type Stored = { offset: number; bytes: number };
const CHECKSUM = "it fails its checksum";
/** Without these nothing else of the segment is found. */
const NEEDED: readonly SectionName[] = ["blocks", "chunks"];

/** See `SealedSegment.damagedParts`. */
export function* findDamagedParts(
  segment: SealedSegment,
  tables: SealedTables,
  file: SealedFile,
): Generator<DamagedPart> {
  const { firstTxid } = segment.header;
  const whole = { fromTxid: firstTxid, toTxid: firstTxid + segment.commits - 1 };
  const stored: Stored[] = [];
  let isComplete = true;
  for (const name of segment.trailer.version === 1 ? NEEDED : SECTIONS) {
    if (isSound(() => readTable(tables, name))) continue;
    isComplete = false;
    yield { part: `table of ${WORDS[name]}`, cause: CHECKSUM, commits: NEEDED.includes(name) ? whole : null };
  }
  for (const part of [records(tables, file, whole), rows(tables, whole)]) {
    for (const found of part) {
      if ("offset" in found) stored.push(found);
      else yield found;
    }
  }
  for (const name of ["pages", "combined"] as const) {
    for (const found of aids(tables, file, name)) {
      if ("offset" in found) stored.push(found);
      else yield found;
    }
  }
  if (isComplete && !fillsFile(stored, segment)) {
    yield { part: "file", cause: "its parts do not follow each other", commits: null };
  }
}

const WORDS: Record<SectionName, string> = {
  blocks: "blocks of records",
  chunks: "commit rows",
  pages: "page rows",
  combined: "composed steps",
  stretches: "stretches of time",
  cookies: "schema cookies",
  extras: "notes",
};

function readTable(tables: SealedTables, name: SectionName): void {
  if (name === "blocks") tables.blockTable();
  else if (name === "chunks") tables.chunkTable();
  else if (name === "extras") tables.extras();
  else tables.further(name);
}

function isSound(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return false;
    throw error;
  }
}

function* records(
  tables: SealedTables,
  file: SealedFile,
  whole: { fromTxid: number; toTxid: number },
): Generator<DamagedPart | Stored> {
  if (!isSound(() => tables.blockTable())) return;
  const table = tables.blockTable();
  let next = whole.fromTxid;
  for (let index = 0; index < table.length / BLOCK_TABLE_ROW; index++) {
    const row = decodeBlockRow(table, index);
    const fromTxid = next;
    next += row.key;
    yield { offset: row.offset, bytes: row.storedBytes };
    if (file.readBlock(row)) continue;
    // A commit that ends in the next block may have begun in this one.
    const commits = { fromTxid, toTxid: Math.min(whole.toTxid, next) };
    yield { part: `block ${index} of records`, cause: CHECKSUM, commits };
  }
}

function* rows(tables: SealedTables, whole: { fromTxid: number; toTxid: number }): Generator<DamagedPart | Stored> {
  if (!isSound(() => tables.chunkTable())) return;
  const table = tables.chunkTable();
  for (let index = 0; index < table.length / CHUNK_TABLE_ROW; index++) {
    const { offset, storedBytes } = decodeChunkRow(table, index);
    yield { offset, bytes: storedBytes };
    if (isSound(() => tables.chunk(index))) continue;
    const fromTxid = whole.fromTxid + index * CHUNK_ROWS;
    const commits = { fromTxid, toTxid: Math.min(whole.toTxid, fromTxid + CHUNK_ROWS - 1) };
    yield { part: `block ${index} of commit rows`, cause: CHECKSUM, commits };
  }
}

function* aids(tables: SealedTables, file: SealedFile, name: "pages" | "combined"): Generator<DamagedPart | Stored> {
  if (!isSound(() => tables.further(name))) return;
  const table = tables.further(name);
  for (let index = 0; index < table.length / BLOCK_TABLE_ROW; index++) {
    const row = decodeBlockRow(table, index);
    yield { offset: row.offset, bytes: row.storedBytes };
    if (!file.readBlock(row)) yield { part: `block ${index} of ${WORDS[name]}`, cause: CHECKSUM, commits: null };
  }
}

/** Whether every byte between header and tables belongs to one of the parts. */
function fillsFile(stored: Stored[], segment: SealedSegment): boolean {
  const { trailer } = segment;
  // Version 1 stores its commit rows within the tables.
  const tablesAt = trailer.version === 1 ? trailer.tables.offset : trailer.sections.blocks.offset;
  let end = SEGMENT_HEADER;
  for (const { offset, bytes } of stored
    .filter(({ offset }) => offset < tablesAt)
    .sort((a, b) => a.offset - b.offset)) {
    if (offset !== end) return false;
    end = offset + bytes;
  }
  return end === tablesAt;
}
