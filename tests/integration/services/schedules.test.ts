import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { ScheduleDraft } from "../../../lib/domain/schedule.ts";
import { previewRetention } from "../../../lib/services/backups/preview-retention.ts";
import { changeSchedule } from "../../../lib/services/schedules/change-schedule.ts";
import { getSchedule, listSchedules } from "../../../lib/services/schedules/get-schedule.ts";
import { runSchedule } from "../../../lib/services/schedules/run-schedule.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

const DAY_MS = 86_400_000;
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  world = await openScheduleWorld(metadataWorld);
});

/** Backups of a schedule, complete, one a day up to yesterday; the oldest first. */
async function addBackups(scheduleId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let daysAgo = count; daysAgo > 0; daysAgo--) {
    const id = randomUUID();
    const createdAtMs = BigInt(Date.now() - daysAgo * DAY_MS);
    await metadata().backup.create({
      data: {
        id,
        key: `key-${id}`,
        namespaceId: world.namespaceId,
        databaseId: world.databaseId,
        scheduleId,
        kind: "physical",
        trigger: "scheduled",
        status: "completed",
        sizeBytes: 4096n,
        createdAtMs,
        expiresAtMs: createdAtMs + BigInt(30 * DAY_MS),
        startedAtMs: createdAtMs,
        finishedAtMs: createdAtMs + 5000n,
      },
    });
    ids.push(id);
  }
  return ids;
}

const change = (id: string, change: Partial<ScheduleDraft>, planDigest?: string) =>
  changeSchedule(world.owner, { ...world.of, schedule: id, change, version: 0, planDigest });
const planOf = async (id: string, limits: { retentionDays: number | null; keepAtMost: number | null }) =>
  (await previewRetention(world.owner, { ...world.of, change: { schedule: { id, ...limits } } })).plan;

describe("keeping less", () => {
  test("is refused until exactly what it deletes was shown, and then counts for the earlier backups", async () => {
    const id = await world.add({ retentionDays: 30 });
    const backups = await addBackups(id, 10);
    expect(await refusalCode(change(id, { retentionDays: 7 }))).toBe("conflict");
    const plan = await planOf(id, { retentionDays: 7, keepAtMost: null });
    expect(plan.deletions.map((one) => one.id)).toEqual(backups.slice(0, 4));
    expect(await refusalCode(change(id, { retentionDays: 5 }, plan.digest))).toBe("conflict");
    expect(await getSchedule(world.owner, { ...world.of, schedule: id })).toMatchObject({
      retentionDays: 30,
      version: 0,
    });
    expect(await change(id, { retentionDays: 7 }, plan.digest)).toMatchObject({ retentionDays: 7, version: 1 });
    const rows = await world.backupsOf(id);
    expect(rows.map((row) => Number((row.expiresAtMs ?? 0n) - row.createdAtMs))).toEqual(rows.map(() => 7 * DAY_MS));
  });

  test("in number is shown and refused alike", async () => {
    const id = await world.add({ keepAtMost: null });
    await addBackups(id, 6);
    expect(await refusalCode(change(id, { keepAtMost: 2 }))).toBe("conflict");
    const plan = await planOf(id, { retentionDays: 30, keepAtMost: 2 });
    expect(plan.deletions).toHaveLength(4);
    expect(await change(id, { keepAtMost: 2 }, plan.digest)).toMatchObject({ keepAtMost: 2 });
  });

  test("asks people for their password again, where it was given too long ago", async () => {
    const id = await world.add();
    await addBackups(id, 10);
    const { digest } = await planOf(id, { retentionDays: 1, keepAtMost: null });
    await metadata().session.updateMany({ data: { confirmedAtMs: 0n } });
    expect(await refusalCode(change(id, { retentionDays: 1 }, digest))).toBe("confirmation_needed");
  });

  test("of which nothing that is there goes needs nothing", async () => {
    const id = await world.add();
    await addBackups(id, 3);
    await metadata().session.updateMany({ data: { confirmedAtMs: 0n } });
    expect(await change(id, { retentionDays: 20, keepAtMost: 10 })).toMatchObject({
      retentionDays: 20,
      keepAtMost: 10,
    });
  });
});

describe("a schedule", () => {
  test("is listed with its next run, what came of the last one and how long a backup takes", async () => {
    const id = await world.add({ name: "Nightly" }, "2026-11-01T00:00:00Z");
    await world.decideAt("2026-11-20T12:00:00Z");
    await metadata().backup.updateMany({
      where: { scheduleId: id },
      data: { status: "completed", sizeBytes: 4096n, startedAtMs: 1000n, finishedAtMs: 6000n },
    });
    const [view] = await listSchedules(world.viewer, { namespace: world.of.namespace });
    expect(view).toMatchObject({
      id,
      database: { id: world.databaseId, name: "shop" },
      lastRun: { outcome: "caught_up", backup: { status: "completed" } },
    });
    expect(view?.nextRunMs ?? 0).toBeGreaterThan(Date.now());
    const detail = await getSchedule(world.viewer, { ...world.of, schedule: "nightly" });
    expect(detail.runs).toHaveLength(20);
    expect(detail.lastBackup).toEqual({ sizeBytes: 4096, tookMs: 5000 });
  });

  test("runs now for a member who may write, whatever its time, and its next run stays", async () => {
    const id = await world.add();
    const before = await getSchedule(world.owner, { ...world.of, schedule: id });
    const { backupId } = await runSchedule(world.member, { ...world.of, schedule: id });
    expect(await world.backupsOf(id)).toMatchObject([{ id: backupId, trigger: "manual", cron: "30 2 * * *" }]);
    expect(await refusalCode(runSchedule(world.member, { ...world.of, schedule: id }))).toBe("conflict");
    expect((await getSchedule(world.owner, { ...world.of, schedule: id })).nextRunMs).toBe(before.nextRunMs);
  });

  test("takes no change of a member, and none of what somebody else has changed meanwhile", async () => {
    const id = await world.add();
    const of = { ...world.of, schedule: id, change: { active: false }, version: 0 };
    expect(await refusalCode(changeSchedule(world.member, of))).toBe("forbidden");
    await changeSchedule(world.owner, of);
    expect(await refusalCode(changeSchedule(world.owner, of))).toBe("conflict");
  });

  test("keeps its version while it runs, so that a page that is open can be saved", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    await world.decideAt("2026-11-21T01:30:05Z");
    expect(await change(id, { name: "Another" })).toMatchObject({ name: "Another", version: 1 });
  });
});
