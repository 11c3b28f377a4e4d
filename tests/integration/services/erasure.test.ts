import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { completeErasure, startErasure } from "../../../lib/services/erasure/carry-out.ts";
import { findReached, requireErasable } from "../../../lib/services/erasure/require-erasable.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

const DAY_MS = 86_400_000;
const tag = "ab".repeat(16);
const bookmark = `00000001-00000000-00000009-${tag}` as Bookmark;
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;
let backupId: string;
let timeMs: number;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  world = await openScheduleWorld(metadataWorld);
  timeMs = Date.now() - 10 * DAY_MS;
  backupId = await addBackup("old", timeMs - DAY_MS);
  await addBackup("young", timeMs + DAY_MS);
});

const ctx = () => agentContext(world.agent.agentId, "erasure");
const reach = (includeBackups: boolean) => ({
  databaseId: world.databaseId,
  bookmark,
  timeMs,
  beforeMs: timeMs,
  includeBackups,
});

async function addBackup(key: string, atMs: number): Promise<string> {
  const { databaseId, namespaceId } = world;
  const id = randomUUID();
  await metadata().backup.create({
    data: {
      ...{
        id,
        namespaceId,
        databaseId,
        key: `${key}-${id}`,
        kind: "physical",
        trigger: "manual",
        createdByName: "Ada",
      },
      ...{ status: "completed", timeMs: BigInt(atMs), createdAtMs: 1n },
    },
  });
  return id;
}

/** A label that is pinned to the old backup. */
async function pin(label: string): Promise<void> {
  const { key } = await metadata().backup.findUniqueOrThrow({ where: { id: backupId } });
  await metadata().restorePoint.create({
    data: {
      ...{ id: randomUUID(), databaseId: world.databaseId, label, kind: "backup", backupKey: key, createdAtMs: 1n },
      ...{ bookmark: `00000001-00000000-00000001-${tag}`, timeMs: 1n },
    },
  });
}

const setPolicy = (rules: { protectedLabels?: string; leastWindowDays?: number }) =>
  metadata().policy.upsert({
    where: { databaseId: world.databaseId },
    create: { databaseId: world.databaseId, updatedAtMs: 1n, ...rules },
    update: rules,
  });

/** An erasure whose grace period is over. */
async function addErasure(includeBackups = true): Promise<string> {
  const id = randomUUID();
  const { databaseId } = world;
  await metadata().erasure.create({
    data: {
      ...{ id, databaseId, openKey: databaseId, bookmark, includeBackups, plan: "{}" },
      ...{ beforeMs: BigInt(timeMs), timeMs: BigInt(timeMs), status: "waiting", runAfterMs: 1n, createdAtMs: 1n },
    },
  });
  return id;
}

const erasure = (id: string) => metadata().erasure.findUniqueOrThrow({ where: { id } });

test("a label pinned to an older backup goes only where backups are included, and is then asked of the policy", async () => {
  await pin("month-1");
  expect((await findReached(metadata(), reach(false))).labels).toEqual([]);
  const { labels, backups } = await findReached(metadata(), reach(true));
  expect([labels, backups.map(({ id }) => id)]).toEqual([["month-1"], [backupId]]);
  await requireErasable(metadata(), reach(true), labels);
  await setPolicy({ protectedLabels: '["month-*"]' });
  expect(await refusalCode(requireErasable(metadata(), reach(true), labels))).toBe("forbidden");
});

test("the policy's least window is not cut short", async () => {
  await setPolicy({ leastWindowDays: 9 });
  await requireErasable(metadata(), reach(false), []);
  await setPolicy({ leastWindowDays: 11 });
  expect(await refusalCode(requireErasable(metadata(), reach(false), []))).toBe("forbidden");
});

test("what the policy forbids when the grace period is over is ended, told and written down, and nothing goes", async () => {
  await pin("month-1");
  const id = await addErasure();
  await setPolicy({ protectedLabels: '["month-*"]' });
  expect(await startErasure(ctx(), id)).toBeNull();
  expect(await erasure(id)).toMatchObject({ status: "failed", openKey: null, errorCode: "forbidden" });
  expect(await metadata().event.count({ where: { databaseId: world.databaseId, type: "erasure.failed" } })).toBe(1);
  const audited = await metadata().auditEntry.findMany({ where: { action: "erasure.failed", targetId: id } });
  expect(audited).toHaveLength(1);
});

test.each([
  ["a restore reads one of the backups", () => ({ backupId, sourceKind: "backup" })],
  ["its second copy is brought back", () => ({ copyId: `${world.databaseId}.ffee`, sourceKind: "second_copy" })],
])("while %s it waits, and goes on afterwards", async (_, of) => {
  const id = await addErasure();
  const restoreId = randomUUID();
  await metadata().restore.create({
    data: {
      ...of(),
      ...{ id: restoreId, databaseId: world.databaseId, openKey: randomUUID(), status: "running" },
      ...{
        targetKind: "project",
        toBookmark: "-",
        toTimeMs: 1n,
        planDigest: "",
        createdAtMs: 1n,
      },
    },
  });
  expect(await startErasure(ctx(), id)).toBeNull();
  const waiting = await erasure(id);
  expect([waiting.status, Number(waiting.runAfterMs) > Date.now() + 300_000]).toEqual(["waiting", true]);
  await metadata().restore.update({ where: { id: restoreId }, data: { openKey: null, status: "completed" } });
  await metadata().erasure.update({ where: { id }, data: { runAfterMs: 1n } });
  expect(await startErasure(ctx(), id)).toMatchObject({ erasureId: id, timeMs });
});

test("backups that were deleted for now go as well, and at once; younger ones stay", async () => {
  const id = await addErasure();
  const later = BigInt(Date.now() + DAY_MS);
  await metadata().backup.update({ where: { id: backupId }, data: { deletedAtMs: 1n, purgeAfterMs: later } });
  expect(await startErasure(ctx(), id)).not.toBeNull();
  await completeErasure(ctx(), id, 5);
  expect(await erasure(id)).toMatchObject({ status: "completed", removedBackups: 1 });
  const { purgeAfterMs } = await metadata().backup.findUniqueOrThrow({ where: { id: backupId } });
  expect(Number(purgeAfterMs)).toBeLessThanOrEqual(Date.now());
  const left = await metadata().backup.count({ where: { databaseId: world.databaseId, deletedAtMs: null } });
  expect(left).toBe(1);
});

test("a backup of after the moment asked for stays, also where the history begins later than that", async () => {
  const id = await addErasure();
  const beginsMs = timeMs + 2 * DAY_MS;
  await metadata().erasure.update({ where: { id }, data: { timeMs: BigInt(beginsMs) } });
  const { backups } = await findReached(metadata(), { ...reach(true), timeMs: beginsMs });
  expect(backups.map((one) => one.id)).toEqual([backupId]);
  expect(await startErasure(ctx(), id)).toMatchObject({ timeMs: beginsMs });
  await completeErasure(ctx(), id, 5);
  const kept = await metadata().backup.findMany({ where: { databaseId: world.databaseId, deletedAtMs: null } });
  expect(kept.map(({ key }) => key?.slice(0, 5))).toEqual(["young"]);
});

test("while the database is restored, drilled or backed up, also only queued or left half-way, it waits", async () => {
  const { databaseId, namespaceId } = world;
  const id = await addErasure(false);
  const [restoreId, drillId, key] = [randomUUID(), randomUUID(), randomUUID()];
  const ask = { targetKind: "project", sourceKind: "time", toBookmark: bookmark, toTimeMs: 1n, planDigest: "" };
  await metadata().restore.create({
    data: { id: restoreId, databaseId, openKey: databaseId, ...ask, status: "queued", createdAtMs: 1n },
  });
  const isWaiting = async () => {
    await metadata().erasure.update({ where: { id }, data: { runAfterMs: 1n } });
    return (await startErasure(ctx(), id)) === null && (await erasure(id)).status === "waiting";
  };
  expect(await isWaiting(), "queued restore").toBe(true);
  await metadata().restore.update({ where: { id: restoreId }, data: { status: "running" } });
  expect(await isWaiting(), "restore that was begun").toBe(true);
  await metadata().restore.update({ where: { id: restoreId }, data: { openKey: null, status: "completed" } });
  const drill = { trigger: "manual", aims: '["latest"]', assertions: "[]", status: "queued", createdAtMs: 1n };
  await metadata().drill.create({ data: { id: drillId, databaseId, ...drill } });
  expect(await isWaiting(), "queued drill").toBe(true);
  await metadata().drill.update({ where: { id: drillId }, data: { status: "passed" } });
  const backup = { kind: "physical", trigger: "manual", createdByName: "Ada", status: "queued", createdAtMs: 1n };
  await metadata().backup.create({ data: { id: key, key, databaseId, namespaceId, ...backup } });
  expect(await isWaiting(), "queued backup").toBe(true);
  await metadata().backup.update({ where: { id: key }, data: { status: "failed" } });
  expect(await isWaiting()).toBe(false);
  expect(await erasure(id)).toMatchObject({ status: "running" });
});

test("a protected label of after the moment asked for forbids it where the history would begin behind that label", async () => {
  const [between, beginsMs] = [timeMs + DAY_MS, timeMs + 2 * DAY_MS];
  await metadata().restorePoint.create({
    data: {
      ...{ id: randomUUID(), databaseId: world.databaseId, label: "month-2", kind: "pitr", createdAtMs: 1n },
      ...{ bookmark: `00000001-00000000-00000008-${tag}`, timeMs: BigInt(between) },
    },
  });
  await setPolicy({ protectedLabels: '["month-*"]' });
  const later = { ...reach(false), timeMs: beginsMs };
  const { labels } = await findReached(metadata(), later);
  expect(labels).toEqual(["month-2"]);
  expect(await refusalCode(requireErasable(metadata(), later, labels))).toBe("forbidden");
});
