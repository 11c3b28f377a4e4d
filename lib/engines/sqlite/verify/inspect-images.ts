import path from "node:path";
import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import { baseChecksumsName, baseName, CHECKSUMS_HEADER, MIRROR_NAME } from "../history/format.ts";
import { type PageChecksums, readPageChecksums } from "../history/page-checksums.ts";
import type { Damage } from "./history-report.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;

/** What was found of one base image: its checksums if they can be read, and whether every page of it is as they say. */
export type InspectedBase = { damage: Damage[]; checksums: PageChecksums | null; isSound: boolean };

/** Reads a base image as a whole. `historyId` null: not known any more. */
export function inspectBase(directory: string, txid: number, historyId: Buffer | null): InspectedBase {
  const [image, table] = [baseName(txid), baseChecksumsName(txid)];
  const { damage, checksums } = inspectChecksums(directory, table, historyId);
  if (checksums && checksums.txid !== txid) {
    damage.push({ file: table, part: "header", cause: `it is of commit ${checksums.txid}`, commits: null });
  }
  if (!checksums || damage.length > 0) return { damage, checksums: null, isSound: false };
  const file = path.join(directory, image);
  if (!disk.existsSync(file)) {
    damage.push({ file: image, part: "file", cause: "it is missing", commits: null });
    return { damage, checksums, isSound: false };
  }
  const { wrong, sizeBytes } = comparePages(file, checksums.pageSize, checksums.table.length, (page) => [
    checksums.table[page - 1] ?? 0,
  ]);
  damage.push(...wrongPages(image, wrong, "they fail their checksums"));
  const pages = checksums.table.length;
  if (sizeBytes > pages * checksums.pageSize) {
    damage.push({ file: image, part: "end", cause: `there is more than its ${pages} pages`, commits: null });
  }
  return { damage, checksums, isSound: wrong.length === 0 };
}

/** Reads a table of page checksums and checks every byte of its file. */
export function inspectChecksums(
  directory: string,
  name: string,
  historyId: Buffer | null,
): { damage: Damage[]; checksums: PageChecksums | null } {
  const file = path.join(directory, name);
  const told = (part: string, cause: string) => ({ damage: [{ file: name, part, cause, commits: null }] });
  const { size } = disk.statSync(file, { throwIfNoEntry: false }) ?? { size: null };
  if (size === null) return { ...told("file", "it is missing"), checksums: null };
  const checksums = readPageChecksums(file);
  if (!checksums) return { ...told("checksums", "they fail their own checksum"), checksums: null };
  if (historyId && !checksums.historyId.equals(historyId)) {
    return { ...told("header", "it belongs to another history"), checksums: null };
  }
  if (size === CHECKSUMS_HEADER + checksums.table.length * 4) return { damage: [], checksums };
  return { ...told("end", "there is more than the checksums"), checksums };
}

/** The pages of the mirror that are not the newest ones, ascending; all of them when it is missing. */
export function wrongInMirror(directory: string, pageSize: number, pages: number, crcOf: (page: number) => number) {
  const file = path.join(directory, MIRROR_NAME);
  if (!disk.existsSync(file)) return { isMissing: true, wrong: [], sizeBytes: 0 };
  return { isMissing: false, ...comparePages(file, pageSize, pages, (page) => [crcOf(page)]) };
}

/** The CRC-32 that single pages of the mirror have now. */
export function mirrorChecksums(directory: string, pageSize: number, pages: readonly number[]): Map<number, number> {
  const fd = disk.openSync(path.join(directory, MIRROR_NAME), "r");
  try {
    return new Map(pages.map((page) => [page, crc32(readUpTo(fd, pageSize, (page - 1) * pageSize))]));
  } finally {
    disk.closeSync(fd);
  }
}

function comparePages(file: string, pageSize: number, pages: number, wanted: (page: number) => readonly number[]) {
  const wrong: number[] = [];
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  const fd = disk.openSync(file, "r");
  try {
    for (let first = 1; first <= pages; first += perChunk) {
      const count = Math.min(perChunk, pages - first + 1);
      const bytes = readUpTo(fd, count * pageSize, (first - 1) * pageSize);
      for (let i = 0; i < count; i++) {
        const page = bytes.subarray(i * pageSize, (i + 1) * pageSize);
        if (page.length < pageSize || !wanted(first + i).includes(crc32(page))) wrong.push(first + i);
      }
    }
    return { wrong, sizeBytes: disk.fstatSync(fd).size };
  } finally {
    disk.closeSync(fd);
  }
}

/** Pages as ranges: a lost file must not be told page by page. */
export function wrongPages(file: string, pages: readonly number[], cause: string): Damage[] {
  const ranges: { from: number; to: number }[] = [];
  for (const page of pages) {
    const last = ranges.at(-1);
    if (last && last.to === page - 1) last.to = page;
    else ranges.push({ from: page, to: page });
  }
  return ranges.map(({ from, to }) => {
    const part = from === to ? `page ${from}` : `pages ${from} to ${to}`;
    return { file, part, cause, commits: null };
  });
}
