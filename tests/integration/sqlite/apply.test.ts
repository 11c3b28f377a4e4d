import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Run } from "../../../lib/engines/engine.ts";
import type { ApplyJob } from "../../../lib/engines/sqlite/apply/apply-messages.ts";
import { applyPages, fence } from "../../../lib/engines/sqlite/apply/apply-pages.ts";
import { ApplyProcess } from "../../../lib/engines/sqlite/apply/apply-process.ts";
import { dryRunAppend } from "../../../lib/engines/sqlite/apply/dry-run-append.ts";
import { PageSetWriter } from "../../../lib/engines/sqlite/apply/page-set-file.ts";
import { readIntent } from "../../../lib/engines/sqlite/apply/write-intent.ts";
import { runKilledApply } from "../../crash/run-killed-apply.ts";

const KILLED_CHILD = path.resolve(import.meta.dirname, "../../crash/killed-apply-child.ts");
const PAGE_SIZE = 4096;

let folder: string;
let file: string;
let app: DatabaseSync;

/** A database whose first state was copied to `copy.db`; `app` is an application's connection that stays open. */
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "apply-"));
  file = path.join(folder, "live.db");
  const maker = new DatabaseSync(file);
  maker.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
  fill(maker, 1, 2000);
  maker.close();
  copyFileSync(file, path.join(folder, "copy.db"));
  app = new DatabaseSync(file);
});
afterEach(() => {
  delete process.env.KILLED_APPLY;
  app.close();
  rmSync(folder, { recursive: true, force: true });
});

function fill(connection: DatabaseSync, from: number, to: number): void {
  connection.exec("BEGIN");
  const insert = connection.prepare("INSERT INTO t VALUES (?, ?)");
  for (let id = from; id <= to; id++) insert.run(id, `value ${id}`.padEnd(100, "."));
  connection.exec("COMMIT");
}

function run(signal = new AbortController().signal): Run {
  return { signal, progress: () => undefined };
}

function job(more: Partial<ApplyJob> = {}): ApplyJob {
  return {
    restoreId: "one",
    databasePath: file,
    intentPath: path.join(folder, "intent"),
    pagesFile: null,
    cookieFloor: 0,
    lockTimeoutMs: 5000,
    pagesTimeoutMs: 5000,
    ...more,
  };
}

/** All pages of the copy. */
function copiedPages(): { pagesFile: string; sizeAfterPages: number } {
  const image = readFileSync(path.join(folder, "copy.db"));
  const pagesFile = path.join(folder, "pages");
  const set = new PageSetWriter(pagesFile, PAGE_SIZE);
  for (let at = 0; at < image.length; at += PAGE_SIZE) set.add(at / PAGE_SIZE + 1, image.subarray(at, at + PAGE_SIZE));
  set.finish();
  return { pagesFile, sizeAfterPages: image.length / PAGE_SIZE };
}

function scalar(connection: DatabaseSync, sql: string): unknown {
  return Object.values(connection.prepare(sql).get() ?? {})[0];
}

/**
 * The database as a power cut leaves it: without the index, so that the log alone counts. Copied by another program, since
 * this process has connections to it whose locks a copy of its own would drop.
 */
function afterPowerCut(): DatabaseSync {
  const cut = path.join(folder, "cut.db");
  for (const end of ["", "-wal"]) execFileSync("cp", [file + end, cut + end]);
  return new DatabaseSync(cut);
}

describe("pages applied to a live database", () => {
  it("are one commit that an open connection sees without reopening, also when the database shrinks", async () => {
    fill(app, 2001, 9000);
    app.exec("DELETE FROM t WHERE id <= 1000; CREATE TABLE later(x); INSERT INTO later VALUES (1)");
    const cookie = Number(scalar(app, "PRAGMA schema_version"));
    const applied = await applyPages(job(), async () => copiedPages(), run());
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(2000);
    expect(scalar(app, "SELECT count(*) FROM sqlite_schema WHERE name = 'later'")).toBe(0);
    expect(scalar(app, "PRAGMA page_count")).toBe(copiedPages().sizeAfterPages);
    expect(scalar(app, "PRAGMA integrity_check")).toBe("ok");
    expect(scalar(app, "PRAGMA schema_version")).toBe(applied?.schemaCookie);
    expect(applied?.schemaCookie).toBeGreaterThan(cookie);
    expect(readIntent(job().intentPath)).toMatchObject({ restoreId: "one", end: applied?.end });
  });

  it("reach a database whose log is empty", async () => {
    app.exec("DELETE FROM t; PRAGMA wal_checkpoint(TRUNCATE)");
    await applyPages(job(), async () => copiedPages(), run());
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(2000);
    expect(scalar(app, "PRAGMA integrity_check")).toBe("ok");
  });

  it("get a schema cookie above the given floor and a raised change counter", async () => {
    app.exec("DELETE FROM t; PRAGMA wal_checkpoint(TRUNCATE)");
    app.close();
    const before = readFileSync(file);
    app = new DatabaseSync(file);
    const applied = await applyPages(job({ cookieFloor: 7000 }), async () => copiedPages(), run());
    expect(applied?.schemaCookie).toBe(7001);
    app.close();
    const after = readFileSync(file);
    expect(after.readUInt32BE(24)).toBeGreaterThan(before.readUInt32BE(24));
    expect(after.readUInt32BE(92)).toBe(after.readUInt32BE(24));
    app = new DatabaseSync(file);
  });

  it("replace those of the job's own set where both hold a page", async () => {
    app.exec("DELETE FROM t");
    const early = path.join(folder, "early");
    const set = new PageSetWriter(early, PAGE_SIZE);
    set.add(2, Buffer.alloc(PAGE_SIZE, 0xee));
    set.finish();
    await applyPages(job({ pagesFile: early }), async () => copiedPages(), run());
    expect(scalar(app, "PRAGMA integrity_check")).toBe("ok");
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(2000);
  });

  it("are not applied when one of them was damaged on its way", async () => {
    app.exec("DELETE FROM t");
    const pages = copiedPages();
    const bytes = readFileSync(pages.pagesFile);
    bytes[3 * PAGE_SIZE + 5] = (bytes[3 * PAGE_SIZE + 5] ?? 0) ^ 1;
    writeFileSync(pages.pagesFile, bytes);
    const applying = applyPages(job(), async () => pages, run());
    await expect(applying).rejects.toMatchObject({ code: "restore_failed", details: { outcome: "nothing" } });
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(0);
  });
});

describe("an apply that does not come to its end", () => {
  it("leaves everything as it was when the parent gives up", async () => {
    app.exec("DELETE FROM t");
    expect(await applyPages(job(), async () => null, run())).toBeNull();
    app.exec("INSERT INTO t VALUES (1, 'after')");
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(1);
    expect(existsSync(job().intentPath)).toBe(false);
  });

  it("gives the write lock back when the pages take too long", async () => {
    app.exec("DELETE FROM t");
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return copiedPages();
    };
    const applying = applyPages(job({ pagesTimeoutMs: 200 }), slow, run());
    await expect(applying).rejects.toMatchObject({ code: "restore_conflict", details: { outcome: "nothing" } });
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(0);
    app.exec("INSERT INTO t VALUES (1, 'after')");
  });

  it("says who is in the way when the write lock cannot be had", async () => {
    app.exec("BEGIN IMMEDIATE");
    const applying = applyPages(job({ lockTimeoutMs: 300 }), async () => copiedPages(), run());
    await expect(applying).rejects.toMatchObject({
      code: "restore_conflict",
      message: "Another process kept the write lock of the database for 0.3 seconds.",
      details: { outcome: "nothing" },
    });
    app.exec("ROLLBACK");
  });

  it("can be cancelled while the lock is held, and then changed nothing", async () => {
    app.exec("DELETE FROM t");
    const cancelling = new AbortController();
    const reason = new Error("cancelled by somebody");
    const provide = async () => {
      cancelling.abort(reason);
      return copiedPages();
    };
    await expect(applyPages(job(), provide, run(cancelling.signal))).rejects.toBe(reason);
    app.exec("INSERT INTO t VALUES (1, 'after')");
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(1);
  });

  it.each(["after frames", "before header"])(
    "cannot surface later once it was killed %s: a fence follows before its outcome is told",
    async (stage) => {
      app.exec("DELETE FROM t; INSERT INTO t VALUES (7, 'kept')");
      process.env.KILLED_APPLY = JSON.stringify({ stage });
      const applying = applyPages(
        job(),
        async () => copiedPages(),
        run(),
        () => new ApplyProcess(KILLED_CHILD),
      );
      const outcome = stage === "before header" ? "unknown" : "nothing";
      await expect(applying).rejects.toMatchObject({ details: { outcome } });
      const recovered = afterPowerCut();
      expect(scalar(recovered, "SELECT count(*) FROM t")).toBe(1);
      recovered.close();
    },
  );

  it("would surface after a power cut without the fence", async () => {
    app.exec("DELETE FROM t; INSERT INTO t VALUES (7, 'kept')");
    await runKilledApply(file, path.join(folder, "dead"), () => copiedPages(), { stage: "before header" });
    const recovered = afterPowerCut();
    expect(scalar(recovered, "SELECT count(*) FROM t")).toBe(2000);
    recovered.close();
  });

  it("took place although it was killed right after publishing, and its intent says where to look", async () => {
    app.exec("DELETE FROM t");
    process.env.KILLED_APPLY = JSON.stringify({ stage: "after headers" });
    const applying = applyPages(
      job(),
      async () => copiedPages(),
      run(),
      () => new ApplyProcess(KILLED_CHILD),
    );
    await expect(applying).rejects.toMatchObject({ details: { outcome: "unknown" } });
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(2000);
    expect(readIntent(job().intentPath)).toMatchObject({ restoreId: "one" });
  });
});

describe("a fence", () => {
  it("changes nothing that anybody can see", async () => {
    const version = scalar(app, "PRAGMA schema_version");
    await fence(file);
    expect(scalar(app, "SELECT count(*) FROM t")).toBe(2000);
    expect(scalar(app, "PRAGMA schema_version")).toBe(version);
  });
});

describe("a dry run on a copy", () => {
  it("finds that a sound database can be appended to", async () => {
    expect(await dryRunAppend(path.join(folder, "copy.db"), run())).toBeNull();
  });

  it("says what is wrong with one that cannot", async () => {
    const broken = path.join(folder, "broken.db");
    const bytes = readFileSync(path.join(folder, "copy.db"));
    bytes.fill(0x55, 20 * PAGE_SIZE, 21 * PAGE_SIZE);
    writeFileSync(broken, bytes);
    expect(await dryRunAppend(broken, run())).toMatch(/integrity_check/);
  });
});
