import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { queuePurges } from "../../../lib/services/agents/queue-purges.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { applyNextWindows } from "../../../lib/services/databases/apply-next-windows.ts";
import { createDatabase } from "../../../lib/services/databases/create-database.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { getDatabase } from "../../../lib/services/databases/get-database.ts";
import { listAgentDatabases } from "../../../lib/services/databases/list-agent-databases.ts";
import { listDeletedDatabases } from "../../../lib/services/databases/list-deleted-databases.ts";
import { beginPurge, completePurge } from "../../../lib/services/databases/purge-database.ts";
import { undeleteDatabase } from "../../../lib/services/databases/undelete-database.ts";
import { updateDatabase } from "../../../lib/services/databases/update-database.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

/** The clock that all machines share travels along. */
vi.mock("../../../lib/db/store-time.ts", () => ({ storeNowMs: async () => BigInt(Date.now()) }));

const DAY_MS = 86_400_000;
const here = { namespace: "acme" };

let world: MetadataWorld;
let acme = "";
let userId = "";
let agentId = "";
let owner: CallContext;
let serial = 0;

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  userId = await world.addUser("ada@acme.example", { [acme]: "owner" });
  owner = await world.contextOf(userId);
  agentId = await world.agentId();
});
afterAll(() => world.close());
beforeEach(() => metadata().auditEntry.deleteMany());
afterEach(async () => {
  await comeBack();
  vi.unstubAllEnvs();
  await metadata().job.deleteMany();
  await metadata().database.updateMany({
    where: { state: { not: "purged" } },
    data: { state: "purged", nameKey: null },
  });
});

const rowOf = (id: string) => metadata().database.findUniqueOrThrow({ where: { id } });
const newName = () => `db-${serial++}`;

/** Deletes a database that was made for this. */
async function addDeleted(): Promise<{ id: string; name: string; purgeAfterMs: number }> {
  const name = newName();
  const id = await world.addDatabase(acme, name);
  await deleteDatabase(owner, { ...here, database: id, confirmName: name });
  return { id, name, purgeAfterMs: Number((await rowOf(id)).purgeAfterMs) };
}

/** Stands at a time; the confirmation of the session goes along. */
async function travelTo(ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(ms);
  await confirmAt(ms);
}

async function comeBack(): Promise<void> {
  vi.useRealTimers();
  await confirmAt(Date.now());
}

async function confirmAt(ms: number): Promise<void> {
  const session = { confirmedAtMs: BigInt(ms), expiresAtMs: BigInt(ms + DAY_MS) };
  await metadata().session.updateMany({ where: { userId }, data: session });
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

describe("a deleted database", () => {
  test("reads as absent, its name is free, and it is listed with who deleted it and when it will be gone", async () => {
    const { id, name } = await addDeleted();
    expect(await codeOf(getDatabase(owner, { ...here, database: id }))).toBe("not_found");
    expect(await codeOf(getDatabase(owner, { ...here, database: name }))).toBe("not_found");
    const [listed] = await listDeletedDatabases(owner, here);
    expect(listed).toMatchObject({ id, name, deletedBy: "ada@acme.example", state: "kept", isNameTaken: false });
    expect(listed?.purgeAfterMs).toBe((listed?.deletedAtMs ?? 0) + 7 * DAY_MS);
    await world.addDatabase(acme, name);
    expect((await listDeletedDatabases(owner, here))[0]).toMatchObject({ isNameTaken: true });
  });

  test("is kept for as many days as the environment says", async () => {
    vi.stubEnv("LASTGOOD_GRACE_DAYS", "90");
    const [{ id }, [listed]] = [await addDeleted(), await listDeletedDatabases(owner, here)];
    expect(listed).toMatchObject({ id, purgeAfterMs: (listed?.deletedAtMs ?? 0) + 90 * DAY_MS });
    for (const days of ["0", "91", "1.5", "week"]) {
      vi.stubEnv("LASTGOOD_GRACE_DAYS", days);
      await expect(addDeleted(), days).rejects.toThrow(/LASTGOOD_GRACE_DAYS|kept for at/);
    }
  });

  test("is not captured any more, and not one of those that the agent removes before its time", async () => {
    const { id, purgeAfterMs } = await addDeleted();
    expect((await listAgentDatabases(agentId)).map((db) => db.id)).not.toContain(id);
    const jobs = await metadata().job.findMany({ where: { databaseId: id } });
    expect(jobs).toMatchObject([{ kind: "database.release", status: "queued" }]);
    expect(await queuePurges(agentId, 5)).toEqual({ queued: 0, waiting: 0 });
    expect(await beginPurge(agentId, id)).toBe(false);
    await travelTo(purgeAfterMs - 1);
    expect(await beginPurge(agentId, id)).toBe(false);
    await travelTo(purgeAfterMs);
    expect(await queuePurges(agentId, 5)).toEqual({ queued: 1, waiting: 0 });
    expect(await beginPurge(agentId, id)).toBe(true);
  });

  test("that was a failed attempt which the next one replaced has a grace period too", async () => {
    const name = newName();
    const id = await world.addDatabase(acme, name);
    await metadata().database.update({ where: { id }, data: { state: "failed" } });
    await createDatabase(owner, { ...here, name, source: { how: "hosted" } });
    expect(await rowOf(id)).toMatchObject({ state: "deleted", deletedBy: "ada@acme.example" });
    expect((await rowOf(id)).purgeAfterMs).not.toBeNull();
  });

  test("is not what becomes of one that failed to be captured again when somebody takes its name", async () => {
    const name = newName();
    const id = await world.addDatabase(acme, name);
    await metadata().database.update({ where: { id }, data: { state: "failed", restoreWay: "append" } });
    await metadata().policy.create({ data: { databaseId: id, approvals: 1, updatedAtMs: 1n } });
    expect(await codeOf(createDatabase(owner, { ...here, name, source: { how: "hosted" } }))).toBe("conflict");
    expect(await rowOf(id)).toMatchObject({ state: "failed", deletedAtMs: null, nameKey: name });
    expect(await codeOf(deleteDatabase(owner, { ...here, database: id }))).toBe("approval_required");
  });

  test("from before there were grace periods gets one that begins now", async () => {
    const { id } = await addDeleted();
    await metadata().database.update({ where: { id }, data: { purgeAfterMs: null, deletedAtMs: 1n } });
    expect(await queuePurges(agentId, 5)).toEqual({ queued: 0, waiting: 0 });
    expect(Number((await rowOf(id)).purgeAfterMs)).toBeGreaterThan(Date.now() + 6 * DAY_MS);
  });
});

describe("bringing a database back", () => {
  test("makes it a database again that is to be captured with the history it has", async () => {
    const { id, name } = await addDeleted();
    await metadata().job.updateMany({ where: { databaseId: id }, data: { status: "completed" } });
    const view = await undeleteDatabase(owner, { ...here, databaseId: id });
    expect(view).toMatchObject({ id, name, state: "preparing" });
    expect(await rowOf(id)).toMatchObject({ nameKey: name, deletedAtMs: null, deletedBy: null, purgeAfterMs: null });
    const job = await metadata().job.findFirstOrThrow({ where: { databaseId: id, status: "queued" } });
    expect([job.kind, JSON.parse(job.payload)]).toEqual(["database.protect", { databaseId: id, how: "resume" }]);
    expect(await listDeletedDatabases(owner, here)).toEqual([]);
    expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "database.undelete", targetId: id });
  });

  test("does not let capture end that has not ended yet", async () => {
    const { id } = await addDeleted();
    await undeleteDatabase(owner, { ...here, databaseId: id });
    const open = await metadata().job.findMany({ where: { databaseId: id, status: "queued" } });
    expect(open.map(({ kind }) => kind)).toEqual(["database.protect"]);
  });

  test("under a name that was taken meanwhile is refused, and done under another one", async () => {
    const { id, name } = await addDeleted();
    await world.addDatabase(acme, name);
    const back = { ...here, databaseId: id };
    await expect(undeleteDatabase(owner, back)).rejects.toMatchObject({ code: "conflict", details: { field: "name" } });
    expect(await undeleteDatabase(owner, { ...back, name: `${name}-old` })).toMatchObject({ name: `${name}-old`, id });
  });

  test("twice at once happens once", async () => {
    const { id } = await addDeleted();
    const both = [1, 2].map(() => codeOf(undeleteDatabase(owner, { ...here, databaseId: id })));
    const codes = await Promise.all(both);
    expect(codes.filter((code) => code === "done")).toHaveLength(1);
    expect(await metadata().job.count({ where: { databaseId: id, kind: "database.protect" } })).toBe(1);
  });

  test("is refused where the file is protected again by somebody else", async () => {
    const { id } = await addDeleted();
    const twin = await world.addDatabase(acme, newName());
    await metadata().database.update({ where: { id: twin }, data: { path: (await rowOf(id)).path } });
    await expect(undeleteDatabase(owner, { ...here, databaseId: id })).rejects.toThrow(/protected again already, as/);
  });

  test("is for owners and admins, and for a token that sees the database", async () => {
    const { id } = await addDeleted();
    const back = { ...here, databaseId: id };
    const member = await world.contextOf(await world.addUser(`m-${serial++}@acme.example`, { [acme]: "member" }));
    expect(await codeOf(undeleteDatabase(member, back))).toBe("forbidden");
    const elsewhere = await world.addDatabase(acme, newName());
    const limited = await world.contextOfToken(await world.addToken(userId, acme, "all", [elsewhere]));
    expect(await codeOf(undeleteDatabase(limited, back))).toBe("not_found");
    expect(await listDeletedDatabases(limited, here)).toEqual([]);
    const other = await world.addNamespace(`other-${serial++}`);
    const stranger = await world.contextOf(await world.addUser(`s-${serial++}@x.example`, { [other]: "owner" }));
    expect(await codeOf(undeleteDatabase(stranger, { namespace: other, databaseId: id }))).toBe("not_found");
    const fitting = await world.contextOfToken(await world.addToken(userId, acme, "all", [id]));
    expect(await codeOf(undeleteDatabase(fitting, back))).toBe("done");
  });
});

describe("removing for good", () => {
  test("does not begin once the deletion was taken back, and nothing is taken back once it has begun", async () => {
    const [kept, lost] = [await addDeleted(), await addDeleted()];
    await travelTo(lost.purgeAfterMs + 1);
    expect(await codeOf(undeleteDatabase(owner, { ...here, databaseId: kept.id }))).toBe("done");
    expect(await beginPurge(agentId, kept.id)).toBe(false);
    expect(await beginPurge(agentId, lost.id)).toBe(true);
    expect(await codeOf(undeleteDatabase(owner, { ...here, databaseId: lost.id }))).toBe("conflict");
  });

  test("begins once or is taken back once, however they race", async () => {
    for (let round = 0; round < 10; round++) {
      const { id, purgeAfterMs } = await addDeleted();
      await travelTo(purgeAfterMs + 1);
      const [begun, back] = await Promise.all([
        beginPurge(agentId, id),
        codeOf(undeleteDatabase(owner, { ...here, databaseId: id })),
      ]);
      expect([begun, back]).toEqual(begun ? [true, "conflict"] : [false, "done"]);
      expect((await rowOf(id)).state).toBe(begun ? "purging" : "preparing");
      await comeBack();
    }
  });

  test("goes on after a crash, ends once, and is in the audit log with who had deleted it", async () => {
    const { id, name, purgeAfterMs } = await addDeleted();
    await travelTo(purgeAfterMs);
    expect(await beginPurge(agentId, id)).toBe(true);
    expect(await queuePurges(agentId, 5)).toEqual({ queued: 1, waiting: 0 });
    expect(await beginPurge(agentId, id)).toBe(true);
    const ctx = agentContext(agentId, "job");
    await metadata().auditEntry.deleteMany();
    await completePurge(ctx, id, { files: 3, bytes: 12 });
    await completePurge(ctx, id, { files: 0, bytes: 0 });
    expect(await beginPurge(agentId, id)).toBe(false);
    const trail = await world.auditTrail();
    expect(trail).toMatchObject([{ action: "database.purge", actorKind: "agent", targetId: id }]);
    expect(JSON.parse(trail[0]?.detail ?? "")).toMatchObject({ name, deletedBy: "ada@acme.example", files: 3 });
    expect(await listDeletedDatabases(owner, here)).toEqual([]);
    expect(await codeOf(undeleteDatabase(owner, { ...here, databaseId: id }))).toBe("not_found");
  });

  test("is another agent's database for an agent that does not own it", async () => {
    const { id, purgeAfterMs } = await addDeleted();
    await travelTo(purgeAfterMs);
    expect(await beginPurge(randomUUID(), id)).toBe(false);
  });

  test("takes no more at once than it may, the oldest first", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push((await addDeleted()).id);
    await metadata().database.updateMany({ where: { id: { in: ids } }, data: { purgeAfterMs: 5n } });
    await metadata().database.update({ where: { id: ids[2] ?? "" }, data: { purgeAfterMs: 4n } });
    expect(await queuePurges(agentId, 2)).toEqual({ queued: 2, waiting: 2 });
    const queued = await metadata().job.findMany({ where: { kind: "database.purge" } });
    expect(queued.map(({ databaseId }) => databaseId)).toContain(ids[2]);
    expect(await queuePurges(agentId, 2)).toEqual({ queued: 0, waiting: 2 });
  });
});

describe("a shorter window", () => {
  const windowOf = async (id: string) => {
    const { windowDays, nextWindow } = await getDatabase(owner, { ...here, database: id });
    return { windowDays, nextWindow };
  };
  const apply = () => applyNextWindows(agentContext(agentId, "round"), agentId);

  test("counts only after the grace period, and then is in the audit log", async () => {
    const id = await world.addDatabase(acme, newName());
    const startMs = Date.now();
    await travelTo(startMs);
    await updateDatabase(owner, { ...here, database: id, windowDays: 7 });
    const atMs = startMs + 7 * DAY_MS;
    expect(await windowOf(id)).toEqual({ windowDays: 30, nextWindow: { days: 7, atMs } });
    expect((await listAgentDatabases(agentId)).find((db) => db.id === id)).toMatchObject({ windowDays: 30 });
    await travelTo(atMs - 1);
    expect(await apply()).toBe(0);
    await travelTo(atMs);
    await metadata().auditEntry.deleteMany();
    expect(await apply()).toBe(1);
    expect(await windowOf(id)).toEqual({ windowDays: 7, nextWindow: null });
    expect(await world.auditTrail()).toMatchObject([
      { action: "database.shorten-window", outcome: "done", targetId: id },
    ]);
    expect(await apply()).toBe(0);
  });

  test("is taken back by asking for the window as it is, and asking twice does not put it off", async () => {
    const id = await world.addDatabase(acme, newName());
    const startMs = Date.now();
    await travelTo(startMs);
    await updateDatabase(owner, { ...here, database: id, windowDays: 7 });
    await travelTo(startMs + DAY_MS);
    await updateDatabase(owner, { ...here, database: id, windowDays: 7 });
    expect((await windowOf(id)).nextWindow).toEqual({ days: 7, atMs: startMs + 7 * DAY_MS });
    await updateDatabase(owner, { ...here, database: id, windowDays: 30 });
    expect(await windowOf(id)).toEqual({ windowDays: 30, nextWindow: null });
    await travelTo(startMs + 8 * DAY_MS);
    expect(await apply()).toBe(0);
  });

  test("is refused below what the policy asks for, also when the policy came later", async () => {
    const id = await world.addDatabase(acme, newName());
    await updateDatabase(owner, { ...here, database: id, windowDays: 7 });
    await metadata().policy.create({ data: { databaseId: id, leastWindowDays: 14, updatedAtMs: 1n } });
    expect(await codeOf(updateDatabase(owner, { ...here, database: id, windowDays: 10 }))).toBe("forbidden");
    await travelTo(Date.now() + 8 * DAY_MS);
    expect(await apply()).toBe(0);
    expect(await windowOf(id)).toEqual({ windowDays: 30, nextWindow: null });
  });

  test("needs the password again after ten minutes; a longer one counts at once and needs none", async () => {
    const id = await world.addDatabase(acme, newName());
    await metadata().session.updateMany({ where: { userId }, data: { confirmedAtMs: 1n } });
    const change = (windowDays: number) => codeOf(updateDatabase(owner, { ...here, database: id, windowDays }));
    expect(await change(7)).toBe("confirmation_needed");
    expect(await change(90)).toBe("done");
    expect(await windowOf(id)).toEqual({ windowDays: 90, nextWindow: null });
  });
});
