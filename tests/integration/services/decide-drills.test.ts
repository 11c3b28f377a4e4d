import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { DrillPlanDraft } from "../../../lib/domain/drill.ts";
import { delayOf } from "../../../lib/domain/schedule.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { decideDrills } from "../../../lib/services/drills/decide-drills.ts";
import { setDrillPlan } from "../../../lib/services/drills/set-drill-plan.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

let metadataWorld: MetadataWorld;
let world: ScheduleWorld;
const NIGHTLY: DrillPlanDraft = { active: true, cron: "30 3 * * *", zone: "UTC", aims: ["latest"], assertions: [] };

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  await metadata().drillPlan.updateMany({ data: { active: false } });
  world = await openScheduleWorld(metadataWorld);
  await setDrillPlan(world.owner, { ...world.of, plan: NIGHTLY, version: 0 });
  const decidedToMs = BigInt(Date.parse("2026-11-20T12:00:00Z"));
  await metadata().drillPlan.update({ where: { databaseId: world.databaseId }, data: { decidedToMs } });
});

/** The same delay for each drill of one database, at most ten minutes. */
const dueAt = (day: string) => Date.parse(`${day}T03:30:00Z`) + delayOf(world.databaseId, 600);
const decide = (nowMs: number, agent = world.agent) =>
  decideDrills(agentContext(agent.agentId, "drills"), agent, nowMs);
const drills = () => metadata().drill.findMany({ where: { databaseId: world.databaseId } });

test("a drill that is due is queued once, with its job, and not before its minute", async () => {
  expect(await decide(dueAt("2026-11-21") - 1)).toBe(0);
  expect(await decide(dueAt("2026-11-21"))).toBe(1);
  expect(await decide(dueAt("2026-11-21") + 60_000)).toBe(0);
  const [drill, ...others] = await drills();
  expect(others).toEqual([]);
  expect(drill).toMatchObject({ trigger: "scheduled", status: "queued", aims: '["latest"]', createdBy: null });
  expect(await metadata().job.findUnique({ where: { id: drill?.jobId ?? "" } })).toMatchObject({ kind: "drill.run" });
  expect((await metadataWorld.auditTrail()).at(-1)).toMatchObject({ action: "drill.run", targetId: drill?.id });
});

test("of all that came due while nobody ran them one is made up for", async () => {
  expect(await decide(dueAt("2026-11-27") + 3_600_000)).toBe(1);
  await metadata().drill.updateMany({ data: { status: "passed" } });
  expect(await decide(dueAt("2026-11-27") + 7_200_000)).toBe(0);
  expect(await decide(dueAt("2026-11-28"))).toBe(1);
});

test("none begins beside one that has not ended, nor of a database that is not protected", async () => {
  expect(await decide(dueAt("2026-11-21"))).toBe(1);
  expect(await decide(dueAt("2026-11-22"))).toBe(0);
  await metadata().drill.updateMany({ data: { status: "failed" } });
  await metadata().database.update({ where: { id: world.databaseId }, data: { state: "failed" } });
  expect(await decide(dueAt("2026-11-23"))).toBe(0);
  await metadata().database.update({ where: { id: world.databaseId }, data: { state: "active" } });
  expect(await decide(dueAt("2026-11-24"))).toBe(1);
});

test("a former run of the agent decides nothing", async () => {
  expect(await decide(dueAt("2026-11-21"), { ...world.agent, epoch: world.agent.epoch - 1 })).toBe(0);
  expect(await drills()).toEqual([]);
});

test("after the clock was put back it goes on from the time that it is", async () => {
  expect(await decide(dueAt("2026-12-24"))).toBe(1);
  await metadata().drill.updateMany({ data: { status: "passed" } });
  expect(await decide(Date.parse("2026-11-21T12:00:00Z"))).toBe(0);
  expect(await decide(dueAt("2026-11-22"))).toBe(1);
});

test("only those who may change its schedules plan its drills, and a plan that another has changed is not overwritten", async () => {
  const change = { ...world.of, plan: { ...NIGHTLY, active: false } };
  await expect(setDrillPlan(world.member, { ...change, version: 1 })).rejects.toMatchObject({ code: "forbidden" });
  await expect(setDrillPlan(world.owner, { ...change, version: 0 })).rejects.toMatchObject({ code: "conflict" });
  expect(await setDrillPlan(world.owner, { ...change, version: 1 })).toMatchObject({ active: false, nextRunMs: null });
  expect(await decide(dueAt("2026-11-21"))).toBe(0);
});
