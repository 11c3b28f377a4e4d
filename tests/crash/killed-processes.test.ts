import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { readSupervisorRecord } from "../../lib/supervisor/supervisor-record.ts";
import { attachFile, callApi } from "../world/call-api.ts";
import { ForeignProgram } from "../world/foreign-program.ts";
import { type CountedCommit, readCounters } from "../world/read-counters.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

const KILLS = Number(process.env.LASTGOOD_TEST_KILLS ?? 2);

let lastgood: StartedLastgood;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "killed-"));
  lastgood = await startLastgood();
});
afterAll(async () => {
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, condition: () => Promise<boolean>, patienceMs = 30_000): Promise<void> {
  for (const endMs = performance.now() + patienceMs; !(await condition()); await sleep(50)) {
    if (performance.now() > endMs) throw new Error(`waited in vain: ${what}`);
  }
}

async function isProtectedByAll(name: string): Promise<boolean> {
  const answer = await callApi<DatabaseView>(lastgood, `/databases/${name}`).catch(() => null);
  return answer?.body.capture?.state === "protected" && answer.body.capture.spare;
}

async function kill(process_: string): Promise<void> {
  await until(`${process_} runs`, async () => lastgood.pidOf(process_) !== null);
  const pid = lastgood.pidOf(process_) ?? 0;
  process.kill(pid, "SIGKILL");
  await until(`${process_} was started again`, async () => ![pid, null].includes(lastgood.pidOf(process_)));
}

/** What changes whenever the log begins anew: its salts, in hexadecimal; empty while it has been truncated. */
function readLogSalts(file: string): string {
  return readFileSync(`${file}-wal`).subarray(16, 24).toString("hex");
}

/** Where a number does not follow the one before it. */
function findHoles(counted: readonly CountedCommit[]): (CountedCommit & { before: number | null })[] {
  return counted.flatMap((commit, i) => {
    const before = counted[i - 1]?.counter ?? null;
    const follows = before === null || commit.counter === before || commit.counter === before + 1;
    return follows ? [] : [{ ...commit, before }];
  });
}

describe.each(["reader", "keeper-a", "keeper-b", "agent", "console"])("kill -9 of %s under write load", (victim) => {
  it("costs no commit of an attached database and makes no gap", { timeout: 60_000 + KILLS * 20_000 }, async () => {
    const file = path.join(folder, `${victim}.db`);
    const writer = new ForeignProgram("counter_writer.py", [file, "--pause", "0.002"]);
    await writer.next();
    const id = await attachFile(lastgood, victim, file);
    await until("both keepers hold it", () => isProtectedByAll(victim));
    for (let i = 0; i < KILLS; i++) {
      await sleep(200 + Math.random() * 400);
      await kill(victim);
      await lastgood.ready();
      await until("both keepers hold it again", () => isProtectedByAll(victim));
    }
    const { acknowledged } = await writer.end<{ acknowledged: number }>();
    await callApi(lastgood, `/databases/${victim}/bookmark`);

    const history = openHistory(path.join(runtimePaths(lastgood.data).history, id));
    try {
      const commits = [...readCounters(history)];
      const counted = commits.filter(({ counter }) => counter !== null);
      expect(findHoles(counted)).toEqual([]);
      expect(counted.at(-1)?.counter).toBe(acknowledged);
      expect(counted.length).toBeGreaterThan(50);
      expect(history.gaps()).toEqual([]);
    } finally {
      history.close();
    }
    const window = await callApi<{ gaps: unknown[] }>(lastgood, `/databases/${victim}/window`);
    expect(window.body.gaps).toEqual([]);
    await callApi(lastgood, `/databases/${victim}`, { method: "DELETE" });
  });
});

// The control of the cases above: the same check, where nobody held the log, has to find a hole.
describe("kill -9 of both keepers, reader and agent, with nobody to restart them", () => {
  it("costs exactly one reported gap, keeps the last state, and the console tells of it", {
    timeout: 120_000,
  }, async () => {
    const file = path.join(folder, "everything.db");
    const writer = new ForeignProgram("counter_writer.py", [file, "--pause", "0.002", "--truncate", "0.3"]);
    await writer.next();
    const id = await attachFile(lastgood, "everything", file);
    await until("both keepers hold it", () => isProtectedByAll("everything"));
    const supervisor = readSupervisorRecord(path.join(runtimePaths(lastgood.data).run, "supervisor.json"))?.pid ?? 0;
    expect(supervisor).toBeGreaterThan(0);
    const pids = ["reader", "keeper-a", "keeper-b", "agent"].map((name) => lastgood.pidOf(name));
    process.kill(supervisor, "SIGSTOP");
    const seen = new Set<string>();
    for (const pid of pids) if (pid !== null) process.kill(pid, "SIGKILL");
    const isSeveral = async () => {
      const salts = readLogSalts(file);
      return salts !== "" && seen.add(salts).size > 2;
    };
    await until("the log begins anew twice with nobody there", isSeveral);
    process.kill(supervisor, "SIGCONT");
    await lastgood.ready();
    await until("it is protected again", () => isProtectedByAll("everything"));
    await sleep(500);
    const { acknowledged } = await writer.end<{ acknowledged: number }>();
    await callApi(lastgood, "/databases/everything/bookmark");

    const history = openHistory(path.join(runtimePaths(lastgood.data).history, id));
    try {
      const commits = [...readCounters(history)].filter(({ counter }) => counter !== null);
      expect(commits.at(-1)?.counter).toBe(acknowledged);
      const holes = findHoles(commits);
      expect(holes).toHaveLength(1);
      expect(holes[0]?.gapFromMs).not.toBeNull();
      expect(history.gaps()).toHaveLength(1);
    } finally {
      history.close();
    }
    const window = await callApi<{ gaps: unknown[] }>(lastgood, "/databases/everything/window");
    expect(window.body.gaps).toHaveLength(1);
  });
});
