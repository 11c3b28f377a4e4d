import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { incarnationFolders } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { indexFiles } from "../../../lib/engines/postgres/history/index-files.ts";
import { IndexWriter } from "../../../lib/engines/postgres/history/index-writer.ts";
import { SegmentArchive } from "../../../lib/engines/postgres/history/segment-archive.ts";
import { decodeSummaries, type SegmentSum } from "../../../lib/engines/postgres/history/segment-summary.ts";
import { segmentName } from "../../../lib/engines/postgres/history/wal-files.ts";
import { useDisk } from "../../../lib/storage/disk.ts";

const SEGMENT_BYTES = 1024 * 1024;
let root: string;
let folders: ReturnType<typeof incarnationFolders>;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "segments-"));
  folders = incarnationFolders(root, 1);
  for (const folder of [folders.wal, folders.archive, folders.index]) mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const nameOf = (segment: number) => segmentName({ timeline: 1, segment }, SEGMENT_BYTES);
const received = (segment: number) => path.join(folders.wal, nameOf(segment));

/** Three segments that were received and read, and what was summed of each while it was. */
function receive(sumOf: (bytes: Buffer) => SegmentSum | null): void {
  const writer = new IndexWriter(indexFiles(folders.index), SEGMENT_BYTES);
  for (let segment = 1; segment <= 3; segment++) {
    const bytes = randomBytes(SEGMENT_BYTES);
    writeFileSync(received(segment), bytes);
    writer.begin(1, segment, segment * SEGMENT_BYTES);
    writer.finish(nameOf(segment), (segment + 1) * SEGMENT_BYTES, null, sumOf(bytes));
  }
  writer.close();
}

const whole = (bytes: Buffer): SegmentSum => ({ bytes: bytes.length, crc: crc32(bytes) });

function damage(segment: number, at: number): void {
  const bytes = readFileSync(received(segment));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(received(segment), bytes);
}

async function archive(): Promise<string[]> {
  const told: string[] = [];
  await new SegmentArchive(folders, SEGMENT_BYTES, (name) => told.push(name)).move();
  return told;
}

const archived = () => readdirSync(folders.archive).sort();

test("a segment that changed between being read and being archived is set aside and told, and the others are archived", async () => {
  receive(whole);
  damage(2, 700_000);
  expect(await archive()).toEqual([nameOf(2)]);
  expect(archived()).toEqual([`${nameOf(1)}.zst`, `${nameOf(3)}.zst`]);
  expect(readdirSync(folders.wal).sort()).toEqual([`${nameOf(2)}.damaged`, nameOf(3)]);
  expect(await archive()).toEqual([]);
});

test("nobody would notice where it was not summed while it was read (control)", async () => {
  receive(() => null);
  damage(2, 700_000);
  expect(await archive()).toEqual([]);
  expect(archived()).toContain(`${nameOf(2)}.zst`);
});

test("what lies behind the record that left the rest of a segment empty may still change", async () => {
  receive((bytes) => whole(bytes.subarray(0, 4096)));
  damage(2, 5000);
  expect(await archive()).toEqual([]);
  damage(3, 4095);
  expect(decodeSummaries(readFileSync(indexFiles(folders.index).segments))[2]?.sum?.bytes).toBe(4096);
  expect(archived()).toHaveLength(3);
});

test("no received segment goes before the list that names its archived one is there for good", async () => {
  receive(whole);
  const durable = new Set<string>();
  const open = new Map<number, string>();
  const wentTooEarly: string[] = [];
  const { openSync, fsyncSync, rmSync: remove } = await import("node:fs");
  const restore = useDisk({
    openSync: ((file: string, ...rest: [string]) => {
      const fd = openSync(file, ...rest);
      open.set(fd, file);
      return fd;
    }) as typeof openSync,
    fsyncSync: (fd) => {
      fsyncSync(fd);
      durable.add(open.get(fd) ?? "");
    },
    rmSync: (file, options) => {
      const needs = [folders.index, indexFiles(folders.index).archive, folders.archive];
      if (String(file).startsWith(folders.wal) && !needs.every((one) => durable.has(one)))
        wentTooEarly.push(String(file));
      remove(file, options);
    },
  });
  try {
    await archive();
  } finally {
    restore();
  }
  expect(existsSync(received(1))).toBe(false);
  expect(wentTooEarly).toEqual([]);
});
