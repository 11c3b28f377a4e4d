import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type DiskState, judgeDisk } from "../../../lib/domain/disk-budget.ts";
import { decideAlarms } from "../../../lib/services/alarms/decide-alarms.ts";
import { diskBudget } from "../../../lib/services/alarms/facts/disk-budget.ts";
import { listAlarms } from "../../../lib/services/alarms/list-alarms.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { noteDiskState, readDiskLimits, readPromises } from "../../../lib/services/disk-budget/note-state.ts";
import { getDiskBudget } from "../../../lib/services/disk-budget/read-budgets.ts";
import { setDiskBudget } from "../../../lib/services/disk-budget/set-budget.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

const NONE = { budgetBytes: null, floorBytes: null };
const GB = 1e9;
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  world = await openScheduleWorld(metadataWorld);
  await metadata().database.updateMany({
    where: { namespaceId: { not: world.namespaceId } },
    data: { deletedAtMs: 1n, purgedAtMs: 1n, nameKey: null },
  });
  await metadata().diskBudget.deleteMany();
});

const of = () => ({ namespace: world.of.namespace, agent: world.agent.agentId });
const body = { budgetBytes: 50 * GB, floorBytes: null, leastDays: 7, version: 0 };

function stateAt(countedBytes: number): DiskState {
  const figures = { countedBytes, freeBytes: 500 * GB, sizeBytes: 1000 * GB };
  return {
    measuredAtMs: 1,
    figures,
    judgement: judgeDisk({ budgetBytes: 100 * GB, floorBytes: GB, leastDays: 1 }, figures, false),
    parts: [{ part: "history", bytes: countedBytes }],
    histories: [],
    databaseBytes: 0,
    samples: [],
    wouldGive: [],
    gave: [],
    sinceMs: 1,
    captureStoppedSinceMs: null,
  };
}

test("an owner sets the budget of an agent that is theirs alone, within what its environment says", async () => {
  const set = await setDiskBudget(world.owner, { ...of(), ...body });
  expect(set.limits).toMatchObject({ budgetBytes: 50 * GB, leastDays: 7 });
  const { agentId } = world.agent;
  expect(await readDiskLimits(agentId, NONE, 1000 * GB)).toEqual({
    budgetBytes: 50 * GB,
    floorBytes: 1024 ** 3,
    leastDays: 7,
  });
  const bound = await readDiskLimits(agentId, { budgetBytes: 20 * GB, floorBytes: 5 * GB }, 1000 * GB);
  expect(bound).toMatchObject({ budgetBytes: 20 * GB, floorBytes: 5 * GB });
  expect(await refusalCode(setDiskBudget(world.owner, { ...of(), ...body }))).toBe("conflict");
});

test("where others have databases on the same agent nobody sets it from within", async () => {
  const other = await metadataWorld.addNamespace(`other-${Date.now()}`);
  await metadataWorld.addDatabase(other, "theirs");
  expect(await refusalCode(setDiskBudget(world.owner, { ...of(), ...body }))).toBe("forbidden");
  expect((await getDiskBudget(world.owner, of())).fixedBecause).toContain("other namespaces");
});

test("what one namespace set binds nobody who comes to the agent later: from then on its environment counts", async () => {
  await setDiskBudget(world.owner, { ...of(), ...body });
  const environment = { budgetBytes: 80 * GB, floorBytes: 5 * GB };
  await noteDiskState(world.agent.agentId, environment, stateAt(GB));
  const limits = () => readDiskLimits(world.agent.agentId, environment, 1000 * GB);
  expect(await limits()).toMatchObject({ budgetBytes: 50 * GB, leastDays: 7 });
  await metadataWorld.addDatabase(await metadataWorld.addNamespace(`later-${Date.now()}`), "theirs");
  expect(await limits()).toEqual({ ...environment, leastDays: 1 });
  const view = await getDiskBudget(world.owner, of());
  expect([view.limits, view.set.budgetBytes]).toEqual([{ ...environment, leastDays: 1 }, null]);
});

test("what is seen of an agent names no database of others", async () => {
  const { agentId } = world.agent;
  const known = { historyBytes: 1, oldestMs: null, windowDays: 30, leastWindowDays: null, neededFromMs: null };
  const histories = [world.databaseId, "2b7e7d0a-0000-4000-8000-000000000000"].map((databaseId) => ({
    databaseId,
    ...known,
  }));
  await noteDiskState(agentId, NONE, { ...stateAt(GB), histories });
  const { measured } = await getDiskBudget(world.owner, of());
  expect(measured?.histories.map(({ databaseId }) => databaseId)).toEqual([world.databaseId]);
  expect(measured?.plan.map(({ step }) => step)).toEqual([
    ...["throwaways", "caches", "beyond-window", "set-aside", "old-history", "capture"],
  ]);
});

test("what a protected label or a restore under way needs counts as promised", async () => {
  const { databaseId } = world;
  const promise = async () => (await readPromises(world.agent.agentId)).find((one) => one.databaseId === databaseId);
  expect(await promise()).toMatchObject({ neededFromMs: null, leastWindowDays: null });
  const label = { databaseId, kind: "pitr", createdAtMs: 1n };
  await metadata().restorePoint.create({
    data: { ...label, id: crypto.randomUUID(), label: "month-1", timeMs: 5_000n },
  });
  await metadata().restorePoint.create({ data: { ...label, id: crypto.randomUUID(), label: "other", timeMs: 1_000n } });
  expect(await promise()).toMatchObject({ neededFromMs: null });
  const rules = { protectedLabels: '["month-*"]', leastWindowDays: 14, updatedAtMs: 1n };
  await metadata().policy.create({ data: { databaseId, ...rules } });
  expect(await promise()).toMatchObject({ neededFromMs: 5000, leastWindowDays: 14 });
});

test("what a cutover under way or under approval needs is of the preview's history, not the project's", async () => {
  const { databaseId, namespaceId } = world;
  const previewId = await metadataWorld.addPreview(databaseId, `preview-${Date.now()}`);
  const needs = async () => {
    const promises = await readPromises(world.agent.agentId);
    return [databaseId, previewId].map((id) => promises.find((one) => one.databaseId === id)?.neededFromMs);
  };
  const approvalId = crypto.randomUUID();
  await metadata().approvalRequest.create({
    data: {
      ...{ id: approvalId, namespaceId, databaseId, kind: "restore.cutover", payload: "{}", digest: "", reason: "" },
      plan: JSON.stringify({ kind: "restore.cutover", preview: { id: previewId }, plan: { to: { timeMs: 7000 } } }),
      ...{ policyVersion: 0, status: "open", needed: 1, requestedBy: "-", requestedByName: "-" },
      ...{ createdAtMs: 1n, approveUntilMs: 2n },
    },
  });
  expect(await needs()).toEqual([null, 7000]);
  await metadata().approvalRequest.update({ where: { id: approvalId }, data: { status: "void" } });
  await metadata().restore.create({
    data: {
      ...{
        id: crypto.randomUUID(),
        databaseId,
        sourceDatabaseId: previewId,
        targetKind: "project",
        sourceKind: "preview",
      },
      ...{ toBookmark: "-", toTimeMs: 8000n, planDigest: "", status: "running", createdAtMs: 1n },
    },
  });
  expect(await needs()).toEqual([null, 8000]);
});

test("each level raises its alarm once, one after the other, and they are over when there is room again", async () => {
  const { agent } = world;
  const seen = { databases: new Map(), clockJumps: [] };
  let nowMs = Date.now();
  const levelsAt = async (counted: number) => {
    await noteDiskState(agent.agentId, NONE, stateAt(counted * GB));
    await decideAlarms(agentContext(agent.agentId, "alarms"), agent, { nowMs: ++nowMs, seen, sources: [diskBudget] });
    const { alarms } = await listAlarms(world.owner, { namespace: world.of.namespace });
    return alarms.filter(({ state }) => state !== "resolved").map(({ figures }) => figures.level);
  };
  expect(await levelsAt(79)).toEqual([]);
  expect(await levelsAt(82)).toEqual(["warning"]);
  expect(await levelsAt(79)).toHaveLength(1);
  expect(await levelsAt(91)).toHaveLength(2);
  expect(await levelsAt(101)).toHaveLength(3);
  expect(await levelsAt(85)).toHaveLength(1);
  expect(await levelsAt(50)).toEqual([]);
  expect(await levelsAt(82)).toHaveLength(1);
});
