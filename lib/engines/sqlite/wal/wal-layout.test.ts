import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blockOf, pageOfEntry, readIndexBlock } from "./wal-index-blocks.ts";
import {
  encodeNextHeader,
  frameOffset,
  INDEX_HEADER,
  readFrameHeader,
  readIndexHeader,
  readWalHeader,
} from "./wal-layout.ts";

let folder: string;
let app: DatabaseSync;
let file: string;
let opened: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "layout-"));
  file = path.join(folder, "live.db");
  app = new DatabaseSync(file);
});
afterEach(() => {
  app.close();
  for (const fd of opened) closeSync(fd);
  opened = [];
  rmSync(folder, { recursive: true, force: true });
});

function open(end: "-wal" | "-shm", flags = "r"): number {
  const fd = openSync(file + end, flags);
  opened.push(fd);
  return fd;
}

describe.each([512, 4096, 65536])("a log with %i byte pages that SQLite wrote", (pageSize) => {
  beforeEach(() => {
    app.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0`);
    app.exec("CREATE TABLE t(x); INSERT INTO t VALUES (randomblob(200000))");
  });

  it("agrees with its index in salts, end and checksum", () => {
    const index = readIndexHeader(open("-shm"));
    const log = readWalHeader(open("-wal"));
    expect(log).toMatchObject({ pageSize, salt1: index?.salt1, salt2: index?.salt2 });
    const last = readFrameHeader(open("-wal"), index?.frames ?? 0, pageSize);
    expect(last).toMatchObject({ sum1: index?.sum1, sum2: index?.sum2, sizeAfter: index?.pages });
    expect(readFrameHeader(open("-wal"), (index?.frames ?? 0) + 1, pageSize)).toBeNull();
  });

  it("has each frame's page in the index's blocks", () => {
    const index = readIndexHeader(open("-shm"));
    const wal = open("-wal");
    const shm = open("-shm");
    expect(index?.frames).toBeGreaterThan(3);
    for (let frame = 1; frame <= (index?.frames ?? 0); frame++) {
      const geometry = blockOf(frame);
      const block = readIndexBlock(shm, geometry.number);
      expect(pageOfEntry(block, geometry, frame - geometry.frameBefore)).toBe(
        readFrameHeader(wal, frame, pageSize)?.page,
      );
    }
  });
});

describe("an index header", () => {
  beforeEach(() => app.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(x)"));

  it("is not read while its copies differ", () => {
    const fd = open("-shm", "r+");
    const header = readIndexHeader(fd);
    expect(header).not.toBeNull();
    if (!header) return;
    const sums = Int32Array.of(1, 2);
    writeSync(
      fd,
      encodeNextHeader(header, { frames: header.frames + 1, pages: 9, sums }),
      0,
      INDEX_HEADER,
      INDEX_HEADER,
    );
    expect(readIndexHeader(fd)).toBeNull();
    writeSync(fd, encodeNextHeader(header, { frames: header.frames + 1, pages: 9, sums }), 0, INDEX_HEADER, 0);
    expect(readIndexHeader(fd)).toMatchObject({ frames: header.frames + 1, pages: 9, sum1: 1, sum2: 2 });
    writeSync(fd, header.raw, 0, INDEX_HEADER, 0);
    writeSync(fd, header.raw, 0, INDEX_HEADER, INDEX_HEADER);
  });

  it("names nothing before the first frame", () => {
    app.close();
    app = new DatabaseSync(file);
    app.exec("SELECT * FROM t");
    expect(readIndexHeader(open("-shm"))).toBeNull();
  });
});

describe("a log header", () => {
  it("that fails its checksum is none", () => {
    app.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
    const fd = open("-wal", "r+");
    expect(readWalHeader(fd)).not.toBeNull();
    writeSync(fd, Buffer.of(0xff), 0, 1, 17);
    expect(readWalHeader(fd)).toBeNull();
  });
});

it("frame n ends where frame n + 1 begins", () => {
  expect(frameOffset(1, 4096)).toBe(32);
  expect(frameOffset(2, 4096)).toBe(32 + 24 + 4096);
});
