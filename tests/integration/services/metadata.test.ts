import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import SqliteFile from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isUniqueViolation, type Metadata, openMetadata } from "../../../lib/db/client.ts";
import { migrateSqlite } from "../../../lib/db/migrate-sqlite.ts";
import { migrationsOf, readMigrations } from "../../../lib/db/migrations.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { readEnv } from "../../../lib/env.ts";
import { loadSecret } from "../../../lib/services/load-secret.ts";

const SQLITE_MIGRATIONS = migrationsOf("sqlite");
let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "metadata-"));
  file = path.join(folder, "lastgood.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function refusal(run: () => unknown): LastgoodError {
  try {
    run();
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("migrations", () => {
  const copyMigrations = () => {
    const copy = path.join(folder, "migrations");
    cpSync(SQLITE_MIGRATIONS, copy, { recursive: true });
    return copy;
  };

  test("are applied once, recorded with their checksums, in a file that nobody else may read", () => {
    const known = readMigrations(SQLITE_MIGRATIONS);
    expect(migrateSqlite(file)).toEqual(known.map(({ name }) => name));
    expect(migrateSqlite(file)).toEqual([]);
    const rows = new SqliteFile(file, { readonly: true })
      .prepare("SELECT migration_name AS name, checksum, applied_steps_count AS steps FROM _prisma_migrations")
      .all();
    expect(rows).toEqual(known.map(({ name, checksum }) => ({ name, checksum, steps: 1 })));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("that were edited afterwards are refused", () => {
    const copy = copyMigrations();
    migrateSqlite(file, copy);
    const first = readMigrations(copy)[0]?.name ?? "";
    const sql = path.join(copy, first, "migration.sql");
    writeFileSync(sql, `${readFileSync(sql, "utf8")}\n-- a later thought\n`);
    expect(refusal(() => migrateSqlite(file, copy)).message).toContain(first);
  });

  test("that a newer version applied are refused by an older one", () => {
    migrateSqlite(file);
    const empty = path.join(folder, "none");
    cpSync(SQLITE_MIGRATIONS, empty, { recursive: true });
    rmSync(path.join(empty, readMigrations(empty)[0]?.name ?? ""), { recursive: true });
    expect(refusal(() => migrateSqlite(file, empty)).message).toContain("newer");
  });

  test("are applied all or not at all", () => {
    const copy = copyMigrations();
    cpSync(path.join(copy, readMigrations(copy)[0]?.name ?? ""), path.join(copy, "99990101000000_broken"), {
      recursive: true,
    });
    writeFileSync(path.join(copy, "99990101000000_broken", "migration.sql"), "CREATE TABLE ok (a); CREATE TABEL no;");
    expect(() => migrateSqlite(file, copy)).toThrow();
    const tables = new SqliteFile(file).prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    expect(tables).toEqual([]);
    expect(migrateSqlite(file)).toHaveLength(readMigrations(SQLITE_MIGRATIONS).length);
  });
});

describe("the metadata", () => {
  let db: Metadata;
  beforeEach(() => {
    migrateSqlite(file);
    db = openMetadata({ provider: "sqlite", file });
  });
  afterEach(() => db.$disconnect());

  const read = async (key: string) => (await db.setting.findUnique({ where: { key } }))?.value ?? null;

  test("shows nobody what a transaction has not committed", async () => {
    const inside = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const transaction = db.$transaction(async (tx) => {
      await tx.setting.create({ data: { key: "a", value: "1" } });
      inside.resolve();
      await leave.promise;
    });
    await inside.promise;
    expect(await read("a")).toBeNull();
    leave.resolve();
    await transaction;
    expect(await read("a")).toBe("1");
  });

  test("keeps a write that was made while somebody else's transaction was rolled back", async () => {
    const inside = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const doomed = db.$transaction(async (tx) => {
      await tx.setting.create({ data: { key: "doomed", value: "1" } });
      inside.resolve();
      await leave.promise;
      throw new Error("rolled back");
    });
    await inside.promise;
    const kept = db.setting.create({ data: { key: "kept", value: "1" } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    leave.resolve();
    await expect(doomed).rejects.toThrow("rolled back");
    await kept;
    expect([await read("doomed"), await read("kept")]).toEqual([null, "1"]);
  });

  test("counts right when another process counts as well", async () => {
    await db.setting.create({ data: { key: "n", value: "0" } });
    const rounds = 60;
    const program = `
      const { openMetadata } = await import(${JSON.stringify(path.resolve("lib/db/client.ts"))});
      const db = openMetadata({ provider: "sqlite", file: process.argv[1] });
      for (let i = 0; i < ${rounds}; i++) await db.$transaction(async (tx) => {
        const row = await tx.setting.findUniqueOrThrow({ where: { key: "n" } });
        await tx.setting.update({ where: { key: "n" }, data: { value: String(Number(row.value) + 1) } });
      }, { maxWait: 15000, timeout: 15000 });
      await db.$disconnect();`;
    const other = spawn(process.execPath, ["--input-type=module-typescript", "-e", program, file], {
      stdio: "inherit",
    });
    const ended = new Promise((resolve) => other.once("exit", resolve));
    for (let round = 0; round < rounds; round++) {
      await db.$transaction(
        async (tx) => {
          const row = await tx.setting.findUniqueOrThrow({ where: { key: "n" } });
          await tx.setting.update({ where: { key: "n" }, data: { value: String(Number(row.value) + 1) } });
        },
        { maxWait: 15_000, timeout: 15_000 },
      );
    }
    expect(await ended).toBe(0);
    expect(await read("n")).toBe(String(2 * rounds));
  });

  test("waits for another process's lock without holding up this one", async () => {
    const stranger = new SqliteFile(file);
    stranger.exec("BEGIN IMMEDIATE");
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 5);
    const write = db.setting.create({ data: { key: "late", value: "1" } });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await read("late")).toBeNull();
    stranger.exec("COMMIT");
    stranger.close();
    await write;
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
    expect(await read("late")).toBe("1");
  });

  test("refuses the same key twice as what it is", async () => {
    await db.setting.create({ data: { key: "k", value: "1" } });
    const again = db.setting.create({ data: { key: "k", value: "2" } }).catch((error: unknown) => error);
    expect(isUniqueViolation(await again)).toBe(true);
  });

  test("does not let a row refer to nothing", async () => {
    const membership = { namespaceId: "nobody", userId: "nobody", role: "owner", createdAtMs: 1n };
    await expect(db.membership.create({ data: membership })).rejects.toThrow();
  });
});

describe("the secret", () => {
  const env = (extra: Record<string, string> = {}) => readEnv({ NODE_ENV: "test", LASTGOOD_DATA: folder, ...extra });

  test("is made once, kept, and readable by its owner alone", () => {
    const secret = loadSecret(env());
    expect(secret).toHaveLength(43);
    expect(loadSecret(env())).toBe(secret);
    expect(statSync(path.join(folder, "secret")).mode & 0o777).toBe(0o600);
  });

  test("that is too short is refused, wherever it comes from", () => {
    expect(refusal(() => env({ LASTGOOD_SECRET: "secret" })).message).toContain("LASTGOOD_SECRET");
    writeFileSync(path.join(folder, "secret"), "short\n");
    expect(refusal(() => loadSecret(env())).details.hint).toContain("secret");
  });

  test("from the environment counts more than the file", () => {
    const given = "x".repeat(40);
    expect(loadSecret(env({ LASTGOOD_SECRET: given }))).toBe(given);
  });
});

test("a variable that cannot be used is named", () => {
  const data = { NODE_ENV: "test", LASTGOOD_DATA: folder } as const;
  expect(refusal(() => readEnv({ ...data, PORT: "http" })).details.field).toBe("PORT");
  expect(refusal(() => readEnv({ ...data, LASTGOOD_URL: "ftp://x" })).details.field).toBe("LASTGOOD_URL");
});
