import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import type { AgentLine } from "../../world/deciding-agent.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";
import { openScheduleWorld, type ScheduleWorld } from "../services/schedule-world.ts";

const PROGRAM = path.resolve(import.meta.dirname, "../../world/deciding-agent.ts");
const HOUR_MS = 3_600_000;

let metadataWorld: MetadataWorld;
let world: ScheduleWorld;
let second = "";
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
  world = await openScheduleWorld(metadataWorld);
  second = mkdtempSync(path.join(tmpdir(), "second-"));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(async () => {
  rmSync(second, { recursive: true, force: true });
  await metadataWorld.close();
});

type StartedAgent = Awaited<ReturnType<typeof startAgent>>;

/** A real agent of a data directory, in a process of its own; answers once it has registered. */
async function startAgent(data: string) {
  const secret = readFileSync(runtimePaths(metadataWorld.data).secret, "utf8").trim();
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, LASTGOOD_DATA: data, LASTGOOD_SECRET: secret },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines: AgentLine[] = [];
  const waiting = new Set<() => void>();
  if (!child.stdout) throw new Error("the agent is heard");
  createInterface({ input: child.stdout }).on("line", (text) => {
    lines.push(JSON.parse(text) as AgentLine);
    for (const look of waiting) look();
  });
  const agent = {
    lines,
    pid: child.pid ?? 0,
    /** Once what the agent has told holds. */
    until: (holds: (lines: readonly AgentLine[]) => boolean) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!holds(lines)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`the agent ended: ${JSON.stringify(lines.slice(-5))}`)));
        look();
      }),
  };
  ends.push(async () => {
    if (child.exitCode === null) process.kill(agent.pid, "SIGCONT");
    child.stdin?.end();
    await ended;
  });
  await agent.until((all) => all.some(({ is }) => is === "registered"));
  const [first] = lines;
  if (first?.is !== "registered") throw new Error("an agent registers first");
  return Object.assign(agent, { agentId: first.agentId, epoch: first.epoch });
}

/** Schedules of a database that are due once, now: their only run of this hour came due a moment ago. */
async function addDue(databaseId: string, count: number): Promise<string[]> {
  const now = Date.now();
  const dueMs = Math.floor(now / HOUR_MS) * HOUR_MS;
  const { namespaceId } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  const ids = Array.from({ length: count }, () => randomUUID());
  await metadata().schedule.createMany({
    data: ids.map((id) => ({
      id,
      namespaceId,
      databaseId,
      name: id,
      nameKey: id,
      kind: "physical",
      cron: "0 * * * *",
      zone: "UTC",
      decidedToMs: BigInt(dueMs - 1),
      createdAtMs: 1n,
      updatedAtMs: 1n,
    })),
  });
  return ids;
}

const ranBy = (agent: StartedAgent) => agent.lines.flatMap((line) => (line.is === "ran" ? [line.backupId] : []));
const decidedBy = (agent: StartedAgent) =>
  agent.lines.flatMap((line) => (line.is === "decided" ? [line.scheduleId] : []));
const backupsOf = async (schedules: readonly string[]) =>
  (await metadata().backup.findMany({ where: { scheduleId: { in: [...schedules] } } })).map(({ id }) => id);
const hasRun = (count: number) => (lines: readonly AgentLine[]) =>
  lines.filter(({ is }) => is === "ran").length >= count;

test("two agents on one store run each schedule of their own databases once, and none of the other's", async () => {
  const a = await startAgent(metadataWorld.data);
  const b = await startAgent(second);
  expect(b.agentId).not.toBe(a.agentId);
  const theirs = await metadataWorld.addDatabase(world.namespaceId, "theirs");
  await metadata().database.update({ where: { id: theirs }, data: { agentId: b.agentId } });
  const [ofA, ofB] = [await addDue(world.databaseId, 15), await addDue(theirs, 15)];
  await Promise.all([a.until(hasRun(15)), b.until(hasRun(15))]);
  expect([decidedBy(a).sort(), decidedBy(b).sort()]).toEqual([[...ofA].sort(), [...ofB].sort()]);
  expect([ranBy(a).sort(), ranBy(b).sort()]).toEqual([(await backupsOf(ofA)).sort(), (await backupsOf(ofB)).sort()]);
  const rows = await metadata().scheduleRun.findMany({ where: { scheduleId: { in: [...ofA, ...ofB] } } });
  expect(rows).toHaveLength(30);
});

test("an agent that stands still while another run takes its place decides on nothing and runs nothing once it wakes", async () => {
  const former = await startAgent(metadataWorld.data);
  const before = await addDue(world.databaseId, 10);
  // Stopped in the middle of its work, wherever that is.
  await former.until(hasRun(3));
  process.kill(former.pid, "SIGSTOP");
  const heir = await startAgent(metadataWorld.data);
  expect(heir).toMatchObject({ agentId: former.agentId, epoch: former.epoch + 1 });
  const meanwhile = await addDue(world.databaseId, 10);
  await heir.until((lines) => {
    const decided = lines.flatMap((line) => (line.is === "decided" ? [line.scheduleId] : []));
    return meanwhile.every((id) => decided.includes(id));
  });
  process.kill(former.pid, "SIGCONT");
  await former.until((lines) => lines.some(({ is }) => is === "superseded"));
  const afterwards = await addDue(world.databaseId, 10);
  const heirs = new Set([...meanwhile, ...afterwards]);
  await heir.until(
    (lines) => lines.filter((line) => line.is === "decided" && heirs.has(line.scheduleId)).length === 20,
  );
  // What it had begun before it was stopped it may have told a moment later; nothing of what came since is its own.
  expect(decidedBy(former).filter((id) => heirs.has(id))).toEqual([]);
  const ofHeir = new Set(await backupsOf([...heirs]));
  expect(ranBy(former).filter((id) => ofHeir.has(id))).toEqual([]);
  const all = [...before, ...heirs];
  expect(await metadata().scheduleRun.count({ where: { scheduleId: { in: all } } })).toBe(30);
  expect(await backupsOf(all)).toHaveLength(30);
});
