import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { addMember } from "../../world/add-member.ts";
import { attachFile, callApi } from "../../world/call-api.ts";
import { callD1, type D1Answer } from "../../world/call-d1.ts";
import type { StartedLastgood } from "../../world/start-lastgood.ts";

const at = "accounts/acme/d1/database";
type Result = { results: unknown; meta: Record<string, unknown> };
type Import = { status: string; at_bookmark: string; errors?: string[]; result?: { num_queries: number } };

/** What is said over the wire, to the letter, and what a client must be able to rely on. */
export function envelopeScenarios(lastgood: () => StartedLastgood): void {
  const call = <T>(route: string, options: Parameters<typeof callD1>[2] = {}) => callD1<T>(lastgood(), route, options);
  const query = (sql: string, more: object = {}, token?: string) =>
    call<Result[]>(`${at}/wire/query`, { body: { sql, ...more }, ...(token && { token }) });
  const refused = ({ status, body }: D1Answer<unknown>) => [status, body.errors[0]?.code, body.errors[0]?.message];

  async function addToken(grant: object): Promise<string> {
    const body = { name: "a token", expiresInHours: 1, ...grant };
    const made = await callApi<{ token: string }>(lastgood(), "/tokens", { body });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.token;
  }

  describe("the D1 API", () => {
    beforeAll(async () => {
      const made = await call(at, { body: { name: "wire", primary_location_hint: "weur" } });
      expect(made.status, JSON.stringify(made.body)).toBe(200);
    });

    test("pages lists, and the page after a full last one is empty", async () => {
      const { total_count } = (await call<unknown[]>(`${at}?per_page=1`)).body.result_info ?? { total_count: 0 };
      expect(total_count).toBeGreaterThan(0);
      const last = await call<object[]>(`${at}?per_page=${total_count}&page=1`);
      expect(last.body.result).toHaveLength(total_count);
      for (const database of last.body.result) expect(Object.values(database)).not.toContain(null);
      const beyond = await call<unknown[]>(`${at}?per_page=${total_count}&page=2`);
      expect(beyond.body.result).toEqual([]);
      expect(beyond.body.result_info).toEqual({ page: 2, per_page: total_count, count: 0, total_count });
    });

    test("answers several statements one by one, an empty list with one empty result", async () => {
      const made = await query("CREATE TABLE t(a); INSERT INTO t VALUES (1),(2); SELECT sum(a) AS s FROM t");
      expect(made.body.result.map(({ results }) => results)).toEqual([[], [], [{ s: 3 }]]);
      expect(made.body.result[1]?.meta).toMatchObject({
        served_by: "lastgood.local",
        served_by_primary: true,
        timings: { sql_duration_ms: expect.any(Number) },
        duration: expect.any(Number),
        changes: 2,
        last_row_id: 2,
        changed_db: true,
        rows_written: 2,
        size_after: expect.any(Number),
      });
      const nothing = await query("-- a migration that does nothing\n");
      expect(nothing.body.result).toMatchObject([{ results: [], success: true, meta: { changes: 0 } }]);
      const halfway = await query("INSERT INTO t VALUES (3); INSERT INTO nope VALUES (1)");
      expect(refused(halfway)).toEqual([400, 7500, "no such table: nope: SQLITE_ERROR"]);
      expect((await query("SELECT count(*) AS n FROM t")).body.result[0]?.results).toEqual([{ n: 2 }]);
    });

    test("binds texts, numbers, null and bytes, and keeps 64-bit integers whole", async () => {
      const params = ["it's", 1.5, 7, null, [0, 255]];
      const { body } = await query("SELECT ? AS t, ? AS r, typeof(?) AS i, ? AS n, hex(?) AS b", { params });
      expect(body.result[0]?.results).toEqual([{ t: "it's", r: 1.5, i: "integer", n: null, b: "00FF" }]);
      const { url, token } = lastgood();
      const answer = await fetch(`${url}/client/v4/${at}/wire/query`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ sql: "SELECT 9007199254740993 AS big" }),
      });
      expect(await answer.text()).toContain('{"big":9007199254740993}');
    });

    test("keeps its limits: SQL, values bound, and the longest value", async () => {
      expect(refused(await query(`SELECT '${"x".repeat(100_001)}'`)).slice(0, 2)).toEqual([400, 7400]);
      const many = { params: Array.from({ length: 101 }, () => 1) };
      expect(refused(await query("SELECT ?", many)).slice(0, 2)).toEqual([400, 7400]);
      const long = await query("SELECT zeroblob(2000001)");
      expect(refused(long)).toEqual([400, 7500, "string or blob too big: SQLITE_TOOBIG"]);
      expect((await query("SELECT length(zeroblob(1999000)) AS n")).body.result[0]?.results).toEqual([
        { n: 1_999_000 },
      ]);
      const both = await query("SELECT ?; SELECT ?", { params: [1, 2] });
      expect(refused(both).slice(0, 2)).toEqual([400, 7400]);
    });

    test("lets a token that may only read read, and says why it may not write or restore", async () => {
      const reading = await addToken({ preset: "read-only" });
      expect((await query("SELECT count(*) AS n FROM t", {}, reading)).body.result[0]?.results).toEqual([{ n: 2 }]);
      const written = await query("INSERT INTO t VALUES (9)", {}, reading);
      expect(refused(written).slice(0, 2)).toEqual([403, 7403]);
      expect(written.body.errors[0]?.message).toMatch(/may read, but not write/);
      const careful = await addToken({});
      const { result } = (await call<{ bookmark: string }>(`${at}/wire/time_travel/bookmark?`)).body;
      for (const token of [reading, careful]) {
        const restore = `${at}/wire/time_travel/restore?bookmark=${result.bookmark}`;
        const answer = await call(restore, { method: "POST", token });
        expect(refused(answer).slice(0, 2)).toEqual([403, 7403]);
        expect(answer.body.errors[0]?.message).toContain("restore.project");
        const gone = await call(`${at}/wire`, { method: "DELETE", token });
        expect(refused(gone).slice(0, 2)).toEqual([403, 7403]);
      }
    });

    test("takes a time in ISO, in seconds and in milliseconds, and refuses what is none", async () => {
      const nowMs = Date.now();
      const bookmarkAt = (time: string) =>
        call<{ bookmark: string }>(`${at}/wire/time_travel/bookmark?timestamp=${encodeURIComponent(time)}`);
      const iso = await bookmarkAt(new Date(nowMs).toISOString());
      expect(iso.body.result.bookmark).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/);
      expect((await bookmarkAt(`${nowMs}`)).body.result).toEqual(iso.body.result);
      expect((await bookmarkAt("1000000000")).body.errors[0]).toMatchObject({
        code: 7400,
        message: expect.stringMatching(/older than/),
      });
      for (const time of ["yesterday", "", "99999999999999999", new Date(nowMs + 3_600_000).toISOString()]) {
        expect(refused(await bookmarkAt(time)).slice(0, 2), time).toEqual([400, 7400]);
      }
    });

    test("imports by a signed address that takes these bytes for this database alone", async () => {
      const sql = "INSERT INTO t VALUES (10); INSERT INTO t VALUES (11);";
      const etag = createHash("md5").update(sql).digest("hex");
      type Init = { upload_url: string; filename: string; success: true };
      const init = await call<Init>(`${at}/wire/import`, { body: { action: "init", etag } });
      const other = await fetch(init.body.result.upload_url, { method: "PUT", body: `${sql} ` });
      expect(other.status).toBe(400);
      expect((await other.json()).errors[0].message).toMatch(/another MD5/);
      const { upload_url, filename } = init.body.result;
      const early = await call<Import>(`${at}/wire/import`, { body: { action: "ingest", etag, filename } });
      expect(refused(early).slice(0, 2)).toEqual([400, 7400]);
      expect((await fetch(`${upload_url}x`, { method: "PUT", body: sql })).status).toBe(403);
      // The same address takes the right bytes at once.
      const put = await fetch(upload_url, { method: "PUT", body: sql });
      expect([put.status, put.headers.get("etag")]).toEqual([200, `"${etag}"`]);
      const elsewhere = await call(`${at}/by-kysely/import`, { body: { action: "ingest", etag, filename } });
      expect(refused(elsewhere).slice(0, 2)).toEqual([400, 7400]);
      const ingest = { action: "ingest", etag, filename };
      const ran = await call<Import>(`${at}/wire/import`, { body: ingest });
      expect(ran.body.result).toMatchObject({ status: "complete", result: { num_queries: 2 } });
      // A repeat is the same import.
      expect((await call<Import>(`${at}/wire/import`, { body: ingest })).body.result).toEqual(ran.body.result);
      const poll = { action: "poll", current_bookmark: ran.body.result.at_bookmark };
      expect((await call<Import>(`${at}/wire/import`, { body: poll })).body.result.status).toBe("complete");
      expect((await query("SELECT count(*) AS n FROM t")).body.result[0]?.results).toEqual([{ n: 4 }]);
      const unknown = { action: "poll", current_bookmark: "00000001-0-0-0" };
      const lost = await call(`${at}/wire/import`, { body: unknown });
      expect(refused(lost)[2]).toMatch(/not known.*begin it again/);
    });

    test("exports the moment that was asked for, and in parts, whatever is written meanwhile", async () => {
      const { result } = (await call<{ bookmark: string }>(`${at}/wire/time_travel/bookmark`)).body;
      await query("CREATE TABLE later(x); INSERT INTO later VALUES (1)");
      type Export = { at_bookmark: string; status: string; result: { signed_url: string; filename: string } };
      const dump = async (dump_options: object, current_bookmark?: string) => {
        const body = { output_format: "polling", dump_options, current_bookmark };
        const made = await call<Export>(`${at}/wire/export`, { body });
        expect(made.body.result?.status, JSON.stringify(made.body)).toBe("complete");
        return (await fetch(made.body.result.result.signed_url)).text();
      };
      expect(await dump({}, result.bookmark)).not.toContain("later");
      expect(await dump({ tables: ["later"], no_schema: true })).toMatch(
        /^PRAGMA[^\n]*\nINSERT INTO "later"\("x"\) VALUES\(1\);\n$/,
      );
      const absent = { output_format: "polling", dump_options: { tables: ["nope"] } };
      expect(refused(await call(`${at}/wire/export`, { body: absent })).slice(0, 2)).toEqual([400, 7400]);
    });

    test("refuses, in words, the queries of an attached database, whose moments it still tells", async () => {
      const file = path.join(tmpdir(), `attached-${process.pid}.db`);
      const theirs = new DatabaseSync(file);
      theirs.exec("PRAGMA journal_mode=wal; CREATE TABLE x(a); INSERT INTO x VALUES (1)");
      await attachFile(lastgood(), "attached", file);
      const answer = await call(`${at}/attached/query`, { body: { sql: "SELECT 1" } });
      expect(refused(answer).slice(0, 2)).toEqual([400, 7400]);
      expect(answer.body.errors[0]?.message).toMatch(/attached.*program that owns/);
      expect((await call<{ num_tables: number }>(`${at}/attached`)).body.result.num_tables).toBe(1);
      expect((await call(`${at}/attached/time_travel/bookmark`)).status).toBe(200);
      theirs.close();
      expect((await call(`${at}/attached`, { method: "DELETE" })).status).toBe(200);
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    });

    test("restores ten times within ten minutes, and then says when to go on", async () => {
      const point = async () =>
        (await call<{ bookmark: string }>(`${at}/wire/time_travel/bookmark`)).body.result.bookmark;
      const to = await point();
      const restore = () => call(`${at}/wire/time_travel/restore?bookmark=${to}`, { method: "POST" });
      for (let i = 0; i < 10; i++) {
        await query("INSERT INTO t VALUES (0)");
        expect((await restore()).status).toBe(200);
      }
      // To where it is already: no restore, so none too many.
      expect((await restore()).status).toBe(200);
      await query("INSERT INTO t VALUES (0)");
      const more = await restore();
      expect(refused(more).slice(0, 2)).toEqual([429, 7429]);
      expect(Number(more.headers.get("retry-after"))).toBeGreaterThan(500);
    });

    test("names the way to an approval where the database asks for another person's", async () => {
      const made = await call<{ uuid: string }>(at, { body: { name: "guarded" } });
      expect(made.status).toBe(200);
      const { body } = await call<{ bookmark: string }>(`${at}/guarded/time_travel/bookmark`);
      const policy = await callApi<{ rules: object; version: number }>(lastgood(), "/databases/guarded/policy");
      await addMember(lastgood().data, "acme", "admin");
      const rules = { ...policy.body.rules, approvals: 1 };
      const set = await callApi(lastgood(), "/databases/guarded/policy", {
        method: "PUT",
        body: { rules, version: policy.body.version },
      });
      expect(set.status, JSON.stringify(set.body)).toBe(200);
      const restore = `${at}/guarded/time_travel/restore?bookmark=${body.result.bookmark}`;
      const answer = await call(restore, { method: "POST" });
      expect(refused(answer).slice(0, 2)).toEqual([403, 7403]);
      expect(answer.body.errors[0]?.message).toMatch(/must be approved by one other person.*Request an approval/);
      expect(refused(await call(`${at}/guarded`, { method: "DELETE" })).slice(0, 2)).toEqual([403, 7403]);
    });
  });
}
