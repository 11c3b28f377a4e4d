import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runChild } from "../../../../lib/engines/processes/run-child.ts";
import { fence } from "../../../../lib/engines/sqlite/apply/apply-pages.ts";
import { lockLog } from "../../../../lib/engines/sqlite/apply/locked-log.ts";
import { openLive as keepLive } from "../../../../lib/engines/sqlite/keeper/open-live.ts";
import { openLiveFile } from "../../../../lib/engines/sqlite/live-url.ts";
import { openLive as writeLive } from "../../../../lib/engines/sqlite/one-commit/open-live.ts";
import { requireNoLinkedFolder } from "../../../../lib/engines/sqlite/plain-files.ts";
import { LiveFiles } from "../../../../lib/engines/sqlite/reader/live-files.ts";
import type { BackupQuestion } from "../../../../lib/engines/sqlite/restore/backup-child.ts";
import { giveTurn } from "../../../../lib/engines/sqlite/restore/backup-turn.ts";

const root = mkdtempSync(path.join(tmpdir(), "missing-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let live: string;
let other: string;
let made = 0;

function makeDatabase(file: string): void {
  const connection = new DatabaseSync(file);
  connection.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  connection.close();
}

beforeAll(() => makeDatabase(path.join(root, "image.db")));
beforeEach(() => {
  folder = path.join(root, `folder-${++made}`);
  mkdirSync(folder);
  live = path.join(folder, "live.db");
  other = path.join(root, `other-${made}.db`);
});

async function copyOver(livePath: string): Promise<void> {
  const turnFile = path.join(root, `turn-${made}`);
  giveTurn(turnFile, 7);
  const question = { imagePath: path.join(root, "image.db"), livePath, pages: 2, pageSize: 4096 };
  const input: BackupQuestion = { ...question, timeoutMs: 10_000, turnFile, turn: 7 };
  const script = new URL("../../../../lib/engines/sqlite/restore/backup-child.ts", import.meta.url);
  await runChild({ script, input });
}

const WAYS: Record<string, (file: string) => unknown> = {
  "a fence": (file) => fence(file),
  "the log under its lock": (file) => lockLog(file, 100).release(),
  "a writer of rows": (file) => writeLive(file).close(),
  "a keeper": (file) => keepLive(file, 100).close(),
  "a copy": (file) => copyOver(file),
};

describe.each(Object.entries(WAYS))("%s", (_name, open) => {
  test("makes no file where the database is away", async () => {
    await expect((async () => open(live))()).rejects.toMatchObject({ code: "not_protected" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(["", "-wal", "-shm", "-journal"])("follows no link in the place of %j", async (end) => {
    makeDatabase(other);
    if (end !== "") makeDatabase(live);
    symlinkSync(end === "" ? other : `${other}${end}`, `${live}${end}`);
    const before = [readdirSync(folder), readdirSync(root).filter((name) => name.startsWith(`other-${made}.db`))];
    await expect((async () => open(live))()).rejects.toMatchObject({
      code: "not_protected",
      message: expect.stringContaining("is a link"),
      details: { hint: expect.stringContaining("Find out who made the link") },
    });
    const after = [readdirSync(folder), readdirSync(root).filter((name) => name.startsWith(`other-${made}.db`))];
    expect(after).toEqual(before);
  });

  test("opens the database itself, in a folder behind a link too", async () => {
    makeDatabase(live);
    const behind = path.join(root, `behind-${made}`);
    symlinkSync(folder, behind);
    await open(path.join(behind, "live.db"));
    expect(readdirSync(folder)).toContain("live.db");
  });
});

describe("what the reader reads raw", () => {
  const endsOf = ["", "-wal", "-shm"];

  test.each(endsOf)("a link in the place of %j stops it for good", (end) => {
    makeDatabase(other);
    if (end !== "") makeDatabase(live);
    symlinkSync(other, `${live}${end}`);
    expect(() => new LiveFiles(live).look()).toThrow(
      expect.objectContaining({ mayPass: false, message: expect.stringContaining(`live.db${end} is a link`) }),
    );
  });

  test("something else in the place of the log does too", () => {
    makeDatabase(live);
    mkdirSync(`${live}-wal`);
    expect(() => new LiveFiles(live).look()).toThrow("no plain file");
  });

  test("a linked folder does where the database is attached, and not where it is hosted", () => {
    makeDatabase(live);
    const connection = openLiveFile(live, {});
    connection.exec("INSERT INTO t VALUES (2)");
    renameSync(folder, `${folder}-moved`);
    symlinkSync(`${folder}-moved`, folder);
    expect(() => requireNoLinkedFolder(live)).toThrow("reached through a link");
    expect(() => new LiveFiles(live, true).look()).toThrow(expect.objectContaining({ mayPass: false }));
    const hosted = new LiveFiles(live);
    expect(hosted.look()).toBe(true);
    hosted.close();
    connection.close();
  });
});

test("a file that is no database is refused as before", () => {
  writeFileSync(live, "no database at all, but long enough to be looked at as one by whoever opens it".repeat(20));
  expect(() => keepLive(live, 100)).toThrow("not a database");
});
