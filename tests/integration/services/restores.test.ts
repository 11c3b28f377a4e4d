import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type Bookmark, formatBookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { Restored } from "../../../lib/domain/restore.ts";
import type { RestoreCheck } from "../../../lib/domain/restore-check.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { claimJob } from "../../../lib/services/jobs/claim-job.ts";
import { openJobStore } from "../../../lib/services/jobs/job-store.ts";
import { type Around, checkAround } from "../../../lib/services/restores/around-restore.ts";
import { takeChecks } from "../../../lib/services/restores/asked-checks.ts";
import { cancelRestore } from "../../../lib/services/restores/cancel-restore.ts";
import { completeRestore } from "../../../lib/services/restores/complete-restore.ts";
import { createRestore, queueRestore } from "../../../lib/services/restores/create-restore.ts";
import { getRestore, listRestores } from "../../../lib/services/restores/get-restore.ts";
import { noteCheck } from "../../../lib/services/restores/note-check.ts";
import { releaseWrites } from "../../../lib/services/restores/release-writes.ts";
import { startRestore } from "../../../lib/services/restores/start-restore.ts";
import { undoRestore } from "../../../lib/services/restores/undo-restore.ts";
import { waitForRestore } from "../../../lib/services/restores/wait-for-restore.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let owner: CallContext;
let namespaceId = "";
let databaseId = "";
let agent: CallContext;

const bookmark = (txid: number): Bookmark =>
  formatBookmark({ txid, historyTag: "ab".repeat(8), recordTag: "cd".repeat(8) });
const state = (txid: number) => ({ bookmark: bookmark(txid), timeMs: 1_795_000_000_000 + txid });
const restored: Restored = {
  reached: state(5),
  restoreBookmark: bookmark(11),
  previous: state(10),
  pages: 3,
  timings: { apply: 12 },
};
const of = () => ({ namespace: "acme", database: "shop" });
const holder = { agentId: "", holder: "h", leaseMs: 10_000 };

beforeAll(async () => {
  world = await openMetadataWorld();
  namespaceId = await world.addNamespace("acme");
  owner = await world.contextOf(await world.addUser("ada@acme.example", { [namespaceId]: "owner" }));
  databaseId = await world.addDatabase(namespaceId, "shop");
  holder.agentId = await world.agentId();
  agent = { actor: { kind: "agent", agentId: holder.agentId }, origin: { requestId: "agent", address: null } };
});
afterAll(() => world.close());
afterEach(async () => {
  await metadata().restore.deleteMany();
  await metadata().jobLine.deleteMany();
  await metadata().job.deleteMany();
  await metadata().database.updateMany({ where: { id: databaseId }, data: { lastRestoreId: null, state: "active" } });
});

const plan = (way: "append" | "backup") => ({
  databaseId,
  target: "project" as const,
  to: state(5),
  from: state(10),
  commits: 5,
  pages: 3,
  pageSizeBytes: 4096,
  estimateMs: 10,
  way,
  digest: "d".repeat(64),
});

async function queue(over: { undoOf?: string; around?: Around } = {}) {
  const database = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  return queueRestore(owner, "acme", {
    database,
    sourceKind: "bookmark",
    resolved: { bookmark: bookmark(5), timeMs: state(5).timeMs, askedMs: null, restorePointId: null, backup: null },
    plan: plan("append"),
    undoOf: over.undoOf ?? null,
    reason: null,
    ...(over.around && { around: over.around }),
  });
}

/** Leases end by the clock: what is asked for comes within a moment. */
async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it did not come");
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
  throw new Error("was not refused");
}

test("of restores that are asked for at the same time one is queued and the others conflict", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () =>
      queue().then(
        () => "queued",
        (error: unknown) => (error instanceof LastgoodError ? error.code : Promise.reject(error)),
      ),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === "queued")).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "restore_conflict")).toHaveLength(5);
  expect(await metadata().job.count({ where: { kind: "restore.run" } })).toBe(1);
});

test("a completed restore shows what was reached, lets callers in, and makes room for the next", async () => {
  const { id } = await queue();
  await claimJob(holder);
  await startRestore(id);
  await metadata().database.update({ where: { id: databaseId }, data: { state: "restoring" } });
  await completeRestore(agent, id, restored);
  expect(await getRestore(owner, { ...of(), restoreId: id })).toMatchObject({
    status: "completed",
    reached: state(5),
    previous: state(10),
    restoreBookmark: bookmark(11),
    timings: { apply: 12 },
    cancellable: false,
  });
  expect(await metadata().database.findUnique({ where: { id: databaseId } })).toMatchObject({
    state: "active",
    lastRestoreId: id,
  });
  const undo = await queue({ undoOf: id });
  expect((await listRestores(owner, of())).map((view) => [view.id, view.undoneBy])).toEqual([
    [undo.id, null],
    [id, undo.id],
  ]);
});

test("a restore never stays open when its job has ended", async () => {
  const { id } = await queue();
  const store = openJobStore(holder);
  const job = await store.claim();
  await startRestore(id);
  const error = new LastgoodError("restore_failed", "The file went away.");
  await store.finish(job?.id ?? "", { ok: false, error, cancelled: false });
  expect(await getRestore(owner, { ...of(), restoreId: id })).toMatchObject({
    status: "failed",
    error: { code: "restore_failed", message: "The file went away." },
  });
  expect(await queue()).toMatchObject({ status: "queued" });
});

test("what the file says counts: a restore that took effect is completed even if its row was closed", async () => {
  const { id } = await queue();
  const store = openJobStore(holder);
  const job = await store.claim();
  await store.finish(job?.id ?? "", { ok: false, error: new LastgoodError("internal", "crashed"), cancelled: false });
  await completeRestore(agent, id, restored);
  expect(await getRestore(owner, { ...of(), restoreId: id })).toMatchObject({ status: "completed", error: null });
});

describe("cancelling", () => {
  test("ends a restore that waits at once; its job is never claimed", async () => {
    const { id } = await queue();
    expect(await cancelRestore(owner, { ...of(), restoreId: id })).toMatchObject({ status: "cancelled" });
    expect(await claimJob(holder)).toBeNull();
    expect(await codeOf(cancelRestore(owner, { ...of(), restoreId: id }))).toBe("conflict");
  });

  test("asks a running one to stop", async () => {
    const { id } = await queue();
    const store = openJobStore(holder);
    const job = await store.claim();
    await startRestore(id);
    await store.progress(job?.id ?? "", "prepare", 1, 2);
    const view = await cancelRestore(owner, { ...of(), restoreId: id });
    expect(view).toMatchObject({ status: "running", stage: "prepare", progress: { done: 1, total: 2 } });
    expect(view.cancellable).toBe(false);
    expect(await store.renew(job?.id ?? "")).toBe("cancel");
  });

  test("and going ahead at the same time: the one or the other, whoever comes first", async () => {
    const won = { cancel: 0, goAhead: 0 };
    for (let round = 0; round < 24; round++) {
      const { id } = await queue();
      const store = openJobStore(holder);
      const jobId = (await store.claim())?.id ?? "";
      await startRestore(id);
      const cancelling = () =>
        cancelRestore(owner, { ...of(), restoreId: id }).then(
          () => "asked",
          (error: LastgoodError) => error.code,
        );
      // By turns the one that takes longer begins first.
      const ahead = () => new Promise((resolve) => setTimeout(resolve, round % 8)).then(() => store.goAhead(jobId));
      const [cancelled, answer] = await Promise.all([cancelling(), ahead()]);
      expect([cancelled, answer]).toEqual(cancelled === "asked" ? ["asked", "cancel"] : ["conflict", "kept"]);
      won[cancelled === "asked" ? "cancel" : "goAhead"]++;
      expect(await store.goAhead(jobId), "and so it stays").toBe(answer);
      expect((await getRestore(owner, { ...of(), restoreId: id })).cancellable).toBe(false);
      const error = new LastgoodError("cancelled", "Over.");
      await store.finish(jobId, { ok: false, error, cancelled: true });
    }
    expect(won.cancel + won.goAhead).toBe(24);
  });

  test("finds what an agent that died has left: what was asked is kept, and so is the step", async () => {
    const { id } = await queue();
    const died = openJobStore({ ...holder, leaseMs: 0 });
    await died.claim();
    await startRestore(id);
    await cancelRestore(owner, { ...of(), restoreId: id });
    const heir = openJobStore({ ...holder, holder: "heir", leaseMs: 0 });
    const resumed = await until(() => heir.claim());
    expect(await died.goAhead(resumed.id)).toBe("lost");
    expect(await heir.goAhead(resumed.id)).toBe("cancel");
    await heir.finish(resumed.id, { ok: false, error: new LastgoodError("cancelled", "Over."), cancelled: true });
    const next = await queue();
    const first = await until(() => died.claim());
    await startRestore(next.id);
    expect(await died.goAhead(first.id)).toBe("kept");
    expect(await codeOf(cancelRestore(owner, { ...of(), restoreId: next.id }))).toBe("conflict");
    const second = await until(() => heir.claim());
    expect(await heir.goAhead(second.id)).toBe("kept");
    expect(await codeOf(cancelRestore(owner, { ...of(), restoreId: next.id }))).toBe("conflict");
  });

  test("is too late once it writes", async () => {
    const { id } = await queue();
    const store = openJobStore(holder);
    const job = await store.claim();
    await startRestore(id);
    await store.progress(job?.id ?? "", "apply", 1, 2);
    expect(await codeOf(cancelRestore(owner, { ...of(), restoreId: id }))).toBe("conflict");
    expect(await store.renew(job?.id ?? "")).toBe("kept");
  });
});

test("waiting ends with the restore, or after the time given", async () => {
  const { id } = await queue();
  expect(await waitForRestore(id, 60)).toMatchObject({ status: "queued" });
  const waiting = waitForRestore(id, 10_000);
  await completeRestore(agent, id, restored);
  expect(await waiting).toMatchObject({ status: "completed" });
});

test("a wrong confirmation stops a restore before anything is asked or written", async () => {
  const source = { kind: "bookmark", bookmark: bookmark(5) } as const;
  for (const confirmName of ["", "Shop", "shop "]) {
    expect(await codeOf(createRestore(owner, { ...of(), source, confirmName }))).toBe("confirmation_mismatch");
  }
  expect(await metadata().restore.count()).toBe(0);
});

test("only a completed restore can be undone", async () => {
  const { id } = await queue();
  expect(await codeOf(undoRestore(owner, { ...of(), restoreId: id }))).toBe("conflict");
});

test("a database is not deleted while it is being restored", async () => {
  await queue();
  expect(await codeOf(deleteDatabase(owner, of()))).toBe("restore_conflict");
});

test("a deleted database frees its name at once and stays as a tombstone", async () => {
  const id = await world.addDatabase(namespaceId, "short-lived");
  await deleteDatabase(owner, { namespace: "acme", database: "Short-Lived" });
  expect(await metadata().database.findUnique({ where: { id } })).toMatchObject({ state: "deleted", nameKey: null });
  const again = await world.addDatabase(namespaceId, "short-lived");
  expect(again).not.toBe(id);
  expect(await codeOf(deleteDatabase(owner, { namespace: "acme", database: id }))).toBe("not_found");
});

test("writes that are held can be let go before their time, and only then; the restore cannot be cancelled any more", async () => {
  const { id } = await queue({ around: { fenceSeconds: 30, runHooks: false } });
  const store = openJobStore(holder);
  const job = await store.claim();
  if (!job) throw new Error("a job waits");
  await startRestore(id);
  const held = { ...of(), restoreId: id };
  await store.progress(job.id, "prepare", 1, 2);
  expect(await codeOf(releaseWrites(owner, held))).toBe("conflict");
  expect(await store.renew(job.id)).toBe("kept");
  await store.progress(job.id, "hold", 500, 30_000);
  await store.line(job.id, "Writes are held from here on.");
  expect(await getRestore(owner, held)).toMatchObject({
    stage: "hold",
    fenceSeconds: 30,
    cancellable: false,
    progress: { done: 500, total: 30_000 },
    lines: [{ seq: 1, text: "Writes are held from here on." }],
  });
  expect(await codeOf(cancelRestore(owner, held))).toBe("conflict");
  await releaseWrites(owner, held);
  expect(await store.renew(job.id)).toBe("cancel");
  await completeRestore(agent, id, restored);
  expect(await codeOf(releaseWrites(owner, held))).toBe("conflict");
});

test("writes are held around restores of attached databases that need no copying back, and of no others", async () => {
  const database = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  const [hosted, attached] = [
    { ...database, origin: "hosted" },
    { ...database, origin: "attached" },
  ];
  expect(await codeOf(checkAround(hosted, plan("append"), { fenceSeconds: 30 }))).toBe("invalid_input");
  expect(await codeOf(checkAround(attached, plan("backup"), { fenceSeconds: 30 }))).toBe("invalid_input");
  const held = await checkAround(attached, plan("append"), { fenceSeconds: 30 });
  expect(held).toEqual({ fenceSeconds: 30, runHooks: false });
  expect(await checkAround(hosted, plan("backup"), {})).toEqual({ fenceSeconds: null, runHooks: false });
});

test("what was checked is kept with its restore; made again after a crash, the later one counts", async () => {
  const { id } = await queue();
  const pages = { check: "pages", outcome: "passed", read: { count: 12, unit: "page" }, durationMs: 3, text: "Right." };
  await noteCheck(id, { ...pages, outcome: "failed" } as RestoreCheck);
  await noteCheck(id, { ...pages, check: "commit", read: null } as RestoreCheck);
  await noteCheck(id, pages as RestoreCheck);
  const view = await getRestore(owner, { ...of(), restoreId: id });
  expect(view).toMatchObject({ amcheck: false, checks: [{ check: "commit" }, pages] });
});

test("amcheck is for whole states of clusters alone, and says what there is instead", async () => {
  const document = { backup: { id: "b", key: "k", kind: "portable" as const, sha256: "" } };
  const asked = { amcheck: true };
  expect(takeChecks({ engine: "postgres" }, { backup: null }, asked)).toBe(true);
  expect(takeChecks({ engine: "sqlite" }, { backup: null }, {})).toBe(false);
  expect(() => takeChecks({ engine: "sqlite" }, { backup: null }, asked)).toThrow("this is SQLite");
  expect(() => takeChecks({ engine: "postgres" }, document, asked)).toThrow("rows alone");
});
