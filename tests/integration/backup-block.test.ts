import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlockBackup } from "../../lib/services/backup-block/to-block-backup.ts";
import { callApi } from "../world/call-api.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

/** A fact of the seed each: its configuration, routes, fields and safeguards, against a whole Lastgood. */
const BASE = "/internal/snapshots";
let lastgood: StartedLastgood;
let folder: string;
let config: string;

function configure(backup: object): void {
  writeFileSync(config, JSON.stringify({ backup, other: { block: true } }));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "block-"));
  config = path.join(folder, "service.json");
  configure({
    enabled: true,
    basePath: BASE,
    storagePath: "./snapshots",
    format: "json",
    maxBackups: 50,
    allowRestore: true,
    excludeTables: ["audit_logs", "backup_logs"],
    schedule: { enabled: true, cron: "0 2 * * *", retentionDays: 30 },
  });
  const preload = pathToFileURL(path.resolve(import.meta.dirname, "../crash/points/kill-at-point.ts")).href;
  lastgood = await startLastgood({
    env: {
      LASTGOOD_BACKUP_CONFIG: config,
      NODE_OPTIONS: `--import=${preload}`,
      CRASH_FOLDER: folder,
      // Whoever writes more than one chunk of a document dies in its second one.
      CRASH_ARMS: JSON.stringify([{ point: "document.chunk-written", nth: 2, script: "replace-child.ts" }]),
    },
  });
  const made = await callApi(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } });
  expect(made.status).toBe(201);
  await query("CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'a'), (2, 9007199254740993)");
  await query("CREATE TABLE audit_logs (n); INSERT INTO audit_logs VALUES (1)");
}, 120_000);
afterAll(async () => {
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function query(sql: string): Promise<unknown[]> {
  const { status, body } = await callApi<{ results: unknown[] }[]>(lastgood, "/databases/shop/query", {
    body: { sql },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.at(-1)?.results ?? [];
}

async function call<T>(route: string, method = "GET", headers: Record<string, string> = {}) {
  const answer = await fetch(`${lastgood.url}${route}`, {
    method,
    headers: { authorization: `Bearer ${lastgood.token}`, ...headers },
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: (text.startsWith("{") ? JSON.parse(text) : null) as T,
  };
}

const list = async () => (await call<{ backups: BlockBackup[]; next: string | null }>(BASE)).body;
const contents = () => query("SELECT id, CAST(v AS TEXT) AS v FROM t ORDER BY id LIMIT 5");

describe("the backup block", () => {
  let made: BlockBackup;

  test("is where its basePath says, and nowhere else", async () => {
    expect((await call(BASE)).status).toBe(200);
    expect((await call("/admin/backup")).status).toBe(404);
    expect((await call("/internal/snapshotsx")).status).toBe(404);
    expect((await fetch(`${lastgood.url}${BASE}`)).status).toBe(401);
  });

  test("creates a snapshot: a row with status, size, counts, trigger and who", async () => {
    const once = () => call<BlockBackup>(BASE, "POST", { "idempotency-key": "the-first-one" });
    const created = await once();
    expect(created.status, created.text).toBe(201);
    made = created.body;
    expect(await once()).toMatchObject({ status: 201, body: made });
    expect(created.headers.get("location")).toBe(`${BASE}/${made.id}`);
    expect(made).toMatchObject({
      status: "completed",
      schema: "main",
      tableCount: 1,
      rowCount: 2,
      trigger: "manual",
      cron: null,
      error: null,
    });
    expect(made.fileName).toMatch(/^main_\d{8}T\d{6}Z\.json$/);
    expect(made.sizeBytes).toBeGreaterThan(100);
    expect(made.createdBy).toContain(lastgood.owner.email);
    expect(made.finishedAtMs).toBeGreaterThanOrEqual(made.startedAtMs);
  });

  test("keeps its files below storagePath", () => {
    const names = readdirSync(path.join(lastgood.data, "snapshots"), { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => name.includes(made.id)).map((name) => path.basename(name))).toContain(
      "manifest.json",
    );
  });

  test("lists and shows it", async () => {
    expect((await list()).backups[0]).toEqual(made);
    expect((await list()).next).toBeNull();
    expect((await call<BlockBackup>(`${BASE}/${made.id}`)).body).toEqual(made);
    expect((await call(`${BASE}/${crypto.randomUUID()}`)).status).toBe(404);
  });

  test("streams the file: manifest and data, without the tables that are excluded", async () => {
    const { text, headers, body } = await call<{
      manifest: {
        version: number;
        schema: string;
        tables: { name: string; rows: number; columns: object[] }[];
        totalRows: number;
      };
      data: Record<string, object[]>;
    }>(`${BASE}/${made.id}/download`);
    expect(headers.get("content-disposition")).toContain(made.fileName);
    expect(text.length).toBe(made.sizeBytes);
    expect(body.manifest).toMatchObject({ version: 1, schema: "main", totalRows: 2, tables: [{ name: "t", rows: 2 }] });
    expect(body.manifest.tables[0]?.columns).toHaveLength(2);
    expect(body.data).toEqual({
      t: [
        { id: 1, v: "a" },
        { id: 2, v: { $integer: "9007199254740993" } },
      ],
    });
    const part = await call(`${BASE}/${made.id}/download`, "GET", { range: "bytes=10-19" });
    expect([part.status, part.text]).toEqual([206, text.slice(10, 20)]);
  });

  test("restores it after a snapshot of the state just before, and the row says so", async () => {
    await query("DELETE FROM t; INSERT INTO t VALUES (7, 'new'); INSERT INTO audit_logs VALUES (2)");
    const restored = await call<{ status: string; restoreId: string; previousBookmark: string }>(
      `${BASE}/${made.id}/restore`,
      "POST",
    );
    expect(restored.status, restored.text).toBe(200);
    expect(restored.body.status).toBe("restored");
    expect(await contents()).toEqual([
      { id: 1, v: "a" },
      { id: 2, v: "9007199254740993" },
    ]);
    expect(await query("SELECT count(*) AS n FROM audit_logs")).toEqual([{ n: 2 }]);
    const { backups } = await list();
    expect(backups.map(({ trigger, status }) => [trigger, status])).toEqual([
      ["pre_restore", "completed"],
      ["manual", "restored"],
    ]);
    expect(backups[0]).toMatchObject({ rowCount: 1 });
  });

  test("has its schedule and how many are kept from its configuration", async () => {
    const { body } = await callApi<{ schedules: object[] }>(lastgood, "/databases/shop/schedules");
    expect(body.schedules).toMatchObject([
      { name: "backup-block", kind: "portable", cron: "0 2 * * *", zone: "UTC", retentionDays: 30 },
    ]);
    expect((await callApi(lastgood, "/databases/shop/retention")).body).toMatchObject({ maxBackups: 50 });
  });

  test("says that a snapshot of a schema that there is not has failed, and restores none that is not completed", async () => {
    const failed = await call<BlockBackup>(`${BASE}?schema=tenant_7`, "POST");
    expect(failed.body).toMatchObject({ status: "failed", schema: "tenant_7" });
    expect(failed.body.error).toContain("tenant_7");
    expect((await call(`${BASE}/${failed.body.id}/restore`, "POST")).status).toBe(409);
  });

  test("killed in its second chunk a restore has changed nothing, and the snapshot from before it is there", async () => {
    await query(
      "WITH RECURSIVE n(i) AS (VALUES (10) UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO t SELECT i, 'x' FROM n",
    );
    const big = await call<BlockBackup>(BASE, "POST");
    await query("DELETE FROM t WHERE id > 2; UPDATE t SET v = 'mine' WHERE id = 1");
    const before = await contents();
    const died = await call(`${BASE}/${big.body.id}/restore`, "POST");
    expect(died.status, died.text).toBe(500);
    expect(await contents()).toEqual(before);
    const { backups } = await list();
    expect(backups[0]).toMatchObject({ trigger: "pre_restore", status: "completed", rowCount: 2 });
    expect(backups.find(({ id }) => id === big.body.id)?.status).toBe("completed");
  });

  test("as it stands by default: its path is /admin/backup, and nobody restores", { timeout: 90_000 }, async () => {
    await lastgood.stop();
    configure({ enabled: true, storagePath: "./snapshots" });
    lastgood = await startLastgood({
      data: lastgood.data,
      env: { LASTGOOD_BACKUP_CONFIG: config },
      initialised: false,
    }).then((again) => ({ ...again, token: lastgood.token }));
    expect((await call("/admin/backup")).status).toBe(200);
    const refused = await call<{ code: string }>(`/admin/backup/${made.id}/restore`, "POST");
    expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
    const { body } = await callApi<{ schedules: object[] }>(lastgood, "/databases/shop/schedules");
    expect(body.schedules).toMatchObject([{ name: "backup-block", active: false }]);
  });

  test("does not start while it could mean two databases", { timeout: 90_000 }, async () => {
    expect((await callApi(lastgood, "/databases", { body: { name: "other", engine: "sqlite" } })).status).toBe(201);
    expect((await call("/admin/backup")).status).toBe(409);
    await lastgood.stop();
    const env = { LASTGOOD_BACKUP_CONFIG: config };
    await expect(startLastgood({ data: lastgood.data, env, initialised: false })).rejects.toThrow(
      "which database it is about",
    );
    configure({ enabled: true, storagePath: "./snapshots", database: "acme/shop" });
    const { token } = lastgood;
    lastgood = { ...(await startLastgood({ data: lastgood.data, env, initialised: false })), token };
    expect((await call("/admin/backup")).status).toBe(200);
  });
});
