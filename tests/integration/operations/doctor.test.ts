import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { judge } from "../../../lib/cli/doctor/capture-check.ts";
import { checkDataDirectory } from "../../../lib/cli/doctor/data-directory-check.ts";
import { checkDisk } from "../../../lib/cli/doctor/disk-check.ts";
import { admit, CHECKS } from "../../../lib/cli/doctor/examine.ts";
import type { Finding } from "../../../lib/cli/doctor/finding.ts";
import { checkNode } from "../../../lib/cli/doctor/node-check.ts";
import { closeMetadata, metadata } from "../../../lib/db/client.ts";
import type { CaptureStatus } from "../../../lib/domain/capture.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { sealStoreSecret } from "../../../lib/services/stores/read-backup-store.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

const SECRET = "s".repeat(43);
const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
let world: MetadataWorld;
let template: string;
let data: string;
let databaseId: string;

/** The metadata of a small installation is made once; each check breaks a copy of its own. */
beforeAll(async () => {
  world = await openMetadataWorld();
  const acme = await world.addNamespace("acme");
  databaseId = await world.addDatabase(acme, "shop");
  await metadata().auditEntry.findFirst();
  await closeMetadata();
  template = path.join(mkdtempSync(path.join(tmpdir(), "doctor-template-")), "lastgood.db");
  const made = new DatabaseSync(runtimePaths(world.data).metadata);
  made.exec(`VACUUM INTO '${template}'`);
  made.close();
});
afterAll(async () => {
  await world.close();
  rmSync(path.dirname(template), { recursive: true });
});
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "doctor-"));
  copyFileSync(template, path.join(data, "lastgood.db"));
  chmodSync(path.join(data, "lastgood.db"), 0o600);
  writeFileSync(path.join(data, "secret"), `${SECRET}\n`, { mode: 0o600 });
  process.env.LASTGOOD_DATA = data;
  return () => rmSync(data, { recursive: true, force: true });
});

const inData = (...parts: string[]) => path.join(data, ...parts);

function change(...statements: string[]): void {
  const file = new DatabaseSync(inData("lastgood.db"));
  for (const sql of statements) file.exec(sql);
  file.close();
}

async function check(name: string, env: Record<string, string> = {}, nowMs = Date.now()): Promise<readonly Finding[]> {
  const { patient, close } = await admit({ NODE_ENV: "production", LASTGOOD_DATA: data, ...env }, nowMs);
  try {
    return await (await (CHECKS[name] as NonNullable<(typeof CHECKS)[string]>)())(patient);
  } finally {
    await close();
  }
}

const wrong = (found: readonly Finding[]) => found.filter(({ status }) => status !== "ok");
/** The one thing that is wrong; its next step is always told. */
function only(found: readonly Finding[]): Finding {
  expect(wrong(found), JSON.stringify(found)).toHaveLength(1);
  const [one] = wrong(found) as [Finding];
  expect(one.next).toBeTruthy();
  return one;
}
const isWell = async (name: string) => expect(wrong(await check(name))).toEqual([]);

describe("the doctor's check of", () => {
  it("the environment names a variable that stops the start, one that nobody reads, and a console without TLS", async () => {
    await isWell("environment");
    expect(only(await check("environment", { PORT: "http" }))).toMatchObject({ status: "problem" });
    expect(only(await check("environment", { PORT: "http" })).says).toContain("PORT");
    const misspelt = only(await check("environment", { LASTGOOD_TRUSTED_PROXY: "10.0.0.1" }));
    expect(misspelt).toMatchObject({ status: "warning", says: expect.stringContaining("LASTGOOD_TRUSTED_PROXY") });
    expect(only(await check("environment", { LASTGOOD_URL: "http://db.example.org" })).says).toContain("TLS");
    expect(only(await check("environment", { LASTGOOD_URL: "https://db.example.org" })).says).toContain("proxy");
  });

  it("Node refuses what cannot run the sources", () => {
    expect(wrong(checkNode("24.21.0"))).toEqual([]);
    for (const old of ["20.19.4", "24.20.9", "25.1.0"]) expect(only(checkNode(old)).status).toBe("problem");
  });

  it("the data directory names a missing folder, modes and a network's disk", async () => {
    await isWell("data directory");
    const { patient } = await admit({ NODE_ENV: "production", LASTGOOD_DATA: data }, Date.now());
    expect(only(checkDataDirectory(patient, () => 0x6969)).says).toContain("NFS");
    chmodSync(data, 0o755);
    expect(only(await check("data directory"))).toMatchObject({ status: "warning", next: `chmod 700 ${data}` });
    chmodSync(data, 0o700);
    chmodSync(inData("secret"), 0o644);
    expect(only(await check("data directory"))).toMatchObject({
      status: "problem",
      next: expect.stringContaining("600"),
    });
    expect(only(await check("data directory", { LASTGOOD_DATA: inData("none") })).says).toContain(inData("none"));
    expect(only(await check("data directory", { LASTGOOD_DATA: inData("lastgood.db") })).status).toBe("problem");
  });

  it("the disk warns below a tenth and complains when hardly anything is left, of bytes or of inodes", async () => {
    const { patient } = await admit({ NODE_ENV: "production", LASTGOOD_DATA: data }, Date.now());
    const disk = (freeBytes: number, freeFiles = 900) =>
      checkDisk(patient, () => ({ freeBytes, sizeBytes: 100 * GIB, freeFiles, files: 1000 }));
    expect(wrong(disk(50 * GIB))).toEqual([]);
    expect(only(disk(5 * GIB)).status).toBe("warning");
    expect(only(disk(0.5 * GIB)).status).toBe("problem");
    expect(only(disk(50 * GIB, 3)).says).toContain("inodes");
    expect((await check("disk", { LASTGOOD_DATA: inData("not", "made", "yet") })).length).toBe(1);
  });

  it("the metadata tells a missing, a foreign and a damaged file apart, and those of other versions", async () => {
    await isWell("metadata");
    change(
      `DELETE FROM "_prisma_migrations" WHERE "migration_name" = (SELECT MAX("migration_name") FROM "_prisma_migrations")`,
    );
    expect(only(await check("metadata"))).toMatchObject({
      status: "warning",
      says: expect.stringContaining("1 migration "),
    });
    change(
      `UPDATE "_prisma_migrations" SET "migration_name" = '9999_newer' WHERE "migration_name" = (SELECT MAX("migration_name") FROM "_prisma_migrations")`,
    );
    expect(only(await check("metadata")).says).toContain("newer Lastgood");
    writeFileSync(inData("lastgood.db"), Buffer.alloc(8192, "x"));
    expect(wrong(await check("metadata"))[0]).toMatchObject({
      status: "problem",
      says: expect.stringMatching(/not a database/),
    });
    rmSync(inData("lastgood.db"));
    expect(only(await check("metadata")).says).toContain("There is no metadata");
    expect(existsSync(inData("lastgood.db"))).toBe(false);
  });

  it("the metadata finds a damaged page, a server that is away, and copies that are not made", async () => {
    const record = {
      pid: process.pid,
      url: "",
      localUrl: "",
      startedAtMs: Date.now() - DAY_MS,
      children: {},
      restarts: {},
    };
    mkdirSync(inData("run"));
    writeFileSync(inData("run", "supervisor.json"), JSON.stringify(record));
    expect(only(await check("metadata")).says).toContain("no copy");
    mkdirSync(inData("metadata-copies"));
    writeFileSync(inData("metadata-copies", "now.db"), "");
    await isWell("metadata");
    const file = new DatabaseSync(inData("lastgood.db"));
    const { rootpage } = file.prepare(`SELECT "rootpage" FROM sqlite_schema WHERE "name" = 'Database'`).get() as {
      rootpage: number;
    };
    const { page_size } = file.prepare("PRAGMA page_size").get() as { page_size: number };
    file.close();
    const { open } = await import("node:fs/promises");
    const raw = await open(inData("lastgood.db"), "r+");
    await raw.write(Buffer.alloc(200, 0xa5), 0, 200, (rootpage - 1) * page_size);
    await raw.close();
    expect(wrong(await check("metadata"))[0]?.says).toMatch(/damaged|malformed/);
    const away = only(await check("metadata", { DATABASE_URL: "postgres://u:canary-password@127.0.0.1:1/x" }));
    expect(away.status).toBe("problem");
    expect(JSON.stringify(away)).not.toContain("canary-password");
  });

  it("the clock finds a time that is long past, and one that the audit log is ahead of", async () => {
    await isWell("clock");
    expect(only(await check("clock", {}, Date.UTC(2020, 1, 1))).says).toContain("long past");
    change(
      `INSERT INTO "AuditEntry" ("seq", "id", "timeMs", "actorKind", "action", "outcome", "requestId", "detail")
       VALUES (9000000, 'later', ${Date.now() + DAY_MS}, 'system', 'x', 'done', 'r', '{}')`,
    );
    expect(only(await check("clock"))).toMatchObject({ status: "problem", says: expect.stringContaining("audit log") });
  });

  it("the secret finds one that is gone or cut, and makes none", async () => {
    await isWell("secret");
    writeFileSync(inData("secret"), "short");
    expect(only(await check("secret")).says).toContain("too short");
    rmSync(inData("secret"));
    expect(only(await check("secret")).says).toContain("is gone");
    for (const name of ["capture", "stores", "keys"]) await check(name);
    expect(existsSync(inData("secret"))).toBe(false);
  });

  it("processes tells a Lastgood that rests from one of which parts are gone", async () => {
    expect(only(await check("processes")).says).toContain("does not run");
    mkdirSync(inData("run"));
    const record = {
      pid: process.pid,
      url: "",
      localUrl: "",
      startedAtMs: Date.now(),
      children: {
        console: process.pid,
        agent: process.pid,
        receiver: process.pid,
        reader: process.pid,
        "keeper-a": process.pid,
      },
      restarts: { agent: 9 },
    };
    writeFileSync(inData("run", "supervisor.json"), JSON.stringify(record));
    const says = wrong(await check("processes", { PORT: "1" })).map((one) => one.says);
    expect(says.filter((one) => one.includes("keeper-b does not run"))).toHaveLength(1);
    expect(says.filter((one) => one.includes("9 times"))).toHaveLength(1);
    expect(says.filter((one) => one.startsWith("Nobody listens"))).toHaveLength(4);
    expect(says.filter((one) => one.includes("console does not answer"))).toHaveLength(1);
  });

  it("PostgreSQL finds that its programs are gone while clusters are protected", async () => {
    expect(wrong(await check("postgresql", { LASTGOOD_POSTGRES: inData() }))).toEqual([]);
    const place = inData("x");
    const cluster = {
      id: "c",
      name: "c",
      origin: "hosted",
      root: place,
      history: place,
      access: place,
      windowDays: 7,
      zeroLoss: false,
    };
    writeFileSync(inData("clusters.json"), JSON.stringify({ version: 1, programs: null, clusters: [cluster] }));
    expect(only(await check("postgresql", { LASTGOOD_POSTGRES: inData() })).status).toBe("problem");
  });

  it("capture finds databases that nobody captures, and one whose protection failed", async () => {
    expect(only(await check("capture")).says).toContain("1 databases are not captured");
    change(`UPDATE "Database" SET "state" = 'failed', "problem" = 'no room' WHERE "id" = '${databaseId}'`);
    expect(only(await check("capture")).says).toBe("acme/shop is not protected: no room");
    const status: CaptureStatus = {
      databaseId,
      state: "protected",
      progress: null,
      problem: null,
      last: null,
      capturedThroughMs: 1000,
      spare: true,
      databaseBytes: 1,
      historyBytes: 1,
    };
    const told = (over: Partial<CaptureStatus>, nowMs = 1000) => judge("acme/shop", { ...status, ...over }, nowMs);
    expect(told({})).toEqual([]);
    const trouble = { cause: "The disk is full.", remedy: "Make room." };
    expect(only(told({ state: "stopped", problem: trouble }))).toMatchObject({ status: "problem", next: "Make room." });
    expect(only(told({ state: "base" })).status).toBe("warning");
    expect(only(told({}, 1000 + DAY_MS)).says).toContain("behind");
    expect(only(told({ spare: false })).says).toContain("one keeper");
  });

  it("histories finds one that is gone and one that cannot be opened", async () => {
    await isWell("history");
    const register = (historyDirectory: string) =>
      writeFileSync(
        inData("capture.json"),
        JSON.stringify({
          version: 1,
          databases: [{ id: databaseId, path: "/srv/shop.db", historyDirectory, origin: "attached", windowDays: 30 }],
        }),
      );
    register(inData("history", "none"));
    expect(only(await check("history")).says).toContain("is gone");
    mkdirSync(inData("history", "empty"), { recursive: true });
    register(inData("history", "empty"));
    expect(only(await check("history")).says).toContain("cannot be opened");
  });

  it("stores finds a bucket that does not answer, and one whose secret another installation sealed", async () => {
    await isWell("stores");
    const sealed = sealStoreSecret("store-1", "canary-access-secret");
    change(
      `INSERT INTO "BackupStore" ("id", "namespaceId", "kind", "endpoint", "region", "bucket", "prefix", "pathStyle", "accessKeyId", "secretSealed", "createdAtMs")
       SELECT 'store-1', "id", 's3', 'http://127.0.0.1:1', 'local', 'backups', '', 1, 'key', '${sealed}', 1 FROM "Namespace"`,
    );
    const silent = only(await check("stores"));
    expect(silent).toMatchObject({ status: "problem", says: expect.stringContaining("The bucket backups of acme") });
    expect(JSON.stringify(silent)).not.toContain("canary");
    writeFileSync(inData("secret"), "t".repeat(43));
    expect(only(await check("stores")).says).toContain("another secret");
  });

  it("second copy finds keys that are none or open to others, a bucket that does not answer, and a copy that is behind", async () => {
    await isWell("second copy");
    const file = inData("copy.keys");
    const env = {
      LASTGOOD_COPY_BUCKET: "copies",
      LASTGOOD_COPY_ENDPOINT: "http://127.0.0.1:9",
      LASTGOOD_COPY_ACCESS_KEY: "canary-id",
      LASTGOOD_COPY_SECRET_KEY: "canary-secret",
      LASTGOOD_COPY_KEYS: file,
    };
    expect(only(await check("environment", { ...env, LASTGOOD_COPY_KEYS: "" })).says).toContain("unsealed");
    expect(only(await check("second copy", env)).says).toContain("keys of second copies");
    writeFileSync(file, `${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o644 });
    change(
      `INSERT INTO "SecondCopy" ("databaseId", "place", "behindSinceMs", "lastError", "checkedAtMs") SELECT "id", 'elsewhere', 1, 'full', 1 FROM "Database"`,
    );
    const found = wrong(await check("second copy", env));
    expect(found.map(({ status }) => status)).toEqual(["warning", "problem", "problem"]);
    expect(found[1]?.says).toContain("The bucket copies of second copies cannot be used");
    expect(found[2]?.says).toContain("behind since 1970-01-01");
    expect(JSON.stringify(found)).not.toContain("canary");
  });

  it("keys finds sealed backups without a key, a file that is none, and one that others can read", async () => {
    await isWell("keys");
    change(
      `INSERT INTO "Backup" ("id", "namespaceId", "databaseId", "kind", "trigger", "status", "encrypted", "createdAtMs")
       SELECT 'b', "namespaceId", "id", 'physical', 'manual', 'completed', 1, 1 FROM "Database"`,
    );
    expect(only(await check("keys")).says).toContain("1 backups are sealed");
    const file = inData("storage.keys");
    const env = { LASTGOOD_STORAGE_KEYS: file };
    expect(only(await check("keys", env)).status).toBe("problem");
    const key = Buffer.alloc(32, 7).toString("base64");
    writeFileSync(file, `${key}\n`, { mode: 0o644 });
    const open = only(await check("keys", env));
    expect(open).toMatchObject({ status: "warning", next: `chmod 600 ${file}` });
    expect(JSON.stringify(open)).not.toContain(key);
    chmodSync(file, 0o600);
    expect(wrong(await check("keys", env))).toEqual([]);
  });

  it("alarms finds an e-mail server that lets nobody in, and alarms that nobody has acknowledged", async () => {
    await isWell("alarms");
    const env = { LASTGOOD_SMTP_URL: "smtp://u:canary@127.0.0.1:1", LASTGOOD_ALARM_FROM: "a@b.example" };
    const silent = only(await check("alarms", env));
    expect(silent).toMatchObject({ status: "problem", says: expect.stringContaining("nothing listens there") });
    expect(JSON.stringify(silent)).not.toContain("canary");
    change(
      `INSERT INTO "Alarm" ("id", "namespaceId", "kind", "state", "text", "remedy", "figures", "sinceMs", "createdAtMs")
       SELECT 'a', "id", 'gap', 'raised', '', '', '{}', 1, 1 FROM "Namespace"`,
    );
    expect(only(await check("alarms"))).toMatchObject({ says: expect.stringContaining("1 alarm of acme is raised") });
  });

  it("schedules finds what was missed and what failed in the last week", async () => {
    await isWell("schedules");
    const now = Date.now();
    change(
      `INSERT INTO "Schedule" ("id", "namespaceId", "databaseId", "name", "kind", "cron", "zone", "decidedToMs", "createdAtMs", "updatedAtMs")
       SELECT 's', "namespaceId", "id", 'nightly', 'physical', '0 3 * * *', 'UTC', 1, 1, 1 FROM "Database"`,
      `INSERT INTO "ScheduleRun" ("id", "scheduleId", "dueMs", "outcome", "decidedAtMs") VALUES ('old', 's', ${now - 30 * DAY_MS}, 'missed', 1)`,
    );
    await isWell("schedules");
    change(
      `INSERT INTO "ScheduleRun" ("id", "scheduleId", "dueMs", "outcome", "decidedAtMs") VALUES ('new', 's', ${now - DAY_MS}, 'missed', 1)`,
      `INSERT INTO "Backup" ("id", "namespaceId", "databaseId", "kind", "trigger", "status", "createdAtMs")
       SELECT 'b', "namespaceId", "id", 'physical', 'scheduled', 'failed', ${now} FROM "Database"`,
    );
    const says = wrong(await check("schedules")).map((one) => one.says);
    expect(says).toEqual([
      expect.stringContaining("nightly of acme/shop was missed 1 times"),
      expect.stringContaining("failed"),
    ]);
  });
});

it("every check of the doctor has a test that breaks what it looks at", async () => {
  const { readFileSync } = await import("node:fs");
  const own = readFileSync(import.meta.filename, "utf8");
  const tested = Object.keys(CHECKS).filter((name) => name === "node" || own.includes(`check("${name}"`));
  expect(tested).toEqual(Object.keys(CHECKS));
});
