import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { quietRun, SqliteWorld } from "../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

function runForeign(file: string, sql: string): string {
  const script = `import sqlite3,sys
c=sqlite3.connect(sys.argv[1],timeout=10,isolation_level=None)
for s in sys.argv[2].split(";;"): r=c.execute(s).fetchall()
print(r)`;
  return execFileSync("python3", ["-c", script, file, sql], { encoding: "utf8" }).trim();
}

/** Starts a restore in a process of its own and kills it `afterMs` after it reached a stage, or lets it end. */
async function restoreAndKill(
  db: ProtectedDatabase,
  restoreId: string,
  to: Bookmark,
  kill: { stage: string; afterMs: number },
): Promise<"killed" | "ended"> {
  const input = JSON.stringify({ data: world.capture.data, db, restoreId, to });
  const script = path.resolve(import.meta.dirname, "../world/restore-once.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, input], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === kill.stage) setTimeout(() => child.kill("SIGKILL"), kill.afterMs);
  });
  const [, signal] = await exited;
  return signal === "SIGKILL" ? "killed" : "ended";
}

describe.each(["append", "backup"] as const)("an agent that is killed while it restores (%s way)", (restoreWay) => {
  test("the repeat under the same id completes it exactly once", { timeout: 280_000 }, async () => {
    const file = world.file(`${restoreWay}.db`);
    runForeign(file, "pragma journal_mode=wal;;create table t(a integer primary key, b)");
    const db: ProtectedDatabase = { ...(await world.attach(file)), restoreWay };
    const states: { bookmark: Bookmark; rows: string }[] = [];
    for (let i = 0; i < 5; i++) {
      runForeign(
        file,
        "insert into t(b) select randomblob(700) from (values (1), (2), (3), (4), (5), (6), (7), (8), (9))",
      );
      states.push({
        bookmark: (await world.engine.current(db)).bookmark,
        rows: runForeign(file, "select count(*), sum(length(b)), max(a) from t"),
      });
    }
    const outcomes = { killed: 0, ended: 0 };
    // Every second one is killed the moment it gets there, the others a little later, which may be too late.
    const kills = ["apply", "prepare", "check", "apply", "keep"].map((stage, round) => ({
      stage,
      afterMs: round % 2 === 0 ? 0 : Math.round(Math.random() * 150),
    }));
    for (const [round, kill] of kills.entries()) {
      const state = states[(round * 3) % states.length];
      if (!state) throw new Error("there are states");
      runForeign(file, "insert into t(b) values(1)");
      const before = await world.engine.current(db);
      const restoreId = randomUUID();
      outcomes[await restoreAndKill(db, restoreId, state.bookmark, kill)]++;
      await sleep(Math.random() * 100);
      const restored = await world.engine.restore(db, restoreId, state.bookmark, quietRun());
      const after = await world.engine.current(db);
      expect(runForeign(file, "select count(*), sum(length(b)), max(a) from t")).toBe(state.rows);
      expect(restored.previous.bookmark).toBe(before.bookmark);
      expect(restored.restoreBookmark).toBe(after.bookmark);
      expect(after.txid).toBe(before.txid + 1);
      expect(runForeign(file, "pragma integrity_check")).toBe("[('ok',)]");
    }
    expect(outcomes.killed).toBeGreaterThanOrEqual(2);
    expect((await world.engine.window(db)).gaps).toEqual([]);
  });
});
