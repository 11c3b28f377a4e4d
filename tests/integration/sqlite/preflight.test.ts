import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { preflightFile } from "../../../lib/engines/sqlite/preflight/preflight-file.ts";

let folder = "";
let data = "";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "preflight-")));
  data = path.join(folder, "data");
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeDatabase(name: string, sql = "CREATE TABLE t(a)", mode = "wal"): string {
  const file = path.join(folder, name);
  const connection = new DatabaseSync(file);
  connection.exec(`PRAGMA journal_mode = ${mode}; ${sql}`);
  connection.close();
  return file;
}

const check = (file: string, registered: string[] = []) =>
  preflightFile(file, { attachRoots: [folder], ownPaths: [data], registered, dataDirectory: data });
const codes = async (file: string, registered: string[] = []) =>
  (await check(file, registered)).refusals.map(({ code }) => code);

describe("before a file is attached", () => {
  test("a database in WAL mode passes, and its sizes are told", async () => {
    const file = makeDatabase("good.db", "CREATE TABLE t(a); CREATE TABLE u(a); CREATE INDEX i ON t(a)");
    expect(await check(file)).toEqual({
      path: file,
      ok: true,
      refusals: [],
      warnings: [],
      sizeBytes: statSync(file).size,
      pageSizeBytes: 4096,
      journalMode: "wal",
      tables: 2,
    });
  });

  test("a folder or a link in the place of SQLite's log or its index is refused", async () => {
    const withFolder = makeDatabase("folder.db");
    mkdirSync(`${withFolder}-shm`);
    expect(await codes(withFolder)).toEqual(["odd_companion"]);
    const withLink = makeDatabase("link.db");
    writeFileSync(path.join(folder, "elsewhere"), "");
    symlinkSync(path.join(folder, "elsewhere"), `${withLink}-wal`);
    expect(await codes(withLink)).toEqual(["odd_companion"]);
    const withHardLink = makeDatabase("hard.db");
    linkSync(path.join(folder, "elsewhere"), `${withHardLink}-wal`);
    expect(await codes(withHardLink)).toEqual(["odd_companion"]);
  });

  test("a database in use by another process passes and loses none of its locks", async () => {
    const file = makeDatabase("busy.db");
    const writer = spawn("python3", [
      "-c",
      `import sqlite3,sys,time
c=sqlite3.connect(${JSON.stringify(file)},isolation_level=None); c.execute("pragma journal_mode=wal"); c.execute("begin"); c.execute("select * from t"); print("up",flush=True); time.sleep(30)`,
    ]);
    try {
      await new Promise((resolve) => writer.stdout.once("data", resolve));
      expect(await codes(file)).toEqual([]);
      const locks = execFileSync("cat", ["/proc/locks"], { encoding: "utf8" });
      expect(locks).toContain(` ${writer.pid} `);
    } finally {
      writer.kill("SIGKILL");
    }
  });

  test("what is no file of its own is refused by name, without hanging", async () => {
    const file = makeDatabase("good.db");
    symlinkSync(file, path.join(folder, "link.db"));
    mkdirSync(path.join(folder, "sub"));
    symlinkSync(path.join(folder, "sub"), path.join(folder, "linked-folder"));
    makeDatabase("sub/inner.db");
    execFileSync("mkfifo", [path.join(folder, "pipe.db")]);
    const server = net.createServer().listen(path.join(folder, "socket.db"));
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      expect(await codes(path.join(folder, "link.db"))).toEqual(["symlink"]);
      expect(await codes(path.join(folder, "linked-folder/inner.db"))).toEqual(["symlink"]);
      expect(await codes(path.join(folder, "sub/../sub/inner.db"))).toEqual([]);
      expect(await codes(path.join(folder, "pipe.db"))).toEqual(["not_regular"]);
      expect(await codes(path.join(folder, "socket.db"))).toEqual(["not_regular"]);
      expect(await codes(path.join(folder, "sub"))).toEqual(["directory"]);
      expect(await codes(path.join(folder, "none.db"))).toEqual(["missing"]);
      expect(await codes(`${file}/none.db`)).toEqual(["missing"]);
      linkSync(file, path.join(folder, "second-name.db"));
      expect(await codes(file)).toEqual(["hard_link"]);
    } finally {
      server.close();
    }
  });

  test("paths outside of the attach roots are refused, however they are written", async () => {
    for (const outside of ["/etc/passwd", `${folder}/../outside.db`, `${folder}x/a.db`, folder, "/"]) {
      expect(await codes(outside)).toEqual(["outside_roots"]);
    }
    for (const special of ["/proc/self/environ", "/dev/zero", "/sys/kernel/x"]) {
      expect(await codes(special)).toEqual(["special_path"]);
    }
    for (const relative of ["a.db", "", "./a.db", `${folder}/a\0.db`]) {
      expect(await codes(relative)).toEqual(["not_absolute"]);
    }
  });

  test("a root that is itself a symbolic link works, and the path told is the real one", async () => {
    const file = makeDatabase("good.db");
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    try {
      const found = await preflightFile(path.join(link, "good.db"), {
        attachRoots: [link],
        ownPaths: [data],
        registered: [],
        dataDirectory: data,
      });
      expect(found).toMatchObject({ ok: true, path: file });
    } finally {
      rmSync(link);
    }
  });

  test("our own files are refused under any path", async () => {
    const file = makeDatabase("data/lastgood.db");
    expect(await codes(file)).toEqual(["own_file"]);
  });

  test("a file that is attached already is refused, also after a move", async () => {
    const file = makeDatabase("good.db");
    expect(await codes(file, [file])).toEqual(["already_attached"]);
    renameSync(file, path.join(folder, "moved.db"));
    expect(await codes(path.join(folder, "moved.db"), [file])).toEqual([]);
  });

  test("what is no database, encrypted or damaged is told apart", async () => {
    const write = (name: string, content: Buffer | string) => {
      writeFileSync(path.join(folder, name), content);
      return path.join(folder, name);
    };
    expect(await codes(write("text.db", "hello ".repeat(1000)))).toEqual(["no_database"]);
    expect(await codes(write("empty.db", ""))).toEqual(["no_database"]);
    expect(await codes(write("secret.db", randomBytes(8192)))).toEqual(["encrypted"]);
    const good = makeDatabase("good.db");
    const torn = readFileSync(good);
    torn.fill(0xee, 100, 4096);
    expect(await codes(write("torn.db", torn))).toEqual(["damaged"]);
  });

  test("a database that is not in WAL mode is refused with the command that switches it, and stays as it is", async () => {
    const file = makeDatabase("it's old.db", "CREATE TABLE t(a)", "delete");
    const found = await check(file);
    expect(found).toMatchObject({ ok: false, journalMode: "delete", refusals: [{ code: "not_wal" }] });
    expect(found.refusals[0]?.remedy).toContain("PRAGMA journal_mode=WAL");
    expect((await check(file)).journalMode).toBe("delete");
  });

  test("a program in exclusive locking mode is noticed", async () => {
    const file = makeDatabase("mine.db");
    const holder = spawn("python3", [
      "-c",
      `import sqlite3,time
c=sqlite3.connect(${JSON.stringify(file)},isolation_level=None); c.execute("pragma locking_mode=exclusive"); c.execute("insert into t values(1)"); print("up",flush=True); time.sleep(30)`,
    ]);
    try {
      await new Promise((resolve) => holder.stdout.once("data", resolve));
      expect(await codes(file)).toEqual(["locked_exclusively"]);
    } finally {
      holder.kill("SIGKILL");
    }
  });

  test("Litestream's tables are noticed", async () => {
    expect(await codes(makeDatabase("replicated.db", "CREATE TABLE _litestream_seq(id, seq)"))).toEqual(["litestream"]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "a log that belongs to another user than the database is warned of",
    async () => {
      const file = makeDatabase("shared.db");
      writeFileSync(`${file}-shm`, "");
      execFileSync("chown", ["12345", `${file}-shm`]);
      expect((await check(file)).warnings.map(({ code }) => code)).toEqual(["companion_owner"]);
    },
  );
});
