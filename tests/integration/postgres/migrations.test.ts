import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { judgeVersion } from "../../../lib/db/check-postgres.ts";
import { openMetadata } from "../../../lib/db/client.ts";
import { migratePostgres } from "../../../lib/db/migrate-postgres.ts";
import { migrationsOf, readMigrations } from "../../../lib/db/migrations.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { missingSql } from "../../../scripts/compare-models.mjs";
import { makeDatabase } from "../../world/make-store.ts";

let database: Awaited<ReturnType<typeof makeDatabase>>;
let folder = "";
beforeEach(async () => {
  database = await makeDatabase();
  folder = mkdtempSync(path.join(tmpdir(), "migrations-"));
  cpSync(migrationsOf("postgres"), folder, { recursive: true });
});
afterEach(async () => {
  await database.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<Row extends pg.QueryResultRow>(sql: string, url = database.url): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function refusal(run: Promise<unknown>): Promise<LastgoodError> {
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LastgoodError) return error;
  throw error ?? new Error("was not refused");
}

function addMigration(name: string, sql: string): void {
  cpSync(path.join(folder, readMigrations(folder)[0]?.name ?? ""), path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "migration.sql"), sql);
}

const tables = () =>
  ask<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);

describe("migrations on PostgreSQL", () => {
  test("are applied once by consoles that start at once, and recorded with their checksums", async () => {
    const program = `
      const { migratePostgres } = await import(${JSON.stringify(path.resolve("lib/db/migrate-postgres.ts"))});
      console.log((await migratePostgres(process.env.STORE)).applied.length);`;
    const applied = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
          env: { ...process.env, STORE: database.url },
          stdio: ["ignore", "pipe", "inherit"],
        });
        const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
        return Number(output);
      }),
    );
    const known = readMigrations(folder);
    expect(applied.sort()).toEqual([0, 0, known.length]);
    const rows = await ask(
      "SELECT migration_name AS name, checksum, applied_steps_count AS steps, finished_at IS NOT NULL AS done FROM _prisma_migrations",
    );
    expect(rows).toEqual(known.map(({ name, checksum }) => ({ name, checksum, steps: 1, done: true })));
  });

  test("go to the schema that is read, also for a user who has one of its own", async () => {
    await ask("CREATE SCHEMA lastgood");
    await migratePostgres(database.url);
    expect(await tables()).toContainEqual({ name: "Setting" });
    const db = openMetadata({ provider: "postgres", url: database.url });
    try {
      expect(await db.$queryRaw`SELECT count(*) AS n FROM "Setting"`).toEqual([{ n: 0n }]);
      expect(await db.$transaction((tx) => tx.setting.count())).toBe(0);
    } finally {
      await db.$disconnect();
    }
  });

  test("that were edited afterwards, that failed, or that a newer version applied are refused", async () => {
    await migratePostgres(database.url, folder);
    addMigration("99990101000000_newer", "SELECT 1");
    await migratePostgres(database.url, folder);
    expect((await refusal(migratePostgres(database.url))).message).toContain("newer");
    const sql = path.join(folder, "99990101000000_newer", "migration.sql");
    writeFileSync(sql, `${readFileSync(sql, "utf8")}\n-- a later thought\n`);
    expect((await refusal(migratePostgres(database.url, folder))).message).toContain("99990101000000_newer was edited");
    await ask("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '9999%'");
    writeFileSync(sql, "SELECT 1");
    expect((await refusal(migratePostgres(database.url, folder))).message).toContain("never ended");
  });

  test("are applied wholly or not at all", async () => {
    addMigration("99990101000000_broken", "CREATE TABLE ok (a int); CREATE TABEL no;");
    await expect(migratePostgres(database.url, folder)).rejects.toThrow("TABEL");
    expect(await tables()).not.toContainEqual({ name: "ok" });
    expect((await migratePostgres(database.url)).applied).toEqual([]);
  });

  test("hold every text to its bytes, whatever the server's language", async () => {
    await migratePostgres(database.url);
    const columns = await ask<{ name: string; collation: string | null }>(
      `SELECT table_name || '.' || column_name AS name, collation_name AS collation FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'text' AND table_name <> '_prisma_migrations'`,
    );
    expect(columns.length).toBeGreaterThan(50);
    expect(columns.filter(({ collation }) => collation !== "C")).toEqual([]);
    const [order] = await ask<{ language: boolean; bytes: boolean }>(
      `SELECT 'b' < 'B' AS "language", 'b' COLLATE "C" < 'B' AS "bytes"`,
    );
    expect(order, "the test's server orders by a language").toEqual({ language: true, bytes: false });
  });

  test("and those of SQLite add up to the models", async () => {
    expect(await missingSql("sqlite")).toBeNull();
    expect(await missingSql("postgres", database.url)).toBeNull();
  });

  test("that lack something of the models are noticed", async () => {
    addMigration("99990101000000_less", 'ALTER TABLE "User" DROP COLUMN "name"; DROP TABLE "Setting"');
    const missing = await missingSql("postgres", database.url, folder);
    expect(missing).toContain('ADD COLUMN     "name" TEXT COLLATE "C"');
    expect(missing).toContain('CREATE TABLE "Setting"');
  });

  test("have one name in both providers from the first common one on", () => {
    const [first, ...later] = readMigrations(migrationsOf("postgres")).map(({ name }) => name);
    const sqlite = readMigrations(migrationsOf("sqlite")).map(({ name }) => name);
    expect(sqlite.filter((name) => name > (first ?? ""))).toEqual(later);
  });
});

describe("a server that cannot be used", () => {
  const SECRET = "not-to-be-told";

  test.each([
    ["is not there", () => `postgres://me:${SECRET}@127.0.0.1:1/x`, "metadata_unavailable", "ECONNREFUSED"],
    ["has another password", () => wrong("password", SECRET), "invalid_input", "password"],
    ["has no such database", () => wrong("pathname", "/nothing-here"), "invalid_input", "createdb"],
  ])("since it %s says so, and never its password", async (_, url, code, says) => {
    const error = await refusal(migratePostgres(url()));
    expect(error.code).toBe(code);
    const told = [error.message, error.details.hint, String(error.cause), JSON.stringify(error), error.stack].join(" ");
    expect(told).toContain(says);
    expect(told).not.toContain(SECRET);
    expect(told).not.toContain(new URL(database.url).password);
  });

  test("since its user may not make tables says so", async () => {
    const name = `guest_${path.basename(folder).replaceAll(/\W/g, "_").toLowerCase()}`;
    await ask(`CREATE ROLE ${name} LOGIN PASSWORD '${SECRET}'`);
    const url = new URL(database.url);
    url.username = name;
    url.password = SECRET;
    const error = await refusal(migratePostgres(url.href));
    await ask(`DROP ROLE ${name}`);
    expect(error).toMatchObject({ code: "invalid_input", message: expect.stringContaining("may not make tables") });
  });

  test("since it is too old is refused, and one with known holes is warned of", () => {
    expect(() => judgeVersion(140_020)).toThrow(expect.objectContaining({ code: "conflict" }));
    expect(judgeVersion(150_017)).toContain("15.18");
    expect(judgeVersion(160_013)).toContain("16.14");
    expect(judgeVersion(170_009)).toContain("17.10");
    expect(judgeVersion(180_003)).toContain("18.4");
    for (const version of [150_018, 160_014, 170_010, 180_004, 190_000]) expect(judgeVersion(version)).toBeNull();
  });

  function wrong(field: "password" | "pathname", value: string): string {
    const url = new URL(database.url);
    url[field] = value;
    return url.href;
  }
});
