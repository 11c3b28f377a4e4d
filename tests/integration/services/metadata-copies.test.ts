import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import SqliteFile from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { copySqlite, listCopies } from "../../../lib/db/copy-sqlite.ts";
import { migrateMetadata } from "../../../lib/db/migrate.ts";
import { migrateSqlite } from "../../../lib/db/migrate-sqlite.ts";
import { migrationsOf, readMigrations } from "../../../lib/db/migrations.ts";
import { readEnv } from "../../../lib/env.ts";
import { copyMetadataWhenDue } from "../../../lib/services/metadata/keep-copies.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse("2026-11-21T12:00:00.000Z");

let data = "";
let file = "";
let copies = "";
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "copies-"));
  file = path.join(data, "lastgood.db");
  copies = path.join(data, "metadata-copies");
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const env = (extra: Record<string, string> = {}) => readEnv({ NODE_ENV: "test", LASTGOOD_DATA: data, ...extra });
const put = (key: string, to = file) => {
  const db = new SqliteFile(to);
  db.prepare("INSERT INTO Setting VALUES (?, '1')").run(key);
  db.close();
};
const keys = (of: string) =>
  new SqliteFile(of, { readonly: true }).prepare("SELECT key FROM Setting ORDER BY key").pluck().all();

describe("copies of the metadata file", () => {
  test("are made by the hour, hold what was committed while it is in use, and are for its owner alone", async () => {
    migrateSqlite(file);
    const user = new SqliteFile(file);
    user.prepare("INSERT INTO Setting VALUES ('committed', '1')").run();
    user.exec("BEGIN IMMEDIATE; INSERT INTO Setting VALUES ('not yet', '1')");
    const copy = (await copyMetadataWhenDue(env(), NOW_MS)) ?? "";
    user.exec("COMMIT");
    user.close();
    expect(keys(copy)).toEqual(["committed"]);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(copies)).toEqual([path.basename(copy)]);
    expect(await copyMetadataWhenDue(env(), NOW_MS + HOUR_MS - 1)).toBeNull();
    expect(await copyMetadataWhenDue(env(), NOW_MS + HOUR_MS)).not.toBeNull();
    const back = NOW_MS - 7 * HOUR_MS;
    expect(await copyMetadataWhenDue(env(), back), "a clock that was set back").not.toBeNull();
    expect(await copyMetadataWhenDue(env(), back + HOUR_MS - 1)).toBeNull();
  });

  test("are kept for a day, those before migrations by number, and neither crowds the other out", async () => {
    migrateSqlite(file);
    for (let hour = 0; hour < 27; hour++) await copySqlite(file, copies, "hourly", NOW_MS + hour * HOUR_MS);
    for (let hour = 0; hour < 7; hour++) await copySqlite(file, copies, "before-migration", NOW_MS + hour * HOUR_MS);
    expect(listCopies(copies, "hourly")).toHaveLength(24);
    expect(listCopies(copies, "before-migration")).toHaveLength(5);
    expect(listCopies(copies, "hourly")[0]).toContain("2026-11-21T15-00-00-000Z");
  });

  test("are made before each migration, and not where nothing is to be migrated", async () => {
    const older = path.join(data, "older");
    cpSync(migrationsOf("sqlite"), older, { recursive: true });
    rmSync(path.join(older, readMigrations(older).at(-1)?.name ?? ""), { recursive: true });
    await migrateMetadata({ provider: "sqlite", file }, copies);
    expect(listCopies(copies, "before-migration"), "a new file").toEqual([]);
    rmSync(file);
    migrateSqlite(file, older);
    put("older");
    await migrateMetadata({ provider: "sqlite", file }, copies);
    const [copy = ""] = listCopies(copies, "before-migration");
    expect(keys(copy)).toEqual(["older"]);
    const applied = new SqliteFile(copy, { readonly: true }).prepare("SELECT count(*) FROM _prisma_migrations").pluck();
    expect(applied.get()).toBe(readMigrations(older).length);
    await migrateMetadata({ provider: "sqlite", file }, copies);
    expect(listCopies(copies, "before-migration")).toHaveLength(1);
  });

  test("of a damaged file are not kept", async () => {
    migrateSqlite(file);
    await copySqlite(file, copies, "hourly", NOW_MS);
    const db = new SqliteFile(file);
    db.unsafeMode(true);
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.pragma("writable_schema = ON");
    db.exec("DELETE FROM sqlite_master WHERE name = 'User_email_key'");
    db.close();
    await expect(copySqlite(file, copies, "hourly", NOW_MS + HOUR_MS)).rejects.toThrow("not whole");
    expect(listCopies(copies, "hourly")).toHaveLength(1);
  });

  test("can be put back as the operations page says", async () => {
    migrateSqlite(file);
    put("kept");
    const copy = await copySqlite(file, copies, "hourly", NOW_MS);
    put("lost");
    writeFileSync(file, "no database any more");
    for (const name of readdirSync(data).filter((one) => one.startsWith("lastgood.db"))) {
      renameSync(path.join(data, name), path.join(data, `aside-${name}`));
    }
    cpSync(copy, file);
    migrateSqlite(file);
    expect(keys(file)).toEqual(["kept"]);
  });

  test("are not made of a store on PostgreSQL", async () => {
    expect(await copyMetadataWhenDue(env({ DATABASE_URL: "postgres://a:b@127.0.0.1:1/d" }), NOW_MS)).toBeNull();
  });
});
