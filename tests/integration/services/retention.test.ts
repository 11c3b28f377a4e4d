import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { MOST_DELETIONS } from "../../../lib/domain/retention.ts";
import { previewRetention } from "../../../lib/services/backups/preview-retention.ts";
import { pruneBackups } from "../../../lib/services/backups/prune-backups.ts";
import { setExpiry } from "../../../lib/services/backups/set-expiry.ts";
import { setRetention } from "../../../lib/services/backups/set-retention.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { createRestorePoint } from "../../../lib/services/restore-points/create-restore-point.ts";
import { deleteRestorePoint } from "../../../lib/services/restore-points/delete-restore-point.ts";
import { listRestorePoints } from "../../../lib/services/restore-points/list-restore-points.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const DAY_MS = 86_400_000;
let world: MetadataWorld;
let acme = "";
let owner: CallContext;
let agent: CallContext;
let database = "";
let other = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("ada@acme.example", { [acme]: "owner" }));
  agent = agentContext(await world.agentId(), "retention");
});
afterAll(() => world.close());
beforeEach(async () => {
  database = await world.addDatabase(acme, `shop-${randomUUID().slice(0, 8)}`);
  other = await world.addDatabase(acme, `other-${randomUUID().slice(0, 8)}`);
});

const of = () => ({ namespace: "acme", database });
type Columns = NonNullable<Parameters<ReturnType<typeof metadata>["backup"]["create"]>[0]["data"]>;

/** A complete backup; nobody reads its bytes here. */
async function addBackup(ageDays: number, rest: Partial<Columns> = {}): Promise<{ id: string; key: string }> {
  const [id, key] = [randomUUID(), `20261121T000000Z-${randomUUID().slice(0, 8)}`];
  await metadata().backup.create({
    data: {
      id,
      namespaceId: acme,
      databaseId: database,
      key,
      kind: "physical",
      trigger: "manual",
      status: "completed",
      bookmark: `00000001-00000000-00000001-${"ab".repeat(16)}`,
      timeMs: BigInt(Date.now() - ageDays * DAY_MS),
      sha256: "0".repeat(64),
      sizeBytes: 100n,
      createdAtMs: BigInt(Date.now() - ageDays * DAY_MS),
      ...rest,
    } as Columns,
  });
  return { id, key };
}

const rowOf = (id: string) => metadata().backup.findUniqueOrThrow({ where: { id } });
const isDeleted = async (id: string) => (await rowOf(id)).deletedAtMs !== null;

describe("how many backups are kept", () => {
  test("is changed only by who has seen what goes, and then the rows say why they went and until when they come back", async () => {
    const [newest, middle, oldest] = [await addBackup(0), await addBackup(1), await addBackup(2)];
    expect(await refusalCode(setRetention(owner, { ...of(), maxBackups: 1 }))).toBe("conflict");
    const stale = { ...of(), maxBackups: 1, planDigest: "another" };
    expect(await refusalCode(setRetention(owner, stale))).toBe("conflict");
    const dry = await previewRetention(owner, { ...of(), change: { maxBackups: 1 } });
    expect(dry.plan.deletions.map(({ id }) => id)).toEqual([oldest.id, middle.id]);
    expect(dry.plan.freedBytes).toBe(200);
    expect(dry.plan.kept).toMatchObject([{ id: newest.id, because: "last_good" }]);
    expect(await isDeleted(oldest.id)).toBe(false);
    const saved = await setRetention(owner, { ...of(), maxBackups: 1, planDigest: dry.plan.digest });
    expect(saved.maxBackups).toBe(1);
    expect(await pruneBackups(agent, database)).toEqual({ deleted: 2, later: 0 });
    const row = await rowOf(oldest.id);
    expect(row).toMatchObject({ deletedBecause: "max_backups", deletedBy: "retention", purgedAtMs: null });
    expect(Number(row.purgeAfterMs) - Number(row.deletedAtMs)).toBe(DAY_MS);
    expect(await isDeleted(newest.id)).toBe(false);
    const told = (await world.auditTrail()).filter(({ action }) => action === "backup.expired");
    expect(told.map(({ targetId }) => targetId).slice(-2)).toEqual([oldest.id, middle.id]);
    expect(await pruneBackups(agent, database)).toEqual({ deleted: 0, later: 0 });
  });

  test("needs nobody's look where it deletes nothing that is kept so far", async () => {
    await addBackup(0);
    await setRetention(owner, { ...of(), maxBackups: 50 });
    expect((await previewRetention(owner, of())).maxBackups).toBe(50);
    await setRetention(owner, { ...of(), maxBackups: null });
    expect((await previewRetention(owner, of())).maxBackups).toBeNull();
  });

  test("is nothing that a member changes, and nothing that reaches into another database", async () => {
    const member = await world.contextOf(await world.addUser(`${randomUUID()}@acme.example`, { [acme]: "member" }));
    expect(await refusalCode(setRetention(member, { ...of(), maxBackups: 5 }))).toBe("forbidden");
    const theirs = await addBackup(9, { databaseId: other });
    await addBackup(9, { databaseId: other });
    await addBackup(0);
    await metadata().database.update({ where: { id: database }, data: { maxBackups: 1 } });
    await pruneBackups(agent, database);
    expect(await isDeleted(theirs.id)).toBe(false);
  });
});

test("a pinned backup stays, and goes once its label is deleted", async () => {
  const [, pinned] = [await addBackup(0), await addBackup(5)];
  await metadata().database.update({ where: { id: database }, data: { maxBackups: 1 } });
  const point = await createRestorePoint(owner, {
    ...of(),
    label: "launch",
    to: { kind: "backup", backupKey: pinned.key },
  });
  expect(point).toMatchObject({ kind: "backup", backupKey: pinned.key, recoverable: true });
  const { plan } = await previewRetention(owner, of());
  expect(plan.kept).toContainEqual(expect.objectContaining({ id: pinned.id, because: "pinned", pins: ["launch"] }));
  expect(await pruneBackups(agent, database)).toEqual({ deleted: 0, later: 0 });
  await deleteRestorePoint(owner, { ...of(), restorePointId: point.id });
  expect(await pruneBackups(agent, database)).toEqual({ deleted: 1, later: 0 });
  expect(await isDeleted(pinned.id)).toBe(true);
});

test("a label is pinned to no other database's backup, none that was deleted and none that is damaged", async () => {
  const to = (backupKey: string) => ({ ...of(), label: "x", to: { kind: "backup", backupKey } as const });
  const foreign = await addBackup(0, { databaseId: other });
  expect(await refusalCode(createRestorePoint(owner, to(foreign.key)))).toBe("not_found");
  const deleted = await addBackup(0, { deletedAtMs: 1n, purgeAfterMs: 2n });
  expect(await refusalCode(createRestorePoint(owner, to(deleted.key)))).toBe("conflict");
  const damaged = await addBackup(0, { damage: "its bytes are gone" });
  expect(await refusalCode(createRestorePoint(owner, to(damaged.key)))).toBe("storage_damaged");
});

test("a label whose backup is gone stays listed and says that it cannot be restored", async () => {
  const { id, key } = await addBackup(0);
  await createRestorePoint(owner, { ...of(), label: "launch", to: { kind: "backup", backupKey: key } });
  await metadata().backup.update({ where: { id }, data: { deletedAtMs: 1n, purgeAfterMs: 2n } });
  expect(await listRestorePoints(owner, of())).toMatchObject([{ label: "launch", recoverable: false }]);
});

test("what an open restore reads stays", async () => {
  const [, read] = [await addBackup(0), await addBackup(9)];
  await metadata().database.update({ where: { id: database }, data: { maxBackups: 1 } });
  const restore = await metadata().restore.create({
    data: {
      id: randomUUID(),
      databaseId: database,
      openKey: database,
      backupId: read.id,
      targetKind: "project",
      sourceKind: "backup",
      toBookmark: "b",
      toTimeMs: 1n,
      planDigest: "d",
      status: "running",
      createdAtMs: 1n,
    },
  });
  expect(await pruneBackups(agent, database)).toEqual({ deleted: 0, later: 0 });
  await metadata().restore.update({ where: { id: restore.id }, data: { openKey: null } });
  expect(await pruneBackups(agent, database)).toEqual({ deleted: 1, later: 0 });
});

test("a shorter schedule dates its backups anew, is shown before, and one run deletes only so many", async () => {
  const schedule = await metadata().schedule.create({
    data: {
      id: randomUUID(),
      namespaceId: acme,
      databaseId: database,
      name: "nightly",
      kind: "physical",
      cron: "0 3 * * *",
      zone: "UTC",
      decidedToMs: 1n,
      createdAtMs: 1n,
      updatedAtMs: 1n,
    },
  });
  const scheduleId = schedule.id;
  for (let age = 1; age <= 40; age++) await addBackup(age, { trigger: "scheduled", scheduleId });
  const change = { schedule: { id: scheduleId, retentionDays: 7 } };
  const dry = await previewRetention(owner, { ...of(), change });
  expect(dry.plan.deletions).toHaveLength(MOST_DELETIONS);
  expect(dry.plan.later).toHaveLength(34 - MOST_DELETIONS);
  await transact((tx) => setExpiry(tx, { scheduleId, retentionDays: 7 }));
  expect(await pruneBackups(agent, database)).toEqual({ deleted: MOST_DELETIONS, later: 34 - MOST_DELETIONS });
  expect(await pruneBackups(agent, database)).toEqual({ deleted: 34 - MOST_DELETIONS, later: 0 });
  const left = await metadata().backup.findMany({ where: { databaseId: database, deletedAtMs: null } });
  expect(left).toHaveLength(6);
  const elsewhere = { ...of(), database: other, change };
  expect(await refusalCode(previewRetention(owner, elsewhere))).toBe("not_found");
});
