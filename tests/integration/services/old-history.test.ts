import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DiskUsage } from "../../../lib/agent/disk-usage.ts";
import type { Downloads } from "../../../lib/agent/downloads.ts";
import { runPruning } from "../../../lib/agent/handlers/run-pruning.ts";
import { openBudget } from "../../../lib/agent/open-budget.ts";
import { OwnedDatabases } from "../../../lib/agent/owned-databases.ts";
import { metadata } from "../../../lib/db/client.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { SqliteEngine } from "../../../lib/engines/sqlite/sqlite-engine.ts";
import type { Env } from "../../../lib/env.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { readDiskState, readPromises } from "../../../lib/services/disk-budget/note-state.ts";
import { claimJob } from "../../../lib/services/jobs/claim-job.ts";
import { MadeHistory } from "../../world/made-history.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

const DAY_MS = 86_400_000;
const log = pino({ level: "silent" });
const paths = runtimePaths(mkdtempSync(path.join(tmpdir(), "old-history-")));
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;
let engine: SqliteEngine;
let directory: string;

/** A history of four days, a commit each hour. */
beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
  world = await openScheduleWorld(metadataWorld);
  const made = new MadeHistory({ bytes: 1e9, commits: 8 });
  made.change(made.state(), { stepMs: Date.now() - 4 * DAY_MS - 1000 });
  for (let hour = 1; hour < 96; hour++) {
    const after = made.state();
    after.writeInt32LE(hour, (hour % 12) * made.pageSize);
    made.change(after, { stepMs: DAY_MS / 24 });
    await made.writer.flush();
  }
  await made.writer.sealNow();
  await made.writer.close();
  directory = path.join(paths.history, world.databaseId);
  for (const folder of [paths.history, paths.temporary, paths.run]) mkdirSync(folder, { recursive: true });
  renameSync(made.directory, directory);
  engine = new SqliteEngine({ paths, attachRoots: [], log });
}, 60_000);
afterAll(async () => {
  await engine.close();
  await metadataWorld.close();
  rmSync(paths.data, { recursive: true, force: true });
});

function oldestMs(): number {
  const history = openHistory(directory);
  try {
    return history.oldest().timeMs;
  } finally {
    history.close();
  }
}

test("a budget that is nearly used up takes a quarter of the oldest history, told, and never what is promised", async () => {
  const { agentId } = world.agent;
  const databases = new OwnedDatabases(agentId, 0);
  const db = await databases.get(world.databaseId);
  // What is beyond the window is none of this.
  await engine.prune(db, Date.now() - 3.5 * DAY_MS, quietRun());
  const begunMs = oldestMs();
  expect(begunMs).toBeGreaterThan(Date.now() - 4.5 * DAY_MS);
  const { figures } = await new DiskUsage(paths).measure(Number.POSITIVE_INFINITY);
  const env = { paths, diskBudgetBytes: Math.round(figures.countedBytes / 0.98), diskFloorBytes: 1 } as Env;
  const downloads = () => ({ clear() {} }) as unknown as Downloads;
  const budget = openBudget({ agentId, env, engine, databases, downloads, wake() {}, log });
  await budget.open();
  await budget.look();
  const job = await claimJob({ agentId, holder: randomUUID(), leaseMs: 60_000 });
  expect(job).toMatchObject({ kind: "database.prune", payload: { databaseId: db.id, step: "old-history" } });
  if (job?.kind !== "database.prune") return;
  const means = { engine, database: async () => db, budget, promises: () => readPromises(agentId) };
  await runPruning(job.payload, means, quietRun());
  const quarterMs = begunMs + (Date.now() - begunMs) / 4;
  expect(oldestMs()).toBeGreaterThan(begunMs + DAY_MS / 3);
  expect(oldestMs()).toBeLessThanOrEqual(quarterMs);
  verifyHistory(directory);
  await budget.look();
  const [gave] = (await readDiskState(agentId))?.gave ?? [];
  expect(gave).toMatchObject({ step: "old-history", databaseId: db.id });
  expect(gave?.bytes).toBeGreaterThan(0);

  // However much more was asked for: a protected label holds what it needs, and the last day stays in any case.
  const labelMs = Date.now() - 2 * DAY_MS;
  const point = { id: randomUUID(), databaseId: db.id, label: "month-1", kind: "pitr", createdAtMs: 1n };
  await metadata().restorePoint.create({ data: { ...point, bookmark: "-", timeMs: BigInt(labelMs) } });
  const policy = { databaseId: db.id, updatedAtMs: 1n, protectedLabels: '["month-*"]' };
  await metadata().policy.create({ data: policy });
  const asked = { databaseId: db.id, keepFromMs: Date.now(), step: "old-history" } as const;
  await runPruning(asked, means, quietRun());
  expect(oldestMs()).toBeGreaterThan(quarterMs - DAY_MS / 2);
  expect(oldestMs()).toBeLessThanOrEqual(labelMs);
  await metadata().restorePoint.delete({ where: { id: point.id } });
  await runPruning(asked, means, quietRun());
  expect(oldestMs()).toBeGreaterThan(labelMs);
  expect(oldestMs()).toBeLessThanOrEqual(Date.now() - DAY_MS);
  verifyHistory(directory);
  await budget.stop();
});
