import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata, openMetadata } from "../../../lib/db/client.ts";
import { delayOf, MOST_MISSED_ROWS } from "../../../lib/domain/schedule.ts";
import { metadataPlace } from "../../../lib/metadata-place.ts";
import { claimJob } from "../../../lib/services/jobs/claim-job.ts";
import { createJob } from "../../../lib/services/jobs/create-job.ts";
import { changeSchedule } from "../../../lib/services/schedules/change-schedule.ts";
import { deleteSchedule } from "../../../lib/services/schedules/delete-schedule.ts";
import { getSchedule } from "../../../lib/services/schedules/get-schedule.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

let metadataWorld: MetadataWorld;
let world: ScheduleWorld;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  await metadata().schedule.updateMany({ data: { active: false } });
  await metadata().job.updateMany({ data: { status: "completed" } });
  world = await openScheduleWorld(metadataWorld);
});

const eventsOf = async (scheduleId: string) => {
  const rows = await metadata().event.findMany({ where: { type: "schedule.missed" } });
  return rows
    .map(
      ({ payload }) => (JSON.parse(payload) as { data: Record<string, unknown> & { schedule: { id: string } } }).data,
    )
    .filter(({ schedule }) => schedule.id === scheduleId);
};

describe("a run that is due", () => {
  test("becomes a backup that knows its schedule and when it expires, and not before its minute", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    expect((await world.decideAt("2026-11-21T01:29:59Z")).decisions).toEqual([]);
    const { decisions } = await world.decideAt("2026-11-21T01:30:05Z");
    const [backup] = await world.backupsOf(id);
    expect(decisions).toEqual([
      { scheduleId: id, dueMs: Date.parse("2026-11-21T01:30Z"), outcome: "started", backupId: backup?.id, missed: 0 },
    ]);
    expect(backup).toMatchObject({
      databaseId: world.databaseId,
      kind: "physical",
      trigger: "scheduled",
      status: "queued",
      cron: "30 2 * * *",
      zone: "Europe/Berlin",
      expiresAtMs: BigInt(Date.parse("2026-12-21T01:30:05Z")),
    });
    expect(await metadata().job.findUnique({ where: { id: backup?.jobId ?? "" } })).toMatchObject({
      kind: "backup.run",
      agentId: world.agent.agentId,
      status: "queued",
    });
    const trail = await metadataWorld.auditTrail();
    expect(trail.at(-1)).toMatchObject({ action: "backup.create", actorKind: "agent", targetId: backup?.id });
    expect((await world.decideAt("2026-11-21T01:30:20Z")).decisions).toEqual([]);
    expect(await world.runsOf(id)).toEqual(["2026-11-21T01:30 started"]);
    expect(await eventsOf(id)).toEqual([]);
  });

  test("waits for its schedule's delay, the same each night", async () => {
    const id = await world.add({ jitterSeconds: 3600 }, "2026-11-20T12:00:00Z");
    const delayMs = delayOf(id, 3600);
    for (const day of ["2026-11-21", "2026-11-22"]) {
      const beginMs = Date.parse(`${day}T01:30:00Z`) + delayMs;
      expect((await world.decideAt(new Date(beginMs - 1).toISOString())).decisions).toEqual([]);
      expect((await world.decideAt(new Date(beginMs).toISOString())).decisions).toMatchObject([{ outcome: "started" }]);
      await world.finish(id);
    }
  });

  test("is skipped while the backup before it still runs, and that is told", async () => {
    const id = await world.add({ cron: "0 * * * *" }, "2026-11-20T12:00:00Z");
    await world.decideAt("2026-11-20T13:00:01Z");
    expect((await world.decideAt("2026-11-20T14:00:01Z")).decisions).toMatchObject([
      { outcome: "skipped", backupId: null },
    ]);
    await world.finish(id);
    await world.decideAt("2026-11-20T15:00:01Z");
    expect(await world.runsOf(id)).toEqual([
      "2026-11-20T13:00 started",
      "2026-11-20T14:00 skipped",
      "2026-11-20T15:00 started",
    ]);
    expect(await eventsOf(id)).toMatchObject([
      { due_at: "2026-11-20T14:00:00.000Z", because: "The backup before it was still running." },
    ]);
  });

  test("is skipped while the database is not protected", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    await metadata().database.update({ where: { id: world.databaseId }, data: { state: "failed" } });
    await world.decideAt("2026-11-21T01:30:05Z");
    expect(await world.runsOf(id)).toEqual(["2026-11-21T01:30 skipped"]);
    expect(await world.backupsOf(id)).toEqual([]);
  });

  test("leaves a paused schedule and one of a deleted database alone", async () => {
    const paused = await world.add({ active: false }, "2026-11-20T12:00:00Z");
    expect((await world.decideAt("2026-11-21T01:30:05Z")).decisions).toEqual([]);
    const gone = await world.add({}, "2026-11-20T12:00:00Z");
    await metadata().database.update({ where: { id: world.databaseId }, data: { deletedAtMs: 1n, nameKey: null } });
    expect((await world.decideAt("2026-11-21T01:30:05Z")).decisions).toEqual([]);
    expect([await world.runsOf(paused), await world.runsOf(gone)]).toEqual([[], []]);
  });
});

describe("after downtime", () => {
  test("one run is caught up, the others are written down as missed and told in one event", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    const { decisions } = await world.decideAt("2026-11-24T09:00:00Z");
    expect(decisions).toMatchObject([{ outcome: "caught_up", missed: 3 }]);
    expect(await world.runsOf(id)).toEqual([
      "2026-11-21T01:30 missed",
      "2026-11-22T01:30 missed",
      "2026-11-23T01:30 missed",
      "2026-11-24T01:30 caught_up",
    ]);
    expect(await world.backupsOf(id)).toHaveLength(1);
    const { name, cron, zone } = await getSchedule(world.owner, { ...world.of, schedule: id });
    expect(await eventsOf(id)).toEqual([
      {
        schedule: { id, name, cron, zone },
        database: { id: world.databaseId, name: "shop" },
        due_at: "2026-11-23T01:30:00.000Z",
        because: expect.stringContaining("No agent"),
        missed: 3,
        first_due_at: "2026-11-21T01:30:00.000Z",
      },
    ]);
    const told = (await metadataWorld.auditTrail()).filter(({ targetId }) => targetId === id);
    expect(told.map(({ action }) => action)).toEqual(["schedule.change", "schedule.missed"]);
  });

  test("a crowd of missed runs is written down by its newest, the oldest of which tells of the others", async () => {
    const id = await world.add({ cron: "* * * * *", zone: "UTC" }, "2026-11-20T00:00:00Z");
    const { decisions } = await world.decideAt("2026-11-21T00:00:30Z");
    expect(decisions).toMatchObject([{ outcome: "started", missed: 1439 }]);
    const rows = await metadata().scheduleRun.findMany({ where: { scheduleId: id }, orderBy: { dueMs: "asc" } });
    expect(rows).toHaveLength(MOST_MISSED_ROWS);
    expect(rows[0]?.because).toContain(`the ${1440 - MOST_MISSED_ROWS} before it, since 2026-11-20T00:01:00.000Z`);
    expect(await eventsOf(id)).toMatchObject([{ missed: 1439, first_due_at: "2026-11-20T00:01:00.000Z" }]);
  });

  test.each([
    ["changed", { cron: "0 5 * * *" }],
    ["paused", { active: false }],
  ])("what was due when the schedule is %s is not forgotten", async (happened, change) => {
    const id = await world.add({ cron: "0 * * * *", zone: "UTC" });
    const hour = 3_600_000;
    const dueMs = Math.floor(Date.now() / hour) * hour;
    await metadata().schedule.update({ where: { id }, data: { decidedToMs: BigInt(dueMs - 1) } });
    await changeSchedule(world.owner, { ...world.of, schedule: id, change, version: 0 });
    expect(await metadata().scheduleRun.findMany({ where: { scheduleId: id } })).toMatchObject([
      { dueMs: BigInt(dueMs), outcome: "missed", because: `The schedule was ${happened} before it could run.` },
    ]);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test("what was due when the schedule is deleted is not forgotten, and nothing of it runs any more", async () => {
    const id = await world.add({ cron: "0 * * * *", zone: "UTC" }, "2026-01-01T00:00:00Z");
    await metadata().schedule.update({ where: { id }, data: { decidedToMs: BigInt(Date.now() - 7_200_000) } });
    await deleteSchedule(world.owner, { ...world.of, schedule: id });
    expect(await metadata().scheduleRun.count({ where: { scheduleId: id, outcome: "missed" } })).toBe(2);
    expect((await world.decideAt("2027-01-01T00:00:00Z")).decisions).toEqual([]);
  });

  test("a pause is no downtime: what would have come due in it is neither missed nor caught up", async () => {
    const id = await world.add({ cron: "* * * * *", active: false }, "2026-11-01T00:00:00Z");
    await changeSchedule(world.owner, { ...world.of, schedule: id, change: { active: true }, version: 0 });
    const { decisions } = await world.decideAt(new Date(Date.now() + 61_000).toISOString());
    expect(decisions).toMatchObject([{ outcome: "started" }]);
    expect(decisions[0]?.missed).toBeLessThan(2);
  });
});

describe("the clock", () => {
  test("put back by an hour runs nothing a second time, and goes on where it stood", async () => {
    const id = await world.add({ cron: "*/30 * * * *", zone: "UTC" }, "2026-11-20T12:00:00Z");
    await world.decideAt("2026-11-20T12:30:01Z");
    await world.finish(id);
    await world.decideAt("2026-11-20T13:00:01Z");
    await world.finish(id);
    await world.decideAt("2026-11-20T12:10:00Z");
    for (const at of ["12:30:01", "12:45:00", "13:00:01"]) {
      expect((await world.decideAt(`2026-11-20T${at}Z`)).decisions, at).toEqual([]);
    }
    expect((await world.decideAt("2026-11-20T13:30:01Z")).decisions).toMatchObject([{ outcome: "started" }]);
    expect(await world.runsOf(id)).toEqual([
      "2026-11-20T12:30 started",
      "2026-11-20T13:00 started",
      "2026-11-20T13:30 started",
    ]);
  });

  test("that was years ahead and is put right again: what was missed in that future takes place when its time comes", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    expect((await world.decideAt("2028-11-20T12:00:00Z")).decisions).toMatchObject([{ outcome: "caught_up" }]);
    await world.finish(id);
    expect((await world.decideAt("2026-11-20T12:05:00Z")).decisions).toEqual([]);
    expect((await world.decideAt("2026-11-21T01:30:02Z")).decisions).toMatchObject([{ outcome: "started", missed: 0 }]);
    const due = BigInt(Date.parse("2026-11-21T01:30:00Z"));
    expect(await metadata().scheduleRun.findMany({ where: { scheduleId: id, dueMs: due } })).toMatchObject([
      { outcome: "started" },
    ]);
  });

  test("stepped back by seconds, as clocks are, changes nothing", async () => {
    const id = await world.add({ cron: "*/30 * * * *", zone: "UTC" }, "2026-11-20T12:00:00Z");
    await world.decideAt("2026-11-20T12:30:01Z");
    await world.decideAt("2026-11-20T12:29:50Z");
    expect(await metadata().schedule.findUnique({ where: { id } })).toMatchObject({
      decidedToMs: BigInt(Date.parse("2026-11-20T12:30:00Z")),
    });
  });
});

describe("who may decide", () => {
  test("of many at once exactly one decides on a run", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.decideAt("2026-11-21T01:30:05Z")));
    expect(answers.flatMap(({ decisions }) => decisions)).toHaveLength(1);
    expect(await world.runsOf(id)).toHaveLength(1);
    expect(await world.backupsOf(id)).toHaveLength(1);
  });

  test("not a run of the agent whose successor has begun, nor the agent to which the database does not belong", async () => {
    const id = await world.add({}, "2026-11-20T12:00:00Z");
    const { agentId, epoch } = world.agent;
    await metadata().agent.update({ where: { id: agentId }, data: { epoch: epoch + 1 } });
    expect(await world.decideAt("2026-11-21T01:30:05Z")).toEqual({ decisions: [], superseded: true });
    const other = await metadata().agent.create({
      data: { id: `other-${id}`, region: "local", epoch: 1, seenAtMs: 1n, socketPath: "/nowhere" },
    });
    await metadata().database.update({ where: { id: world.databaseId }, data: { agentId: other.id } });
    const heir = { agentId, epoch: epoch + 1 };
    expect(await world.decideAt("2026-11-21T01:30:05Z", heir)).toEqual({ decisions: [], superseded: false });
    expect(await world.runsOf(id)).toEqual([]);
    const owner = { agentId: other.id, epoch: 1 };
    expect((await world.decideAt("2026-11-21T01:30:05Z", owner)).decisions).toMatchObject([{ outcome: "started" }]);
  });

  test("and a run of the agent whose successor has begun claims no job, whose row stays as it was", async () => {
    const { agentId, epoch } = world.agent;
    const owner = { agentId, databaseId: null };
    const jobId = await transact((tx) =>
      createJob(tx, owner, { kind: "database.prune", payload: { databaseId: world.databaseId } }),
    );
    const holder = { agentId, holder: "former", leaseMs: 10_000 };
    const db = openMetadata(metadataPlace());
    expect(await claimJob({ ...holder, epoch: epoch - 1 }, {}, db)).toBeNull();
    await db.$disconnect();
    expect(await metadata().job.findUnique({ where: { id: jobId } })).toMatchObject({
      status: "queued",
      attempts: 0,
      leaseOwner: null,
      startedAtMs: null,
    });
    const current = { ...holder, holder: "current", epoch: (await currentEpoch()) ?? 0 };
    expect(await claimJob(current)).toMatchObject({ id: jobId, attempt: 1 });
  });
});

const currentEpoch = async () =>
  (await metadata().agent.findUnique({ where: { id: world.agent.agentId }, select: { epoch: true } }))?.epoch;
