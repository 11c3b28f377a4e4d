import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { MIRROR_NAME } from "../../../lib/engines/sqlite/history/format.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { isDiskFailure } from "../../../lib/engines/sqlite/reader/capture-problem.ts";
import { LiveFiles } from "../../../lib/engines/sqlite/reader/live-files.ts";
import { RetrySchedule } from "../../../lib/engines/sqlite/reader/retry-schedule.ts";
import { realDisk, useDisk } from "../../../lib/storage/disk.ts";
import { CapturePair } from "../../world/capture-pair.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});

function startPair(): CapturePair {
  const pair = new CapturePair();
  cleanUp.push(() => rmSync(pair.data, { recursive: true, force: true }));
  cleanUp.push(() => pair.close());
  pair.startKeeper();
  pair.startReader();
  return pair;
}

function openProgram(file: string): DatabaseSync {
  const program = new DatabaseSync(file, { timeout: 5000 });
  cleanUp.push(() => program.isOpen && program.close());
  program.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t(content)");
  return program;
}

/** From now on a process may open no file more, or as many as it likes. */
function allowFiles(pid: number | undefined, allowed: "none more" | "any"): void {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let firstFree = 0;
  while (open.has(firstFree)) firstFree++;
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${allowed === "any" ? 4096 : firstFree}:4096`]);
}

describe("a capture that stopped", () => {
  test("goes on by itself without a gap once files can be opened again", { timeout: 90_000 }, async () => {
    const pair = startPair();
    const file = path.join(pair.data, "app.db");
    const program = openProgram(file);
    const directory = pair.register("db", file);
    await pair.until("db", "protected");
    const pid = pair.reader?.pid;
    allowFiles(pid, "none more");
    // So much that the segment is full: the next one has to be opened.
    const insert = program.prepare("INSERT INTO t VALUES (randomblob(900000))");
    for (let i = 0; i < 45; i++) insert.run();
    await sleep(2000);
    allowFiles(pid, "any");
    const { problem } = await pair.until("db", "stopped", 3000);
    expect(problem?.cause).toContain("open any more files");
    program.exec("INSERT INTO t VALUES ('while stopped')");
    await pair.until("db", "protected", 15_000);
    const { txid } = await pair.flush("db");
    const history = openHistory(directory);
    cleanUp.push(() => history.close());
    expect({ gaps: history.gaps(), newest: history.newest().txid }).toEqual({ gaps: [], newest: txid });
    // The base holds the table already: every insert since is a commit of its own.
    expect(txid).toBe(1 + 45 + 1);
  });

  test("begins with its first image once its folder can be used", { timeout: 60_000 }, async () => {
    const pair = startPair();
    const file = path.join(pair.data, "app.db");
    openProgram(file);
    const inTheWay = path.join(pair.paths.history, "db", MIRROR_NAME);
    mkdirSync(inTheWay, { recursive: true });
    pair.register("db", file);
    await pair.until("db", "stopped");
    rmdirSync(inTheWay);
    await pair.until("db", "protected", 15_000);
    expect((await pair.flush("db")).txid).toBe(1);
  });

  test("stays so when another file was moved over the database, until somebody says that it belongs there", {
    timeout: 60_000,
  }, async () => {
    const pair = startPair();
    const file = path.join(pair.data, "app.db");
    openProgram(file);
    pair.register("db", file);
    await pair.until("db", "protected");
    const other = openProgram(`${file}.other`);
    other.close();
    renameSync(`${file}.other`, file);
    await pair.until("db", "stopped");
    await sleep(7000);
    expect((await pair.status("db"))?.problem?.cause).toContain("Another file was moved");
    expect((await pair.status("db"))?.state).toBe("stopped");
  });

  test("tries after 5 seconds, then ever more slowly up to a minute, and anew after a minute's service", () => {
    let nowMs = 1000;
    const retry = new RetrySchedule(() => nowMs);
    const pauses = [];
    for (let i = 0; i < 6; i++) {
      retry.stopped(true);
      const stoppedMs = nowMs;
      while (!retry.isDue()) nowMs += 1000;
      pauses.push((nowMs - stoppedMs) / 1000);
      retry.begun();
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
    nowMs += 60_000;
    retry.stopped(true);
    nowMs += 5000;
    expect(retry.isDue()).toBe(true);
    retry.stopped(false);
    nowMs += 24 * 3_600_000;
    expect(retry.isDue()).toBe(false);
  });

  test("a failing disk, or a sync that failed whatever its code, is told apart: then nothing is taken for granted", () => {
    const failure = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });
    const failures = [failure("EIO", "read"), failure("ENOSPC", "fdatasync"), failure("EDQUOT", "fsync")];
    expect(failures.map(isDiskFailure)).toEqual([true, true, true]);
    expect([failure("ENOSPC", "write"), failure("EMFILE", "open")].map(isDiskFailure)).toEqual([false, false]);
  });

  test("stays so after the fourth failure of its disk within an hour", () => {
    let nowMs = 0;
    const retry = new RetrySchedule(() => nowMs);
    const tries = Array.from({ length: 4 }, () => retry.stopped(true, true));
    expect(tries).toEqual([true, true, true, false]);
    nowMs += 600_000;
    expect(retry.isDue()).toBe(false);
    nowMs += 3_600_001;
    expect(retry.stopped(true, true)).toBe(true);
  });
});

test("a lock of somebody's that passes does not end capture", { timeout: 60_000 }, async () => {
  const pair = startPair();
  const file = path.join(pair.data, "app.db");
  const program = openProgram(file);
  program.exec("PRAGMA locking_mode = EXCLUSIVE; INSERT INTO t VALUES (1)");
  pair.register("db", file);
  await sleep(3000);
  expect((await pair.status("db"))?.state).toBe("starting");
  program.close();
  openProgram(file).exec("INSERT INTO t VALUES (2)");
  await pair.until("db", "protected", 40_000);
  expect((await pair.flush("db")).txid).toBe(1);
});

test("a log that cannot be opened again is not closed twice: its number may be another file's by then", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "live-files-"));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "app.db");
  for (const suffix of ["", "-wal", "-shm"]) writeFileSync(file + suffix, "content");
  const files = new LiveFiles(file);
  expect(files.look()).toBe(true);
  // Another log under its name is there and cannot be opened.
  writeFileSync(`${file}.other`, "another");
  renameSync(`${file}.other`, `${file}-wal`);
  const restoreDisk = useDisk({
    openSync: (name, ...rest) => {
      if (name === `${file}-wal`) throw Object.assign(new Error("ENXIO"), { code: "ENXIO" });
      return realDisk.openSync(name, ...rest);
    },
  });
  cleanUp.push(restoreDisk);
  expect(() => files.look()).toThrow("ENXIO");
  const others = ["", "-shm"].map((suffix) => openSync(file + suffix, "r"));
  expect(() => files.look()).toThrow("ENXIO");
  files.close();
  for (const fd of others) expect(readSync(fd, Buffer.alloc(7))).toBe(7);
});
