import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BackupStores } from "../../../lib/agent/backup-stores.ts";
import { runBackup } from "../../../lib/agent/handlers/run-backup.ts";
import { StorageKeys } from "../../../lib/agent/storage-keys.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { queueBackupPurges } from "../../../lib/services/backups/purge-backup.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { claimJob } from "../../../lib/services/jobs/claim-job.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type BackupWorld, openBackupWorld } from "./open-backup-world.ts";

let world: BackupWorld;
let shop: ProtectedDatabase;

beforeAll(async () => {
  world = await openBackupWorld();
  shop = await world.host("till");
  await world.sqlite.engine.query(shop, { sql: "CREATE TABLE t(a)" });
}, 60_000);
afterAll(() => world.close());

/** A backup that a run of an agent has begun which then stands still, until `meanwhile` is over. */
async function begin(holder: string, meanwhile: (backupId: string) => Promise<void>) {
  await world.stop();
  const { id } = await world.create("till");
  const job = await claimJob({ agentId: world.agentId, holder, leaseMs: 1 });
  const { jobId } = await metadata().backup.findUniqueOrThrow({ where: { id } });
  expect(job?.id).toBe(jobId);
  const stores = new BackupStores(world.backups, new StorageKeys(null));
  const database = async () => {
    await meanwhile(id);
    return shop;
  };
  const means = { engine: world.sqlite.engine, database, stores, jobId: job?.id ?? "", holder };
  const done = runBackup(agentContext(world.agentId, "test"), id, means, quietRun());
  const manifest = path.join(world.backups, shop.id, id, "manifest.json");
  return { id, done, manifest };
}

/** The next run of the agent takes over and completes it. */
async function takeOver(backupId: string): Promise<void> {
  await world.start();
  expect(await world.ended(backupId)).toMatchObject({ status: "completed" });
}

test("a run that stood still and then fails removes nothing of what its successor has stored", async () => {
  const { id, done, manifest } = await begin("stood-still", async (backupId) => {
    await takeOver(backupId);
    throw new Error("read ECONNRESET");
  });
  await expect(done).rejects.toThrow("ECONNRESET");
  expect(existsSync(manifest)).toBe(true);
  const key = (await metadata().backup.findUniqueOrThrow({ where: { id } })).key ?? "";
  expect((await world.call("GET", "backups/[id]/download", { db: "till", id: key })).status).toBe(200);
});

test("a run that stood still before it chose a moment stores none over its successor's", async () => {
  const { id, done } = await begin("chose-late", async (backupId) => {
    await takeOver(backupId);
    await world.sqlite.engine.query(shop, { sql: "INSERT INTO t VALUES ('later')" });
  });
  await expect(done).rejects.toThrow("the backup went to another");
  const { key, sha256 } = await metadata().backup.findUniqueOrThrow({ where: { id } });
  const answer = await world.call("GET", "backups/[id]/download", { db: "till", id: key ?? "" });
  expect([answer.status, answer.headers.get("x-lastgood-sha256")]).toEqual([200, sha256]);
  expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(0);
});

test("a run that fails while the backup is still its own leaves nothing of it", async () => {
  const { id, done, manifest } = await begin("fails", async () => Promise.reject(new Error("no history")));
  await expect(done).rejects.toThrow("no history");
  expect(existsSync(path.dirname(manifest))).toBe(false);
  expect(await metadata().backup.findUniqueOrThrow({ where: { id } })).toMatchObject({ objectPrefix: null });
  await world.start();
  expect(await world.ended(id)).toMatchObject({ status: "completed" });
});

test("what a failed backup could not remove again is removed once its store is there", async () => {
  const { id } = await world.create("till");
  await world.ended(id);
  const folder = path.join(world.backups, shop.id, id);
  const finishedAtMs = BigInt(Date.now() - 2 * 3_600_000);
  await metadata().backup.update({ where: { id }, data: { status: "failed", finishedAtMs } });
  expect(readdirSync(folder)).toHaveLength(2);
  expect(await queueBackupPurges(world.agentId, 20)).toBe(1);
  const job = await metadata().job.findFirstOrThrow({ where: { kind: "backup.purge" } });
  expect(await world.jobEnded(job.id)).toMatchObject({ status: "completed" });
  expect(readdirSync(folder)).toEqual([]);
  expect(await world.ended(id)).toMatchObject({ status: "failed", deleted: null });
});

test("a backup that was purged before its turn came stores nothing any more", async () => {
  await world.stop();
  const { id } = await world.create("till");
  await metadata().backup.update({ where: { id }, data: { purgedAtMs: 1n } });
  await world.start();
  expect(await world.ended(id)).toMatchObject({ status: "failed", error: { code: "not_found" } });
  expect(existsSync(path.join(world.backups, shop.id, id))).toBe(false);
});
