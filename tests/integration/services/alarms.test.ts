import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type DrillMeans, runDrill } from "../../../lib/agent/handlers/run-drill.ts";
import { metadata } from "../../../lib/db/client.ts";
import { acknowledgeAlarm, resolveAlarm } from "../../../lib/services/alarms/change-alarm.ts";
import { decideAlarms } from "../../../lib/services/alarms/decide-alarms.ts";
import type { FactSource, Seen, SeenDatabase } from "../../../lib/services/alarms/facts/fact-source.ts";
import { listAlarms } from "../../../lib/services/alarms/list-alarms.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { setDrillPlan } from "../../../lib/services/drills/set-drill-plan.ts";
import { forgetStop, tellStopped } from "../../../lib/services/events/capture-stops.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

/** The clock that all machines share: here it is at the time of the look. */
const shared = vi.hoisted(() => ({ nowMs: 0 }));
vi.mock("../../../lib/db/store-time.ts", () => ({ storeNowMs: async () => BigInt(shared.nowMs) }));

const NOW = Date.parse("2026-11-21T12:00:00Z");
const HOUR = 3_600_000;
const STOP = { reason: "The disk is full.", remedy: "Make room.", sinceMs: NOW - 60_000 };
let metadataWorld: MetadataWorld;
let world: ScheduleWorld;
/** No two looks are at the same millisecond. */
let ticks = 0;

beforeAll(async () => {
  process.env.LASTGOOD_SMTP_URL = "smtp://127.0.0.1:1";
  process.env.LASTGOOD_ALARM_FROM = "Lastgood <alarms@lastgood.example>";
  metadataWorld = await openMetadataWorld();
});
afterAll(async () => {
  delete process.env.LASTGOOD_SMTP_URL;
  await metadataWorld.close();
});
beforeEach(async () => {
  await metadata().setting.deleteMany({ where: { key: { startsWith: "capture-stopped:" } } });
  await metadata().database.updateMany({ data: { state: "failed" } });
  world = await openScheduleWorld(metadataWorld);
});

const SEEN: SeenDatabase = { cluster: null, capturedThroughMs: NOW, gaps: [], deletes: [] };
const seenAs = (change: Partial<SeenDatabase> = {}, clockJumps: Seen["clockJumps"] = []): Seen => ({
  databases: new Map([[world.databaseId, { ...SEEN, ...change }]]),
  clockJumps,
});
const decide = (
  seen: Seen = seenAs(),
  {
    nowMs = NOW + ++ticks,
    agent = world.agent,
    sources,
  }: { nowMs?: number; agent?: typeof world.agent; sources?: FactSource[] } = {},
) => {
  shared.nowMs = nowMs;
  return decideAlarms(agentContext(agent.agentId, "alarms"), agent, { nowMs, seen, ...(sources && { sources }) });
};
const alarms = async (ctx: CallContext = world.owner) =>
  (await listAlarms(ctx, { namespace: world.of.namespace })).alarms.toReversed();
const states = async () => (await alarms()).map(({ kind, state }) => `${kind} ${state}`);
const events = async () => {
  const rows = await metadata().event.findMany({
    where: { namespaceId: world.namespaceId },
    orderBy: { createdAtMs: "asc" },
  });
  return rows.map(({ type }) => type).filter((type) => type.startsWith("alarm."));
};
const mails = () =>
  metadata().alarmMail.findMany({
    where: { namespaceId: world.namespaceId },
    orderBy: [{ createdAtMs: "asc" }, { recipient: "asc" }],
  });
const trail = async () =>
  (await metadataWorld.auditTrail())
    .filter(({ namespaceId, action }) => namespaceId === world.namespaceId && action.startsWith("alarm."))
    .map(({ action }) => action);

describe("one cause", () => {
  test("raises one alarm, audited and told to owners and admins, however often it is looked at", async () => {
    await tellStopped(world.databaseId, STOP);
    expect(await decide()).toMatchObject({ raised: 1, resolved: 0, failures: [] });
    expect(await decide()).toMatchObject({ raised: 0, resolved: 0 });
    const [alarm] = await alarms();
    expect(alarm).toMatchObject({
      kind: "capture_stopped",
      state: "raised",
      weight: "urgent",
      database: { id: world.databaseId, name: "shop" },
      text: `${STOP.reason} What is written meanwhile cannot be brought back.`,
      remedy: STOP.remedy,
      sinceMs: STOP.sinceMs,
      mails: { pending: 2 },
    });
    expect(await events()).toEqual(["alarm.raised"]);
    expect(await trail()).toEqual(["alarm.raised"]);
    const [first, second, ...others] = await mails();
    expect([first?.recipient, second?.recipient]).toEqual([
      `admin@${world.of.namespace}.example`,
      `owner@${world.of.namespace}.example`,
    ]);
    expect(others).toEqual([]);
    expect(first?.subject).toBe("[Lastgood] RAISED: Capture has stopped, shop");
    expect(first?.body).toContain(`What is written meanwhile cannot be brought back.\nWhat to do: ${STOP.remedy}`);
  });

  test("that is gone resolves its alarm, and raises another one when it comes back", async () => {
    await tellStopped(world.databaseId, STOP);
    await decide();
    await forgetStop(world.databaseId);
    expect(await decide()).toMatchObject({ raised: 0, resolved: 1 });
    await tellStopped(world.databaseId, STOP);
    await decide();
    expect(await states()).toEqual(["capture_stopped resolved", "capture_stopped raised"]);
    expect(await events()).toEqual(["alarm.raised", "alarm.resolved", "alarm.raised"]);
    expect((await alarms())[0]?.resolved).toMatchObject({ by: null, reason: "Its cause is gone." });
  });

  test("that a person resolved is not raised again while it stands, and is when it comes back", async () => {
    await tellStopped(world.databaseId, STOP);
    await decide();
    const [alarm] = await alarms();
    const of = { namespace: world.of.namespace, id: alarm?.id ?? "" };
    await resolveAlarm(world.owner, { ...of, reason: "The disk is being replaced." });
    expect(await decide()).toMatchObject({ raised: 0, resolved: 0 });
    expect(await states()).toEqual(["capture_stopped resolved"]);
    await forgetStop(world.databaseId);
    await decide();
    await tellStopped(world.databaseId, STOP);
    await decide();
    expect(await states()).toEqual(["capture_stopped resolved", "capture_stopped raised"]);
    expect(await trail()).toEqual(["alarm.raised", "alarm.resolve", "alarm.raised"]);
  });

  test("of a deleted database is no cause", async () => {
    await tellStopped(world.databaseId, STOP);
    await decide();
    const { of, owner } = world;
    await deleteDatabase(owner, { ...of, confirmName: "shop" });
    await decide({ databases: new Map(), clockJumps: [] });
    expect((await alarms())[0]).toMatchObject({ state: "resolved", resolved: { reason: "The database was deleted." } });
  });
});

describe("people", () => {
  test("acknowledge once, with a note, and resolve with a reason; each is told and audited", async () => {
    await tellStopped(world.databaseId, STOP);
    await decide();
    const [alarm] = await alarms();
    const of = { namespace: world.of.namespace, id: alarm?.id ?? "" };
    await expect(acknowledgeAlarm(world.viewer, { ...of, note: null })).rejects.toMatchObject({ code: "forbidden" });
    const known = await acknowledgeAlarm(world.member, { ...of, note: "On my way." });
    expect(known).toMatchObject({
      state: "acknowledged",
      acknowledged: { note: "On my way.", by: expect.stringContaining("member@") },
    });
    await expect(acknowledgeAlarm(world.owner, { ...of, note: null })).rejects.toMatchObject({ code: "conflict" });
    await expect(resolveAlarm(world.member, { ...of, reason: "x" })).rejects.toMatchObject({ code: "forbidden" });
    await resolveAlarm(world.owner, { ...of, reason: "A new disk is in." });
    await expect(resolveAlarm(world.owner, { ...of, reason: "x" })).rejects.toMatchObject({ code: "conflict" });
    expect(await events()).toEqual(["alarm.raised", "alarm.acknowledged", "alarm.resolved"]);
    expect((await mails()).map(({ subject }) => subject.split(" ")[1])).toEqual([
      "RAISED:",
      "RAISED:",
      "ACKNOWLEDGED:",
      "ACKNOWLEDGED:",
      "RESOLVED:",
      "RESOLVED:",
    ]);
    const other = await openScheduleWorld(metadataWorld);
    await expect(
      resolveAlarm(other.owner, { ...of, namespace: other.of.namespace, reason: "x" }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("what cannot be told", () => {
  test("resolves nothing: a database that did not answer, a window that could not be read, a source that throws", async () => {
    const gap = { fromMs: NOW - HOUR, toMs: NOW - HOUR + 30_000, reason: "nobody held the log." };
    await decide(seenAs({ gaps: [gap] }));
    await decide(seenAs({ gaps: null }));
    await decide({ databases: new Map(), clockJumps: [] });
    const broken: FactSource = { kinds: ["gap"], find: () => Promise.reject(new Error("no telling")) };
    const { failures } = await decide(seenAs(), { sources: [broken] });
    expect(failures).toMatchObject([{ kinds: ["gap"] }]);
    expect(await states()).toEqual(["gap raised"]);
    expect((await alarms())[0]?.text).toBe("Commits of 30 s are missing from the history: nobody held the log.");
    await decide(seenAs({ gaps: [] }));
    expect(await states()).toEqual(["gap resolved"]);
  });

  test("is decided by nobody but the newest run of the agent that owns the database", async () => {
    await tellStopped(world.databaseId, STOP);
    expect(await decide(seenAs(), { agent: { ...world.agent, epoch: world.agent.epoch - 1 } })).toMatchObject({
      raised: 0,
    });
    await decide();
    const other = { agentId: randomUUID(), epoch: 1 };
    const place = { region: "elsewhere", socketPath: "/nowhere" };
    await metadata().agent.create({
      data: { id: other.agentId, epoch: 1, seenAtMs: 1n, aliveAtMs: BigInt(NOW), ...place },
    });
    expect(await decide({ databases: new Map(), clockJumps: [] }, { agent: other })).toMatchObject({ resolved: 0 });
    expect(await states()).toEqual(["capture_stopped raised"]);
  });
});

describe("facts", () => {
  test("a drill that failed, until one passes", async () => {
    const add = (status: string, at: number) =>
      metadata().drill.create({
        data: {
          ...{ id: randomUUID(), databaseId: world.databaseId, trigger: "manual", aims: "[]", assertions: "[]" },
          ...{ status, errorMessage: "A page is damaged.", createdAtMs: BigInt(at), finishedAtMs: BigInt(at) },
        },
      });
    await add("failed", NOW - 2);
    await decide();
    expect((await alarms())[0]?.text).toBe("A restore into a throwaway did not work: A page is damaged.");
    await add("cancelled", NOW - 1);
    await decide();
    expect(await states()).toEqual(["drill_failed raised"]);
    await add("passed", NOW);
    await decide();
    expect(await states()).toEqual(["drill_failed resolved"]);
  });

  test("a drill that did not take place half a day after it was due", async () => {
    const plan = { active: true, cron: "30 3 * * *", zone: "UTC", aims: ["latest" as const], assertions: [] };
    await setDrillPlan(world.owner, { ...world.of, plan, version: 0 });
    const updatedAtMs = BigInt(NOW - 48 * HOUR);
    await metadata().drillPlan.update({ where: { databaseId: world.databaseId }, data: { updatedAtMs } });
    const dueMs = Date.parse("2026-11-21T03:30:00Z");
    const lastMs = BigInt(dueMs - 23 * HOUR);
    const row = { id: randomUUID(), databaseId: world.databaseId, trigger: "manual", aims: "[]", assertions: "[]" };
    await metadata().drill.create({ data: { ...row, status: "passed", createdAtMs: lastMs, finishedAtMs: lastMs } });
    expect(await decide(seenAs(), { nowMs: dueMs + 11 * HOUR })).toMatchObject({ raised: 0 });
    expect(await decide(seenAs(), { nowMs: dueMs + 12 * HOUR })).toMatchObject({ raised: 1 });
    expect(await states()).toEqual(["drill_overdue raised"]);
    // One that had no room is no proof either; the alarm says why.
    const id = randomUUID();
    const createdAtMs = BigInt(dueMs + 1);
    await metadata().drill.create({ data: { ...row, id, status: "queued", createdAtMs } });
    const means = { hasRoom: () => false } as unknown as DrillMeans;
    await runDrill(agentContext(world.agent.agentId, "drills"), id, means, quietRun());
    const skipped = await metadata().drill.findUniqueOrThrow({ where: { id } });
    expect(skipped).toMatchObject({ status: "skipped", errorCode: "storage_full", startedAtMs: null });
    await decide(seenAs(), { nowMs: dueMs + 13 * HOUR });
    expect((await alarms())[0]?.text).toBe(`A drill was due and skipped. ${skipped.errorMessage}`);
  });

  test("a schedule whose last run made no backup, until one does", async () => {
    const scheduleId = await world.add({}, "2026-11-20T12:00:00Z");
    const run = {
      scheduleId,
      dueMs: BigInt(NOW - HOUR),
      decidedAtMs: BigInt(NOW),
      because: "The database is not protected.",
    };
    await metadata().scheduleRun.create({ data: { id: randomUUID(), outcome: "skipped", ...run } });
    await decide();
    expect((await alarms())[0]?.text).toMatch(
      /^The schedule s-.* made no backup: The database is not protected\. It has made none so far\.$/,
    );
    await metadata().scheduleRun.create({ data: { id: randomUUID(), ...run, outcome: "started", dueMs: BigInt(NOW) } });
    await decide();
    expect(await states()).toEqual(["schedule_missed resolved"]);
  });

  test("a mass delete and a jump of the clock stay until a person resolves them, and are not raised again", async () => {
    const mark = {
      id: "m",
      kind: "delete" as const,
      timeMs: NOW - HOUR,
      bookmark: "b",
      txid: 9,
      before: null,
      commits: 1,
      throughMs: NOW - HOUR,
      exact: true,
    };
    const deletes = [
      { ...mark, words: "DELETE 80,346 rows", table: "orders", rows: 80_346 },
      { ...mark, txid: 10, words: "DELETE 9,999 rows", table: "carts", rows: 9_999 },
    ] as unknown as SeenDatabase["deletes"];
    const jump = { atMs: NOW, byMs: -90_000 };
    expect(await decide(seenAs({ deletes }, [jump]))).toMatchObject({ raised: 2 });
    expect(await decide()).toMatchObject({ raised: 0, resolved: 0 });
    expect(await states()).toEqual(expect.arrayContaining(["mass_delete raised", "clock_jump raised"]));
    const [alarm] = (await alarms()).filter(({ kind }) => kind === "mass_delete");
    await resolveAlarm(world.owner, { namespace: world.of.namespace, id: alarm?.id ?? "", reason: "Meant." });
    expect(await decide(seenAs({ deletes }))).toMatchObject({ raised: 0 });
    expect(await decide(seenAs({ deletes: null }))).toMatchObject({ raised: 0 });
    expect(await decide(seenAs({ deletes }))).toMatchObject({ raised: 0 });
  });

  test("rows that went in many small commits, once for what belongs together, and not beside the one commit that took them", async () => {
    const of = (minutes: number, rows: number, commits: number, table: string | null) => {
      const timeMs = NOW - HOUR + minutes * 60_000;
      const known = { kind: "delete", bookmark: "b", txid: minutes, before: null, exact: false, words: "DELETE" };
      return { ...known, id: `m${minutes}`, timeMs, throughMs: timeMs + 59_000, rows, commits, table };
    };
    const loop = [of(1, 12_000, 11_990, "orders"), of(3, 30_000, 30_000, "orders"), of(3, 40_000, 30_000, null)];
    const alone = [of(20, 50_000, 1, "carts"), of(20, 50_500, 400, "carts")];
    const deletes = [...loop, ...alone, of(30, 9_999, 9_999, "queue")] as unknown as SeenDatabase["deletes"];
    expect(await decide(seenAs({ deletes }))).toMatchObject({ raised: 2 });
    const texts = (await alarms()).map(({ text }) => text).sort();
    expect(texts).toEqual([
      "Many small commits took a lot away: DELETE 42,000 rows in 41,990 commits from orders within 3 min.",
      "One commit took a lot away: DELETE from carts.",
    ]);
    expect(await decide(seenAs({ deletes }))).toMatchObject({ raised: 0 });
  });

  test("a cluster's log that is behind, and not what hovers around the limit", async () => {
    const behind = (lagMs: number) => seenAs({ cluster: { slot: {}, lagMs, lagBytes: 9, zeroLoss: "off" } as never });
    expect(await decide(behind(59_000))).toMatchObject({ raised: 0 });
    expect(await decide(behind(61_000))).toMatchObject({ raised: 1 });
    expect(await decide(behind(30_000))).toMatchObject({ resolved: 0 });
    expect(await decide(behind(14_000))).toMatchObject({ resolved: 1 });
  });

  test("each cause of a cluster's being behind by itself, raised and resolved one by one", async () => {
    const cluster = { slot: { walStatus: "reserved" }, lagMs: 0, lagBytes: 9, zeroLoss: "on", liftedSinceMs: null };
    const seen = (more: object) => seenAs({ cluster: { ...cluster, ...more } as never });
    const late = { lagMs: 61_000 };
    const removed = { slot: { walStatus: "lost" } };
    const lifted = { zeroLoss: "lifted", liftedSinceMs: NOW - 61_000 };
    expect(await decide(seen(late))).toMatchObject({ raised: 1, resolved: 0 });
    expect(await decide(seen({ ...late, ...removed }))).toMatchObject({ raised: 1, resolved: 0 });
    expect(await decide(seen({ ...late, ...removed, ...lifted }))).toMatchObject({ raised: 1, resolved: 0 });
    expect((await alarms()).map(({ text }) => text.slice(0, 25)).sort()).toEqual([
      "Commits do not wait for t",
      "The log arrives more than",
      "The server has removed lo",
    ]);
    expect(await decide(seen(lifted))).toMatchObject({ raised: 0, resolved: 2 });
    expect(await decide(seen(removed))).toMatchObject({ raised: 1, resolved: 1 });
    expect(await decide(seen({}))).toMatchObject({ raised: 0, resolved: 1 });
  });

  test("another agent that is silent, told by whichever looks first", async () => {
    const silent = randomUUID();
    const place = { region: "cellar", socketPath: "/nowhere", epoch: 1, seenAtMs: 1n };
    await metadata().agent.create({ data: { id: silent, aliveAtMs: BigInt(NOW - 119_000), ...place } });
    const theirs = await metadataWorld.addDatabase(world.namespaceId, "ledger");
    await metadata().database.update({ where: { id: theirs }, data: { agentId: silent } });
    expect(await decide()).toMatchObject({ raised: 0 });
    // Two others of the store look at the same time.
    const rival = { agentId: randomUUID(), epoch: 1 };
    await metadata().agent.create({ data: { ...place, id: rival.agentId, aliveAtMs: BigInt(NOW) } });
    const nobodys: Seen = { databases: new Map(), clockJumps: [] };
    const looks = [decide(seenAs(), { nowMs: NOW + 2000 }), decide(nobodys, { nowMs: NOW + 2000, agent: rival })];
    const raised = (await Promise.all(looks)).map((one) => one.raised);
    expect(raised.reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(await events()).toEqual(["alarm.raised"]);
    expect((await alarms())[0]?.text).toBe("The agent in the region cellar is silent; it protects 1 database here.");
    // A machine enrolled in its place proves nothing before it runs.
    const enrolled = { aliveAtMs: 0n, enrolledAtMs: BigInt(NOW + 3000) };
    await metadata().agent.update({ where: { id: silent }, data: enrolled });
    expect(await decide(seenAs(), { nowMs: NOW + 4000 })).toMatchObject({ resolved: 0 });
    expect(await decide(seenAs(), { nowMs: NOW + 200_000 })).toMatchObject({ resolved: 0 });
    await metadata().agent.update({ where: { id: silent }, data: { aliveAtMs: BigInt(NOW + 200_000) } });
    expect(await decide(seenAs(), { nowMs: NOW + 201_000 })).toMatchObject({ resolved: 1 });
    await metadata()
      .agent.delete({ where: { id: silent } })
      .catch(() => undefined);
  });
});
