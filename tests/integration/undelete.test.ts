import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DatabaseView, DeletedDatabaseView } from "../../lib/client/api-types.ts";
import { type Metadata, openMetadata } from "../../lib/db/client.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { attachFile, callApi } from "../world/call-api.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

let lastgood: StartedLastgood;
let folder: string;
let metadata: Metadata;
let serial = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "undelete-"));
  lastgood = await startLastgood();
  metadata = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
}, 90_000);
afterAll(async () => {
  await metadata.$disconnect();
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
});

const newName = () => `db-${serial++}`;

async function waitFor<T>(what: string, look: () => Promise<T | null>, patienceMs = 30_000): Promise<T> {
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; await sleep(50)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come about`);
}

async function host(): Promise<{ id: string; name: string }> {
  const { status, body } = await callApi<{ id: string; name: string }>(lastgood, "/databases", {
    body: { name: newName(), engine: "sqlite" },
  });
  expect(status).toBe(201);
  return body;
}

/** Runs SQL; answers the rows of the last statement and the bookmark of the write. */
async function query(name: string, sql: string): Promise<{ rows: unknown[]; bookmark: string }> {
  const { status, headers, body } = await callApi<{ results: unknown[] }[]>(lastgood, `/databases/${name}/query`, {
    body: { sql },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return { rows: body.at(-1)?.results ?? [], bookmark: headers.get("x-lastgood-bookmark") ?? "" };
}

async function remove(id: string): Promise<void> {
  expect((await callApi(lastgood, `/databases/${id}`, { method: "DELETE" })).status).toBe(204);
  // Capture has ended, so that what comes next is not seen by it.
  await waitFor("the release", () =>
    metadata.job.findFirst({ where: { databaseId: id, kind: "database.release", status: "completed" } }),
  );
}

async function bringBack(id: string, body: { name?: string } = {}) {
  const answer = await callApi<DatabaseView>(lastgood, `/deleted/${id}/undelete`, { body });
  if (answer.status !== 200) return { answer, view: null };
  const view = await waitFor("protection", async () => {
    const { body: seen } = await callApi<DatabaseView>(lastgood, `/databases/${id}`);
    return seen.state === "preparing" ? null : seen;
  });
  return { answer, view };
}

/** Ends a grace period as time would, and asks for the removal as the agent's round does. */
async function endGracePeriod(id: string): Promise<void> {
  const { agentId } = await metadata.database.update({ where: { id }, data: { purgeAfterMs: 1n } });
  const payload = JSON.stringify({ databaseId: id });
  const job = { id: randomUUID(), kind: "database.purge", databaseId: id, agentId, payload, status: "queued" };
  await metadata.job.create({ data: { ...job, createdAtMs: BigInt(Date.now()) } });
}

const isCompleted = (id: string) =>
  metadata.job.findFirst({
    where: { databaseId: id, kind: "database.purge", status: { in: ["completed", "failed"] } },
  });

describe("a hosted database that was deleted and brought back", () => {
  test("answers as before, without a gap, and bookmarks from before the deletion are restored", async () => {
    const { id, name } = await host();
    const early = await query(name, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    await query(name, "INSERT INTO t VALUES (2)");
    await remove(id);
    expect((await callApi(lastgood, `/databases/${name}/query`, { body: { sql: "SELECT 1" } })).status).toBe(404);
    const list = await callApi<{ databases: DeletedDatabaseView[] }>(lastgood, "/deleted");
    expect(list.body.databases.find((one) => one.id === id)).toMatchObject({ name, state: "kept" });

    const { view } = await bringBack(id);
    expect(view).toMatchObject({ id, name, state: "active" });
    expect((await query(name, "SELECT count(*) AS n FROM t")).rows).toEqual([{ n: 2 }]);
    expect((await callApi<RecoveryWindow>(lastgood, `/databases/${name}/window`)).body.gaps).toEqual([]);
    const late = await query(name, "INSERT INTO t VALUES (3)");
    expect(late.bookmark > early.bookmark).toBe(true);

    const restored = await callApi(lastgood, `/databases/${name}/restore`, { body: { bookmark: early.bookmark } });
    expect(restored, JSON.stringify(restored.body)).toMatchObject({ status: 200 });
    expect((await query(name, "SELECT x FROM t")).rows).toEqual([{ x: 1 }]);
    const forth = await callApi(lastgood, `/databases/${name}/restore`, { body: { bookmark: late.bookmark } });
    expect(forth.status).toBe(200);
    expect((await query(name, "SELECT x FROM t ORDER BY x")).rows).toEqual([{ x: 1 }, { x: 2 }, { x: 3 }]);
  });

  test("comes back under another name while its own is another database's", async () => {
    const { id, name } = await host();
    await query(name, "CREATE TABLE old (x)");
    await remove(id);
    const created = await callApi(lastgood, "/databases", { body: { name, engine: "sqlite" } });
    expect(created.status).toBe(201);
    expect((await bringBack(id)).answer).toMatchObject({ status: 409, body: { field: "name" } });
    const { view } = await bringBack(id, { name: `${name}-old` });
    expect(view).toMatchObject({ id, name: `${name}-old`, state: "active" });
    const tables = "SELECT name FROM sqlite_schema";
    expect((await query(`${name}-old`, tables)).rows).toEqual([{ name: "old" }]);
    expect((await query(name, tables)).rows).toEqual([]);
  });
});

describe("an attached file that was deleted here and brought back", () => {
  test("was left alone, and what was written to it meanwhile is one gap that can be gone back before", async () => {
    const file = path.join(folder, `${newName()}.db`);
    const program = new DatabaseSync(file);
    try {
      program.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
      const id = await attachFile(lastgood, path.basename(file, ".db"), file);
      const before = await callApi<{ bookmark: string }>(lastgood, `/databases/${id}/bookmark`);
      await remove(id);
      // A log that is as it was could be gone on with, without any gap.
      for (const value of [2, 3]) program.exec(`INSERT INTO t VALUES (${value}); PRAGMA wal_checkpoint(TRUNCATE)`);
      const { view } = await bringBack(id);
      expect(view).toMatchObject({ state: "active" });
      program.exec("INSERT INTO t VALUES (4)");
      const window = await waitFor("the gap", async () => {
        const { body } = await callApi<RecoveryWindow>(lastgood, `/databases/${id}/window`);
        return body.gaps.length > 0 ? body : null;
      });
      expect(window.gaps).toHaveLength(1);
      const restored = await callApi(lastgood, `/databases/${id}/restore`, {
        body: { bookmark: before.body.bookmark },
      });
      expect(restored, JSON.stringify(restored.body)).toMatchObject({ status: 200 });
      expect(program.prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
    } finally {
      program.close();
    }
  });

  test("stays deleted, with the cause, when the file is gone", async () => {
    const file = path.join(folder, `${newName()}.db`);
    const program = new DatabaseSync(file);
    program.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
    const id = await attachFile(lastgood, path.basename(file, ".db"), file);
    program.close();
    await remove(id);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
    const { answer } = await bringBack(id);
    expect(answer).toMatchObject({ status: 400, body: { code: "attach_refused" } });
    const { body } = await callApi<{ databases: DeletedDatabaseView[] }>(lastgood, "/deleted");
    expect(body.databases.map((one) => one.id)).toContain(id);
  });
});

describe("after the grace period", () => {
  test("history and hosted file are removed, a neighbour's are not, and there is no way back", async () => {
    const paths = runtimePaths(lastgood.data);
    const [gone, neighbour] = [await host(), await host()];
    await query(neighbour.name, "CREATE TABLE t (x)");
    await remove(gone.id);
    const isThere = (id: string) => [
      existsSync(path.join(paths.history, id)),
      existsSync(path.join(paths.hosted, `${id}.db`)),
    ];
    expect(isThere(gone.id)).toEqual([true, true]);
    await endGracePeriod(gone.id);
    expect(await waitFor("the removal", () => isCompleted(gone.id))).toMatchObject({ status: "completed" });
    expect(isThere(gone.id)).toEqual([false, false]);
    expect(readdirSync(paths.hosted).filter((file) => file.startsWith(gone.id))).toEqual([]);
    expect(isThere(neighbour.id)).toEqual([true, true]);
    expect((await query(neighbour.name, "SELECT count(*) AS n FROM t")).rows).toEqual([{ n: 0 }]);
    expect((await bringBack(gone.id)).answer.status).toBe(404);
    const entry = await metadata.auditEntry.findFirst({ where: { action: "database.purge", targetId: gone.id } });
    expect(entry).toMatchObject({ actorKind: "agent", outcome: "done" });
  });

  test("an attached file is still there, byte for byte, and only its history has gone", async () => {
    const file = path.join(folder, `${newName()}.db`);
    const program = new DatabaseSync(file);
    try {
      program.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
      const id = await attachFile(lastgood, path.basename(file, ".db"), file);
      await remove(id);
      program.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      const bytes = readFileSync(file);
      await endGracePeriod(id);
      expect(await waitFor("the removal", () => isCompleted(id))).toMatchObject({ status: "completed" });
      expect(existsSync(path.join(runtimePaths(lastgood.data).history, id))).toBe(false);
      expect(readFileSync(file).equals(bytes)).toBe(true);
      expect(program.prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
    } finally {
      program.close();
    }
  });

  test("a removal that is asked for too early, or was taken back, removes nothing", async () => {
    const { id, name } = await host();
    await query(name, "CREATE TABLE t (x)");
    await remove(id);
    await endGracePeriod(id);
    await metadata.database.update({ where: { id }, data: { purgeAfterMs: BigInt(Date.now() + 3_600_000) } });
    await waitFor("the removal's end", () => isCompleted(id));
    const { view } = await bringBack(id);
    expect(view).toMatchObject({ state: "active" });
    await metadata.job.deleteMany({ where: { databaseId: id, kind: "database.purge" } });
    await endGracePeriod(id);
    await waitFor("the removal's end", () => isCompleted(id));
    expect((await query(name, "SELECT count(*) AS n FROM t")).rows).toEqual([{ n: 0 }]);
  });
});
