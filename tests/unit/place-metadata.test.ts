import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { closeMetadata, metadata } from "../../lib/db/client.ts";
import { migrateSqlite } from "../../lib/db/migrate-sqlite.ts";
import { placeMetadata } from "../../lib/db/place-metadata.ts";
import { queuePurges } from "../../lib/services/agents/queue-purges.ts";
import { queueBackupPurges } from "../../lib/services/backups/purge-backup.ts";
import { queueErasures } from "../../lib/services/erasure/carry-out.ts";

const AGENT = randomUUID();
const DAY_MS = 86_400_000;
let data = "";
const former = process.env.LASTGOOD_DATA;

beforeEach(async () => {
  data = mkdtempSync(path.join(tmpdir(), "placed-"));
  process.env.LASTGOOD_DATA = data;
  migrateSqlite(path.join(data, "lastgood.db"));
  const db = metadata();
  await db.setting.create({ data: { key: "local-agent-id", value: AGENT } });
  await db.agent.create({
    data: { id: AGENT, region: "default", epoch: 7, seenAtMs: 1n, socketPath: "/run/agent.sock" },
  });
  await db.namespace.create({ data: { id: "acme", slug: "acme", name: "acme", createdAtMs: 1n } });
});
afterEach(async () => {
  await closeMetadata();
  if (former === undefined) delete process.env.LASTGOOD_DATA;
  else process.env.LASTGOOD_DATA = former;
  rmSync(data, { recursive: true, force: true });
});

async function addDatabase(name: string, row: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  const where = { namespaceId: "acme", name, nameKey: name, region: "default", agentId: AGENT, path: `/gone/${id}.db` };
  const kind = { engine: "sqlite", origin: "hosted", kind: "project", state: "active" };
  await metadata().database.create({ data: { id, ...where, ...kind, createdAtMs: 1n, ...row } as never });
  return id;
}

async function addJob(kind: string, databaseId: string, status = "running", backupId?: string): Promise<string> {
  const id = randomUUID();
  const lease = { leaseOwner: "former", leaseUntilMs: 1n };
  await metadata().job.create({
    data: {
      id,
      kind,
      databaseId,
      agentId: AGENT,
      payload: JSON.stringify({ backupId }),
      status,
      createdAtMs: 1n,
      ...lease,
    },
  });
  return id;
}

async function addRestore(databaseId: string, targetKind: string, targetDatabaseId: string | null = null) {
  const [id, jobId] = [randomUUID(), await addJob("restore.run", databaseId)];
  const goal = { targetKind, targetDatabaseId, sourceKind: "bookmark", toBookmark: "-", toTimeMs: 1n, planDigest: "" };
  const openKey = targetDatabaseId ?? databaseId;
  await metadata().restore.create({
    data: { id, databaseId, jobId, openKey, ...goal, status: "running", createdAtMs: 1n },
  });
  return { id, jobId };
}

async function place(clusters: Parameters<typeof placeMetadata>[2] = []): Promise<string[]> {
  await closeMetadata();
  return placeMetadata(data, null, clusters);
}

it("ends the restores that were open, and queues the newest state of a cluster in their stead", async () => {
  const till = await addDatabase("till", { engine: "postgres", state: "restoring" });
  const shop = await addDatabase("shop", { state: "restoring" });
  const copy = await addDatabase("copy", { state: "preparing", kind: "preview", parentId: shop });
  const [ofTill, ofShop] = [await addRestore(till, "project"), await addRestore(shop, "project")];
  const ofCopy = await addRestore(shop, "new_preview", copy);
  const made = { namespaceId: "acme", databaseId: shop, kind: "physical", trigger: "pre_restore", status: "running" };
  await metadata().backup.create({ data: { id: randomUUID(), jobId: ofShop.jobId, ...made, createdAtMs: 1n } });
  const backup = await addJob("backup.run", shop, "queued");
  expect(await place([{ databaseId: till, bookmark: "newest", timeMs: 5 }])).toEqual([till]);

  const db = metadata();
  for (const { id, jobId } of [ofTill, ofShop, ofCopy]) {
    const ended = {
      status: "failed",
      errorCode: "cancelled",
      errorMessage: expect.stringContaining("machine was lost"),
    };
    expect(await db.restore.findUnique({ where: { id } })).toMatchObject({ ...ended, openKey: null });
    const unclaimed = { leaseOwner: null, leaseUntilMs: null, version: 1 };
    expect(await db.job.findUnique({ where: { id: jobId } })).toMatchObject({ ...ended, ...unclaimed });
  }
  for (const id of [till, shop]) expect((await db.database.findUniqueOrThrow({ where: { id } })).state).toBe("active");
  expect((await db.backup.findFirstOrThrow()).status).toBe("failed");
  const dropped = await db.database.findUniqueOrThrow({ where: { id: copy } });
  expect(dropped).toMatchObject({ state: "deleted", nameKey: null });
  expect(Number(dropped.purgeAfterMs)).toBeGreaterThan(Date.now() + 29 * DAY_MS);
  expect(await db.restore.findMany({ where: { openKey: { not: null } } })).toMatchObject([
    { databaseId: till, toBookmark: "newest", status: "queued", targetKind: "project" },
  ]);
  const left = await db.job.findMany({ where: { status: { in: ["queued", "running"] } }, orderBy: { kind: "asc" } });
  expect(left.map(({ id, kind }) => (id === backup ? id : kind))).toEqual([backup, "restore.run"]);
});

it("takes the agent's place for the new data directory, without a cluster too", async () => {
  const shop = await addDatabase("shop");
  await addRestore(shop, "project");
  expect(await place()).toEqual([]);
  const file = path.join(data, "machine-id");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const machineId = readFileSync(file, "utf8").trim();
  expect(await metadata().agent.findUnique({ where: { id: AGENT } })).toMatchObject({ machineId, epoch: 1_007 });
  const { path: placed } = await metadata().database.findUniqueOrThrow({ where: { id: shop } });
  expect(placed).toBe(path.join(data, "databases", `${shop}.db`));
  expect(await metadata().restore.count({ where: { openKey: { not: null } } })).toBe(0);
});

it("removes nothing at the first look whose removal may have been taken back since", async () => {
  const gone = { state: "deleted", nameKey: null, deletedAtMs: 1n, purgeAfterMs: 2n };
  const [shop, deleted] = [await addDatabase("shop"), await addDatabase("deleted", gone)];
  await addJob("database.purge", deleted, "queued");
  const erasure = { databaseId: shop, beforeMs: 1n, bookmark: "-", timeMs: 1n, plan: "{}", createdAtMs: 1n };
  const jobId = await addJob("erasure.run", shop, "queued");
  await metadata().erasure.create({
    data: { id: randomUUID(), jobId, openKey: shop, status: "waiting", runAfterMs: 2n, ...erasure },
  });
  const backup = { namespaceId: "acme", databaseId: shop, kind: "physical", trigger: "manual", status: "completed" };
  const backupId = randomUUID();
  await metadata().backup.create({
    data: { id: backupId, ...backup, createdAtMs: 1n, deletedAtMs: 1n, purgeAfterMs: 2n },
  });
  await addJob("backup.purge", shop, "running", backupId);
  await place();
  expect(await queueErasures(AGENT)).toBe(0);
  expect(await queuePurges(AGENT, 5)).toEqual({ queued: 0, waiting: 0 });
  expect(await queueBackupPurges(AGENT, 5)).toBe(0);
  expect(await metadata().job.count({ where: { status: { in: ["queued", "running"] } } })).toBe(0);
  const { runAfterMs } = await metadata().erasure.findFirstOrThrow();
  expect(Number(runAfterMs)).toBeGreaterThan(Date.now() + DAY_MS - 60_000);
});
