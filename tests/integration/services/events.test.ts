import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { formatBookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { completeGiveBack } from "../../../lib/services/give-back/carry-out.ts";
import { completeCopy } from "../../../lib/services/restores/complete-copy.ts";
import { completeRestore } from "../../../lib/services/restores/complete-restore.ts";
import { failRestore } from "../../../lib/services/restores/fail-restore.ts";
import { openApprovalWorld } from "./approval-scenarios.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const bookmark = formatBookmark({ txid: 5, historyTag: "ab".repeat(8), recordTag: "cd".repeat(8) });
const state = { bookmark, timeMs: Date.parse("2026-11-20T14:32:05Z") };
const restored = { reached: state, previous: state, restoreBookmark: bookmark, pages: 3, timings: {} };
let world: MetadataWorld;
let agent: CallContext;
let acme = "";
let shop = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  agent = agentContext(await world.agentId(), "test");
  acme = await world.addNamespace("acme");
  shop = await world.addDatabase(acme, "shop");
});
afterAll(() => world.close());
beforeEach(async () => {
  await metadata().event.deleteMany();
});

async function open(change: object = {}): Promise<string> {
  const id = randomUUID();
  const plain = { sourceKind: "bookmark", toBookmark: bookmark, toTimeMs: 1n, planDigest: "d", createdAtMs: 1n };
  const data = { id, databaseId: shop, targetKind: "project", status: "running", openKey: id, ...plain };
  await metadata().restore.create({ data: { ...data, requestedByName: "ada@acme.example", ...change } });
  return id;
}

async function events(): Promise<{ type: string; data: Record<string, Record<string, unknown>> }[]> {
  const rows = await metadata().event.findMany({ orderBy: [{ createdAtMs: "asc" }, { id: "asc" }] });
  return rows.map(
    ({ payload }) => JSON.parse(payload) as { type: string; data: Record<string, Record<string, unknown>> },
  );
}

describe("restore.completed", () => {
  test("is told once for a restore in place, with what was reached and who asked", async () => {
    const id = await open();
    await completeRestore(agent, id, restored);
    await completeRestore(agent, id, restored);
    expect(await events()).toMatchObject([
      {
        type: "restore.completed",
        data: {
          restore: {
            id,
            status: "completed",
            target_kind: "project",
            source_kind: "bookmark",
            restored_to: "2026-11-20T14:32:05.000Z",
            bookmark,
            requested_by: "ada@acme.example",
            undo_of: null,
          },
          database: { id: shop, name: "shop" },
        },
      },
    ]);
  });

  test("is told for an undo, a cutover, an overwritten preview and rows that were given back", async () => {
    const preview = await world.addPreview(shop, "look");
    const undone = await open({ undoOf: randomUUID() });
    await completeRestore(agent, undone, restored);
    await completeRestore(agent, await open({ targetKind: "cutover", sourceDatabaseId: preview }), restored);
    await completeRestore(agent, await open({ targetKind: "preview", targetDatabaseId: preview }), restored);
    await completeGiveBack(agent, await open({ targetKind: "rows", selection: "{}" }), {
      ...restored,
      rows: [],
    } as unknown as Parameters<typeof completeGiveBack>[2]);
    const told = await events();
    expect(told.map(({ type }) => type)).toEqual(Array(4).fill("restore.completed"));
    expect(told.map(({ data }) => data.restore?.target_kind).sort()).toEqual(["cutover", "preview", "project", "rows"]);
    expect(told.some(({ data }) => data.restore?.undo_of !== null)).toBe(true);
  });

  test.each(["new_preview", "new_database"])("is told for a %s, with what was made", async (targetKind) => {
    const made = await world.addDatabase(acme, `made-${randomUUID().slice(0, 8)}`);
    const id = await open({ targetKind, targetDatabaseId: made, targetName: "made", openKey: made });
    await completeCopy(agent, id, { reached: state, copy: state, pages: 1, timings: {}, restoreWay: "append" });
    expect(await events()).toMatchObject([
      {
        type: "restore.completed",
        data: { restore: { id, target_kind: targetKind, target_database_id: made, target_name: "made" } },
      },
    ]);
  });
});

describe("restore.failed", () => {
  const error = new LastgoodError("history_damaged", "A page of the history is damaged.", { hint: "Choose another." });

  test("is told once, with its cause", async () => {
    const id = await open();
    await failRestore(agent, id, { error, cancelled: false });
    await failRestore(agent, id, { error, cancelled: false });
    expect(await events()).toMatchObject([
      {
        type: "restore.failed",
        data: { restore: { id, status: "failed", error: { code: "history_damaged", message: error.message } } },
      },
    ]);
  });

  test("is not told where somebody cancelled it", async () => {
    await failRestore(agent, await open(), { error, cancelled: true });
    expect(await events()).toEqual([]);
  });
});

test("approval.requested is told with the request, and again for one that takes its place", async () => {
  const approvals = await openApprovalWorld(world);
  await metadata().event.deleteMany();
  const request = await approvals.ask();
  const [told] = await events();
  expect(told).toMatchObject({
    type: "approval.requested",
    data: {
      approval: {
        id: request.id,
        kind: "restore.project",
        approvals_needed: 1,
        approve_until: new Date(request.approveUntilMs).toISOString(),
        replaces: null,
      },
      database: { id: approvals.databaseId },
    },
  });
});
