import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { findProject } from "../../../lib/services/databases/find-project.ts";
import { getDatabase } from "../../../lib/services/databases/get-database.ts";
import { undeleteDatabase } from "../../../lib/services/databases/undelete-database.ts";
import { expirePreviews } from "../../../lib/services/previews/expire-previews.ts";
import { extendPreview } from "../../../lib/services/previews/extend-preview.ts";
import { requirePreviewLeft } from "../../../lib/services/previews/preview-names.ts";
import { failRestore } from "../../../lib/services/restores/fail-restore.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const HOUR_MS = 3_600_000;
let world: MetadataWorld;
let acme: string;
let member: CallContext;
let owner: CallContext;
let ownerId: string;
let project: string;
let preview: string;

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  ownerId = await world.addUser("owner@acme.example", { [acme]: "owner" });
  owner = await world.contextOf(ownerId);
  member = await world.contextOf(await world.addUser("member@acme.example", { [acme]: "member" }));
});
afterAll(() => world.close());
beforeEach(async () => {
  project = await world.addDatabase(acme, `shop-${randomUUID().slice(0, 8)}`);
  preview = await world.addPreview(project, `look-${randomUUID().slice(0, 8)}`);
});

const find = (id: string) => metadata().database.findUniqueOrThrow({ where: { id } });
const expire = async () => {
  const agentId = await world.agentId();
  return expirePreviews(agentContext(agentId, "test"), agentId);
};
const endNow = () => metadata().database.update({ where: { id: preview }, data: { expiresAtMs: 1n } });

/** An open restore of the project that writes or reads something else. */
async function open(change: object): Promise<string> {
  const id = randomUUID();
  const bookmark = `00000001-00000000-00000001-${"ab".repeat(16)}`;
  const plain = { sourceKind: "bookmark", toBookmark: bookmark, toTimeMs: 1n, planDigest: "d", createdAtMs: 1n };
  await metadata().restore.create({
    data: { id, databaseId: project, targetKind: "preview", status: "running", openKey: preview, ...plain, ...change },
  });
  return id;
}

describe("a preview's end", () => {
  test("deletes it once its time is over, for a day, and is in the audit log", async () => {
    expect(await expire()).toBe(0);
    await endNow();
    expect(await expire()).toBe(1);
    const { state, nameKey, purgeAfterMs } = await find(preview);
    expect({ state, nameKey }).toEqual({ state: "deleted", nameKey: null });
    const leftMs = Number(purgeAfterMs) - Date.now();
    expect(leftMs).toBeGreaterThan(23 * HOUR_MS);
    expect(leftMs).toBeLessThanOrEqual(24 * HOUR_MS);
    expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "preview.expired", targetId: preview });
    expect((await find(project)).state).toBe("active");
  });

  test.each([
    ["is being written", () => ({})],
    [
      "gives its state to a running cutover",
      () => ({ openKey: project, targetKind: "cutover", sourceDatabaseId: preview }),
    ],
  ])("waits while it %s", async (_, change) => {
    await endNow();
    const id = await open(change());
    expect(await expire()).toBe(0);
    expect(await refusalCode(deleteDatabase(owner, { namespace: "acme", database: preview }))).toBe("restore_conflict");
    await metadata().restore.update({ where: { id }, data: { openKey: null, status: "completed" } });
    expect(await expire()).toBe(1);
  });

  test("moves to so many hours from now, and never nearer", async () => {
    const of = { namespace: "acme", database: preview };
    const { expiresAtMs } = await extendPreview(member, { ...of, ttlHours: 720 });
    expect(Math.abs((expiresAtMs ?? 0) - Date.now() - 720 * HOUR_MS)).toBeLessThan(60_000);
    expect(await refusalCode(extendPreview(member, { ...of, ttlHours: 24 }))).toBe("conflict");
    expect(await refusalCode(extendPreview(member, { ...of, database: project, ttlHours: 24 }))).toBe("conflict");
  });

  test("taken back leaves it a day at least, within the project's limit", async () => {
    await endNow();
    await expire();
    const bringBack = () => undeleteDatabase(owner, { namespace: "acme", databaseId: preview });
    await metadata().database.update({ where: { id: project }, data: { previewLimit: 0 } });
    expect(await refusalCode(bringBack())).toBe("conflict");
    await metadata().database.update({ where: { id: project }, data: { previewLimit: 1 } });
    await bringBack();
    expect(Number((await find(preview)).expiresAtMs) - Date.now()).toBeGreaterThan(23 * HOUR_MS);
    expect(await refusalCode(requirePreviewLeft(metadata(), await find(project)))).toBe("conflict");
  });
});

describe("rights", () => {
  test("a member deletes a preview, and not its project", async () => {
    expect(await refusalCode(deleteDatabase(member, { namespace: "acme", database: project }))).toBe("forbidden");
    await deleteDatabase(member, { namespace: "acme", database: preview });
    expect((await find(preview)).state).toBe("deleted");
  });

  test("a token that is limited to a project reaches its previews, and no others", async () => {
    const ctx = await world.contextOfToken(await world.addToken(ownerId, acme, "all", [project]));
    expect(await getDatabase(ctx, { namespace: "acme", database: preview })).toMatchObject({ kind: "preview" });
    const other = await world.addPreview(
      await world.addDatabase(acme, `b-${randomUUID().slice(0, 8)}`),
      randomUUID().slice(0, 8),
    );
    expect(await refusalCode(getDatabase(ctx, { namespace: "acme", database: other }))).toBe("not_found");
  });

  test("under /v1 a preview is no project", async () => {
    expect(await findProject(member, project)).toEqual({ namespace: acme, database: project });
    expect(await refusalCode(findProject(member, preview))).toBe("not_found");
    const other = await world.addDatabase(await world.addNamespace(`n-${randomUUID().slice(0, 8)}`), "theirs");
    expect(await refusalCode(findProject(member, other))).toBe("not_found");
  });
});

test("a copy that was not completed goes at once, and its name is free", async () => {
  await metadata().database.update({ where: { id: preview }, data: { state: "preparing" } });
  const id = await open({ targetKind: "new_preview", targetDatabaseId: preview });
  const error = new LastgoodError("storage_full", "There is too little disk.");
  await failRestore(agentContext(await world.agentId(), "test"), id, { error, cancelled: false });
  expect(await find(preview)).toMatchObject({ state: "deleted", nameKey: null });
  const jobs = await metadata().job.findMany({ where: { databaseId: preview }, orderBy: { createdAtMs: "asc" } });
  expect(jobs.map(({ kind }) => kind).sort()).toEqual(["database.purge", "database.release"]);
  expect(await metadata().restore.findUniqueOrThrow({ where: { id } })).toMatchObject({
    status: "failed",
    openKey: null,
  });
});
