import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { cancelBackup } from "../../../lib/services/backups/cancel-backup.ts";
import { createBackup } from "../../../lib/services/backups/create-backup.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { findDatabase, requireWritable } from "../../../lib/services/databases/find-database.ts";
import { perform } from "../../../lib/services/perform.ts";
import { createRestorePoint } from "../../../lib/services/restore-points/create-restore-point.ts";
import { deleteRestorePoint } from "../../../lib/services/restore-points/delete-restore-point.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let acme = "";
let shop = "";
let userId = "";
let member: CallContext;
const of = { namespace: "acme", database: "shop" };

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  shop = await world.addDatabase(acme, "shop");
  await world.addDatabase(acme, "blog");
  userId = await world.addUser("mia@acme.example", { [acme]: "member" });
  member = await world.contextOf(userId);
  await metadata().writeWithdrawal.create({ data: { databaseId: shop, userId, createdAtMs: 1n, createdBy: "test" } });
});
afterAll(() => world.close());

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

const mayWrite = (ctx: CallContext, database: string) =>
  codeOf(
    perform(ctx, "database.query", { namespace: "acme" }, async ({ db, principal }) =>
      requireWritable(db, principal, await findDatabase(db, principal, database)),
    ),
  );

test("a withdrawal covers one database of one member, and their token", async () => {
  const token = await world.contextOfToken(await world.addToken(userId, acme));
  const other = await world.contextOf(await world.addUser("max@acme.example", { [acme]: "member" }));
  expect(await mayWrite(member, "shop")).toBe("forbidden");
  expect(await mayWrite(token, "shop")).toBe("forbidden");
  expect(await mayWrite(member, "blog")).toBe("done");
  expect(await mayWrite(other, "shop")).toBe("done");
});

test("snapshots follow the write right of their database", async () => {
  const restorePointId = await world.addRestorePoint(shop, "kept");
  expect(await codeOf(createRestorePoint(member, { ...of, label: "mine" }))).toBe("forbidden");
  expect(await codeOf(deleteRestorePoint(member, { ...of, restorePointId }))).toBe("forbidden");
  expect(await metadata().restorePoint.count({ where: { id: restorePointId } })).toBe(1);
  await metadata().writeWithdrawal.deleteMany({ where: { userId } });
  expect(await codeOf(deleteRestorePoint(member, { ...of, restorePointId }))).toBe("done");
  await metadata().writeWithdrawal.create({ data: { databaseId: shop, userId, createdAtMs: 1n, createdBy: "test" } });
});

async function addRunning(trigger: "manual" | "pre_restore"): Promise<{ id: string; jobId: string }> {
  const [id, jobId] = [randomUUID(), randomUUID()];
  const kind = trigger === "manual" ? "backup.run" : "restore.run";
  const { agentId } = await metadata().database.findUniqueOrThrow({ where: { id: shop } });
  await metadata().job.create({
    data: { id: jobId, kind, agentId, payload: "{}", status: "running", createdAtMs: 1n },
  });
  await metadata().backup.create({
    data: {
      id,
      namespaceId: acme,
      databaseId: shop,
      jobId,
      kind: "portable",
      trigger,
      status: "running",
      createdAtMs: 1n,
    },
  });
  return { id, jobId };
}

const isStopping = async (jobId: string) =>
  (await metadata().job.findUniqueOrThrow({ where: { id: jobId } })).cancelAsked;

test("making and cancelling backups follow the write right of their database", async () => {
  const { id, jobId } = await addRunning("manual");
  expect(await codeOf(createBackup(member, { ...of, kind: "physical" }))).toBe("forbidden");
  expect(await metadata().backup.count({ where: { databaseId: shop } })).toBe(1);
  expect(await codeOf(cancelBackup(member, { ...of, backup: id }))).toBe("forbidden");
  expect(await isStopping(jobId)).toBe(false);
  const other = await world.contextOf(await world.addUser("moe@acme.example", { [acme]: "member" }));
  expect(await codeOf(cancelBackup(other, { ...of, backup: id }))).toBe("done");
  expect(await isStopping(jobId)).toBe(true);
});

test("nobody ends a restore by cancelling the backup that it makes first", async () => {
  const { id, jobId } = await addRunning("pre_restore");
  for (const role of ["member", "owner"] as const) {
    const caller = await world.contextOf(await world.addUser(`${role}@restores.example`, { [acme]: role }));
    expect(await codeOf(cancelBackup(caller, { ...of, backup: id }))).toBe("conflict");
  }
  expect(await isStopping(jobId)).toBe(false);
});

test.each<Role>(["admin", "owner"])("a withdrawal does not bind whoever became %s", async (role) => {
  await metadata().membership.updateMany({ where: { userId }, data: { role } });
  expect(await mayWrite(member, "shop")).toBe("done");
  await metadata().membership.updateMany({ where: { userId }, data: { role: "member" } });
  expect(await mayWrite(member, "shop")).toBe("forbidden");
});
