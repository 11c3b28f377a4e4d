import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterEach(() => visitPoints(null));
afterAll(() => world.close());

function asProgram(file: string, sql: string): unknown {
  const connection = new DatabaseSync(file, { timeout: 5000 });
  try {
    connection.exec(sql);
    return connection.prepare("SELECT group_concat(a) AS rows FROM t").get()?.rows;
  } finally {
    connection.close();
  }
}

/** A database with rows 1 and 2, and how it was with the first alone. */
async function attached(name: string) {
  const file = world.file(name);
  asProgram(file, "PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  const db: ProtectedDatabase = await world.attach(file);
  const target = await world.engine.current(db);
  asProgram(file, "INSERT INTO t VALUES (2)");
  const before = await world.engine.current(db);
  return { file, db, target, before, restoreId: randomUUID() };
}

/** Does something the first time a restore of this process comes to a point. */
function onceAt(point: string, act: () => void): void {
  visitPoints((name) => {
    if (name !== point) return;
    visitPoints(null);
    act();
  });
}

/** Kills the processes that this one started for a script; how many there were. */
function killChildren(script: string): number {
  const children = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isChild(pid, script));
  for (const pid of children) execFileSync("kill", ["-9", pid]);
  return children.length;
}

function isChild(pid: string, script: string): boolean {
  try {
    const parent = /^\d+ \(.*\) \w (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
    return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(script);
  } catch {
    // It has just ended.
    return false;
  }
}

describe("a restore that took place is told as done", () => {
  test("where the process that would compare it with what was asked for has died", { timeout: 60_000 }, async () => {
    const { file, db, target, before, restoreId } = await attached("unchecked.db");
    let killed = 0;
    onceAt("restore.applied", () => {
      killed = killChildren("content-child.ts");
    });
    const restored = await world.engine.restore(db, restoreId, target.bookmark, quietRun());
    expect(killed).toBeGreaterThan(0);
    const after = await world.engine.current(db);
    expect(restored).toMatchObject({ restoreBookmark: after.bookmark, previous: { bookmark: before.bookmark } });
    expect({ rows: asProgram(file, ""), commits: after.txid - before.txid }).toEqual({ rows: "1", commits: 1 });
  });

  test("where it is asked for again while the reader is not there yet", { timeout: 60_000 }, async () => {
    const { file, db, target, before, restoreId } = await attached("repeated.db");
    onceAt("restore.applied", () => {
      throw new Error("the agent ends here");
    });
    await expect(world.engine.restore(db, restoreId, target.bookmark, quietRun())).rejects.toThrow("ends here");
    await world.capture.killReader();
    const repeated = world.engine.restore(db, restoreId, target.bookmark, quietRun());
    repeated.catch(() => undefined);
    // Whoever asks only once has been refused long before this one serves its socket.
    world.capture.startReader();
    const restored = await repeated;
    const after = await world.engine.current(db);
    expect(restored).toMatchObject({ restoreBookmark: after.bookmark, previous: { bookmark: before.bookmark } });
    expect({ rows: asProgram(file, ""), commits: after.txid - before.txid }).toEqual({ rows: "1", commits: 1 });
  });
});
