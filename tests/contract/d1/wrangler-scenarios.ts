import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { callApi } from "../../world/call-api.ts";
import { callD1 } from "../../world/call-d1.ts";
import { runWrangler } from "../../world/run-wrangler.ts";
import type { StartedLastgood } from "../../world/start-lastgood.ts";

const BOOKMARK = /[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}/;

/** What a person does with the real wrangler, against a whole Lastgood. Each step stands on the ones before. */
/** What older versions neither need nor know. */
const KEEPING_CONFIG = process.env.LASTGOOD_TEST_WRANGLER === undefined ? ["--no-update-config"] : [];

export function wranglerScenarios(lastgood: () => StartedLastgood): void {
  const folder = mkdtempSync(path.join(tmpdir(), "wrangler-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => runWrangler(lastgood(), folder, ["d1", ...args]);
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const bookmarks: Record<string, string> = {};

  /** Rows by the real client; `look` gets them in a fiftieth of the time, where who asks is not the point. */
  async function rows(sql: string): Promise<unknown[]> {
    const { out, err, code } = await run("execute", "shop", "--remote", "--json", "--command", sql);
    expect(code, out + err).toBe(0);
    return (JSON.parse(out) as { results: unknown[] }[]).at(-1)?.results ?? [];
  }
  const database = "accounts/acme/d1/database/shop";
  async function look(sql: string): Promise<unknown[]> {
    const { status, body } = await callD1<{ results: unknown[] }[]>(lastgood(), `${database}/query`, { body: { sql } });
    expect(status, JSON.stringify(body)).toBe(200);
    return body.result.at(-1)?.results ?? [];
  }
  const current = async () =>
    (await callD1<{ bookmark: string }>(lastgood(), `${database}/time_travel/bookmark`)).body.result.bookmark;

  describe("wrangler", () => {
    test("makes a database, and says when its name is taken", async () => {
      const made = await run("create", "shop", ...KEEPING_CONFIG);
      expect(made.out + made.err).toContain("Successfully created DB 'shop'");
      expect(made.code).toBe(0);
      const again = await run("create", "shop", ...KEEPING_CONFIG);
      expect(again.code).not.toBe(0);
      expect(again.out + again.err).toContain("A database with that name already exists");
    });

    test("lists all databases of several full pages, and ends", async () => {
      const { url, token, namespace } = lastgood();
      await Promise.all(
        Array.from({ length: 9 }, async (_, i) => {
          const { status } = await callApi({ url, token, namespace } as StartedLastgood, "/databases", {
            body: { name: `more-${i}`, engine: "sqlite" },
          });
          expect(status).toBeLessThan(300);
        }),
      );
      const { out, code } = await run("list", "--json");
      expect(code).toBe(0);
      expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual(
        expect.arrayContaining(["shop", ...Array.from({ length: 9 }, (_, i) => `more-${i}`)]),
      );
    });

    test("runs a command, and prints SQLite's own error", async () => {
      expect(
        await rows("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t(v) VALUES ('a'), ('b')"),
      ).toEqual([]);
      expect(await rows("SELECT id, v FROM t ORDER BY id")).toEqual([
        { id: 1, v: "a" },
        { id: 2, v: "b" },
      ]);
      const failed = await run("execute", "shop", "--remote", "--command", "SELECT * FROM nope");
      expect(failed.code).not.toBe(0);
      expect(failed.out + failed.err).toContain("no such table: nope: SQLITE_ERROR");
    });

    test("runs a file as one transaction, and tells which statement failed", async () => {
      bookmarks.two = await current();
      const good = file(
        "good.sql",
        "INSERT INTO t(v) VALUES ('c;--');\n-- a comment\nINSERT INTO t(v) VALUES ('d');\n",
      );
      const ran = await run("execute", "shop", "--remote", "--yes", "--file", good);
      expect(ran.code, ran.out + ran.err).toBe(0);
      expect(ran.out).toContain("Executed 2 queries");
      const bad = file("bad.sql", "INSERT INTO t(v) VALUES ('e');\nINSERT INTO nope VALUES (1);\n");
      const failed = await run("execute", "shop", "--remote", "--yes", "--file", bad);
      expect(failed.code).not.toBe(0);
      expect(failed.out + failed.err).toContain("no such table: nope: SQLITE_ERROR (statement 2)");
      expect(await look("SELECT v FROM t ORDER BY id")).toEqual([{ v: "a" }, { v: "b" }, { v: "c;--" }, { v: "d" }]);
    });

    test("shows what is known of it, queries counted", async () => {
      const { out, err, code } = await run("info", "shop", "--json");
      expect(code, out + err).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ name: "shop", num_tables: 1, rows_written_24h: expect.any(Number) });
      const info = JSON.parse(out) as Record<string, number>;
      expect(info.read_queries_24h).toBeGreaterThanOrEqual(2);
      expect(info.write_queries_24h).toBeGreaterThanOrEqual(2);
      expect(info.rows_written_24h).toBeGreaterThanOrEqual(2);
    });

    test("goes back to a bookmark, and with the one that it prints forth again", async () => {
      bookmarks.four = await current();
      expect(bookmarks.four > (bookmarks.two ?? "")).toBe(true);
      const restored = await run("time-travel", "restore", "shop", `--bookmark=${bookmarks.two}`);
      expect(restored.code, restored.out + restored.err).toBe(0);
      const undo = /restore to the previous bookmark: (\S+)/.exec(restored.out)?.[1] ?? "";
      expect(undo).toMatch(BOOKMARK);
      expect(await look("SELECT count(*) AS n FROM t")).toEqual([{ n: 2 }]);
      const undone = await run("time-travel", "restore", "shop", `--bookmark=${undo}`, "--json");
      expect(undone.code, undone.out + undone.err).toBe(0);
      expect(JSON.parse(undone.out)).toMatchObject({
        bookmark: undo,
        previous_bookmark: expect.stringMatching(BOOKMARK),
      });
      expect(await look("SELECT count(*) AS n FROM t")).toEqual([{ n: 4 }]);
    });

    test("goes back to a time, which is the same bookmark whenever it is asked for", async () => {
      const at = new Date().toISOString();
      await look("DELETE FROM t");
      const asked = async () =>
        JSON.parse((await run("time-travel", "info", "shop", `--timestamp=${at}`, "--json")).out);
      const first = (await asked()) as { bookmark: string };
      const restored = await run("time-travel", "restore", "shop", `--timestamp=${at}`, "--json");
      expect(restored.code, restored.out + restored.err).toBe(0);
      expect(JSON.parse(restored.out)).toMatchObject({ bookmark: first.bookmark });
      expect(await look("SELECT count(*) AS n FROM t")).toEqual([{ n: 4 }]);
      expect(await asked()).toEqual(first);
    });

    test("is told what is wrong with a bookmark, a moment outside of the window, and a database that there is not", async () => {
      const foreign = await run(
        "time-travel",
        "restore",
        "shop",
        `--bookmark=00000001-00000000-00000001-${"ab".repeat(16)}`,
      );
      expect(foreign.code).not.toBe(0);
      expect(foreign.out + foreign.err).toContain("[code: 7400]");
      const early = new Date(Date.now() - 86_400_000).toISOString();
      const old = await run("time-travel", "info", "shop", `--timestamp=${early}`);
      expect(old.code).not.toBe(0);
      expect(old.out + old.err).toMatch(/older than the recovery window[\s\S]*\[code: 7400\]/);
      const absent = await run("info", "nowhere");
      expect(absent.code).not.toBe(0);
      expect(absent.out + absent.err).toContain("Couldn't find");
    });

    test("exports what its own execute, and SQLite, read back", async () => {
      const output = path.join(folder, "dump.sql");
      const exported = await run("export", "shop", "--remote", "--output", output);
      expect(exported.code, exported.out + exported.err).toBe(0);
      const sql = readFileSync(output, "utf8");
      expect(sql).toContain("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);");
      expect(sql).toContain(`INSERT INTO "t"("id","v") VALUES(3,'c;--');`);
      const read = await run("execute", "more-0", "--remote", "--yes", "--file", output);
      expect(read.code, read.out + read.err).toBe(0);
    });

    test("applies migrations once, each as one transaction", async () => {
      mkdirSync(path.join(folder, "migrations"), { recursive: true });
      file(
        "migrations/0001_first.sql",
        "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO users(name) VALUES ('ada');\n",
      );
      file("migrations/0002_nothing.sql", "-- only a comment\n");
      const { url, token, namespace } = lastgood();
      const found = await callApi<{ id: string }>({ url, token, namespace } as StartedLastgood, "/databases/shop");
      const bound = { binding: "DB", database_name: "shop", database_id: found.body.id };
      file("wrangler.json", JSON.stringify({ name: "app", compatibility_date: "2026-01-01", d1_databases: [bound] }));
      const applied = await run("migrations", "apply", "shop", "--remote");
      expect(applied.code, applied.out + applied.err).toBe(0);
      expect(await look("SELECT name FROM users")).toEqual([{ name: "ada" }]);
      const again = await run("migrations", "apply", "shop", "--remote");
      expect(again.out).toContain("No migrations to apply");
      file("migrations/0003_broken.sql", "INSERT INTO users(name) VALUES ('grace');\nINSERT INTO nope VALUES (1);\n");
      const broken = await run("migrations", "apply", "shop", "--remote");
      expect(broken.code).not.toBe(0);
      expect(await look("SELECT name FROM users")).toEqual([{ name: "ada" }]);
      rmSync(path.join(folder, "wrangler.json"));
    });

    test("deletes a database", async () => {
      const gone = await run("delete", "more-1", "--skip-confirmation");
      expect(gone.code, gone.out + gone.err).toBe(0);
      // As people read it, with what lists do not tell left out.
      const { out, code } = await run("list");
      expect(code).toBe(0);
      expect(out).toMatch(/ more-2 /);
      expect(out).not.toMatch(/ more-1 |null|undefined/);
    });

    test("is refused with a token that is none, and does not ask who it is", async () => {
      const { out, err, code } = await runWrangler({ ...lastgood(), token: "lg_nobody" }, folder, ["d1", "list"]);
      expect(code).not.toBe(0);
      expect(out + err).toMatch(/Invalid access token[\s\S]*9109/);
    });
  });
}
