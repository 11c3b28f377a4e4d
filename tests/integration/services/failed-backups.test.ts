import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { FAILED_KEPT_DAYS, MOST_FAILED } from "../../../lib/domain/retention.ts";
import { createBackup } from "../../../lib/services/backups/create-backup.ts";
import { forgetFailedBackups } from "../../../lib/services/backups/forget-failed-backups.ts";
import { MOST_WAITING } from "../../../lib/services/backups/limit-waiting.ts";
import { listBackups } from "../../../lib/services/backups/list-backups.ts";
import { completeBackupPurge, findPurgeable, queueBackupPurges } from "../../../lib/services/backups/purge-backup.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let world: MetadataWorld;
let acme = "";
let agentId = "";
let owner: CallContext;
let colleague: CallContext;
let database = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  agentId = await world.agentId();
  owner = await world.contextOf(await world.addUser("ada@acme.example", { [acme]: "owner" }));
  colleague = await world.contextOf(await world.addUser("bob@acme.example", { [acme]: "owner" }));
});
afterAll(() => world.close());
beforeEach(async () => {
  await metadata().job.deleteMany();
  await metadata().backup.deleteMany();
  database = await world.addDatabase(acme, `shop-${randomUUID().slice(0, 8)}`);
});

const of = () => ({ namespace: "acme", database });

/** Backups that ended so long ago, all of them alike; answers the id of the first. */
async function ended(
  hoursAgo: number,
  { count = 1, status = "failed", objectPrefix = null as string | null } = {},
): Promise<string> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const atMs = BigInt(Date.now() - hoursAgo * HOUR_MS);
  await metadata().backup.createMany({
    data: ids.map((id) => ({
      id,
      namespaceId: acme,
      databaseId: database,
      kind: "physical",
      trigger: "manual",
      status,
      objectPrefix: objectPrefix && `${objectPrefix}/${id}`,
      createdAtMs: atMs,
      finishedAtMs: atMs,
    })),
  });
  return ids[0] ?? "";
}

describe("what a failed backup has left in its store", () => {
  test("is removed once nobody can be storing it any more, and the backup is told of all the same", async () => {
    const id = await ended(0.5, { objectPrefix: database });
    expect(await queueBackupPurges(agentId, 20)).toBe(0);
    expect(await findPurgeable(id)).toBeNull();
    await metadata().backup.update({ where: { id }, data: { finishedAtMs: BigInt(Date.now() - 2 * HOUR_MS) } });
    expect(await queueBackupPurges(agentId, 20)).toBe(1);
    expect(await findPurgeable(id)).toMatchObject({ prefix: `${database}/${id}` });
    await completeBackupPurge(agentContext(agentId, "test"), id);
    await metadata().job.deleteMany();
    expect(await queueBackupPurges(agentId, 20)).toBe(0);
    expect((await listBackups(owner, of())).backups).toMatchObject([{ id, status: "failed", deleted: null }]);
  });

  test("is nothing where its run has removed it, and of a complete one, or a deleted one before its time, nothing goes", async () => {
    await ended(2);
    await ended(2, { status: "completed", objectPrefix: database });
    await ended(2, { status: "running", objectPrefix: database });
    const deleted = await ended(2, { objectPrefix: database });
    const purgeAfterMs = BigInt(Date.now() + DAY_MS);
    await metadata().backup.update({ where: { id: deleted }, data: { deletedAtMs: 1n, purgeAfterMs } });
    expect(await queueBackupPurges(agentId, 20)).toBe(0);
  });

  test.each(["queued", "running", "completed"])(
    "and a %s backup of a database that is removed stores nothing any more and is told of no more",
    async (status) => {
      const id = await ended(2, { status, objectPrefix: database });
      await completeBackupPurge(agentContext(agentId, "test"), id);
      expect(await metadata().backup.findUnique({ where: { id } })).toMatchObject({ purgedAtMs: expect.any(BigInt) });
      expect((await listBackups(owner, of())).backups).toEqual([]);
    },
  );

  test("waits an hour after its removal has failed, and holds up no other", async () => {
    const id = await ended(9, { objectPrefix: database });
    expect(await queueBackupPurges(agentId, 1)).toBe(1);
    const failedAt = (hoursAgo: number) =>
      metadata().job.updateMany({
        data: { status: "failed", finishedAtMs: BigInt(Date.now() - hoursAgo * HOUR_MS) },
      });
    await failedAt(0.5);
    const other = await ended(3, { objectPrefix: database });
    expect(await queueBackupPurges(agentId, 1)).toBe(1);
    expect(await metadata().job.findFirst({ where: { status: "queued" } })).toMatchObject({
      payload: JSON.stringify({ backupId: other }),
    });
    await failedAt(1.5);
    expect(await queueBackupPurges(agentId, 1)).toBe(1);
    expect(await metadata().job.findFirst({ where: { status: "queued" } })).toMatchObject({
      payload: JSON.stringify({ backupId: id }),
    });
  });
});

describe("rows of failed backups", () => {
  const hours = FAILED_KEPT_DAYS * 24;

  test("go when they are old, unless something of them is still stored", async () => {
    await ended(hours + 1);
    await ended(hours + 1, { status: "cancelled" });
    const kept = [
      await ended(hours - 1),
      await ended(hours + 1, { objectPrefix: database }),
      await ended(hours + 1, { status: "completed" }),
      await ended(hours + 1, { status: "running" }),
    ];
    expect(await forgetFailedBackups("another agent")).toBe(0);
    expect(await forgetFailedBackups(agentId)).toBe(2);
    const rows = await metadata().backup.findMany({ select: { id: true } });
    expect(rows.map(({ id }) => id).sort()).toEqual(kept.sort());
  });

  test("are no more than so many of a database, the newest", async () => {
    await ended(9, { count: 7 });
    await ended(2, { count: MOST_FAILED });
    expect(await forgetFailedBackups(agentId)).toBe(7);
    expect(await metadata().backup.count()).toBe(MOST_FAILED);
    expect(await metadata().backup.count({ where: { createdAtMs: { lt: BigInt(Date.now() - 0.2 * DAY_MS) } } })).toBe(
      0,
    );
    expect(await forgetFailedBackups(agentId)).toBe(0);
  });
});

describe("backups that somebody has asked for", () => {
  const create = (ctx: CallContext) => createBackup(ctx, { ...of(), kind: "physical" });

  test("wait in a limited number each; one more is told when to come again", async () => {
    const first = await create(owner);
    for (let n = 1; n < MOST_WAITING; n++) await create(owner);
    await expect(create(owner)).rejects.toMatchObject({
      code: "rate_limited",
      status: 429,
      details: { retryAfterSeconds: 30, hint: expect.stringContaining("cancel") },
    });
    expect(await refusalCode(create(colleague))).toBe("done");
    await metadata().backup.updateMany({ where: { id: first.id }, data: { status: "completed" } });
    expect(await refusalCode(create(owner))).toBe("done");
  });
});
