import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase, RestoreAround } from "../../../lib/engines/engine.ts";
import { ForeignProgram } from "../../world/foreign-program.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

const FOREIGN = path.resolve(import.meta.dirname, "../../foreign");
const RESTORE_ONCE = path.resolve(import.meta.dirname, "../../world/restore-once.ts");

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

const alone: RestoreAround = { holdWritesMs: null, before: async () => undefined, after: async () => undefined };

/** Who has the write lock of a live database, as another process sees it. */
function writerOf(file: string): number | null {
  const report = execFileSync("python3", [path.join(FOREIGN, "lock_probe.py"), file], { encoding: "utf8" });
  return (JSON.parse(report) as { samples: { writer: number | null }[] }).samples[0]?.writer ?? null;
}

async function untilFree(file: string, withinMs: number): Promise<number> {
  const startedMs = performance.now();
  while (writerOf(file) !== null) {
    if (performance.now() - startedMs > withinMs) throw new Error("the write lock was never given back");
    await sleep(10);
  }
  return performance.now() - startedMs;
}

function numbersIn(file: string): number[] {
  const script =
    "import sqlite3,sys,json; print(json.dumps([n for (n,) in sqlite3.connect(sys.argv[1]).execute('select n from acked order by n')]))";
  return JSON.parse(execFileSync("python3", ["-c", script, file], { encoding: "utf8" })) as number[];
}

/** A database that a program writes without pause, and a moment of it. */
async function written(name: string): Promise<{
  file: string;
  db: ProtectedDatabase;
  writer: ForeignProgram;
  to: Bookmark;
}> {
  const file = world.file(name);
  const writer = new ForeignProgram("timed_writer.py", [file]);
  await writer.next();
  const db = await world.attach(file);
  await sleep(200);
  const { bookmark } = await world.engine.current(db);
  await sleep(200);
  return { file, db, writer, to: bookmark };
}

type Acked = { n: number; at: number };
type Ended = { ended: number; reads: number; slowestReadMs: number };

/** Ends the writer; everything that it said. */
async function ackedBy(writer: ForeignProgram): Promise<{ acked: Acked[]; ended: Ended }> {
  writer.process.stdin?.end();
  const acked: Acked[] = [];
  for (;;) {
    const line = await writer.next<Acked | Ended>();
    if ("ended" in line) return { acked, ended: line };
    acked.push(line);
  }
}

/** A restore, with the moments at which writes were held, and asked to go on. */
async function restoreHolding(
  db: ProtectedDatabase,
  to: Bookmark,
  holdWritesMs: number | null,
  holdFor: () => Promise<void>,
) {
  const run = quietRun();
  let heldMs = 0;
  let letGoMs = 0;
  const progress = (stage: string) => {
    if (stage === "apply" && heldMs === 0) heldMs = Date.now();
    if (stage !== "hold" || letGoMs > 0) return;
    letGoMs = Number.MAX_SAFE_INTEGER;
    void holdFor().then(() => {
      letGoMs = Date.now();
      run.cancel(new Error("let go"));
    });
  };
  const restored = await world.engine.restore(db, randomUUID(), to, { ...run, progress }, { ...alone, holdWritesMs });
  return { restored, heldMs, letGoMs };
}

describe("writes that are held around a restore", () => {
  test("nothing acknowledged since they are held is lost, readers go on, and writers go on when they are let go", {
    timeout: 60_000,
  }, async () => {
    const { file, db, writer, to } = await written("held.db");
    const { restored, heldMs, letGoMs } = await restoreHolding(db, to, 20_000, () => sleep(700));
    expect(letGoMs - heldMs).toBeGreaterThanOrEqual(700);
    expect(restored.timings.hold).toBeGreaterThanOrEqual(600);
    await sleep(300);
    const { acked, ended } = await ackedBy(writer);
    expect(acked.filter(({ at }) => at > heldMs && at < letGoMs)).toEqual([]);
    const after = acked.filter(({ at }) => at > heldMs).map(({ n }) => n);
    expect(after.length).toBeGreaterThan(10);
    const live = new Set(numbersIn(file));
    expect(after.filter((n) => !live.has(n))).toEqual([]);
    expect(live.size).toBeLessThan(acked.length);
    expect(ended.reads).toBeGreaterThan(100);
    // A reader that had to wait would have ended: it waits for nobody.
    expect(ended.slowestReadMs).toBeLessThan(5000);
  });

  test("writers go on right after the swap where nobody asked to hold them", { timeout: 60_000 }, async () => {
    const { db, writer, to } = await written("not-held.db");
    const { heldMs, restored } = await restoreHolding(db, to, null, () => Promise.resolve());
    expect(restored.timings.hold).toBeUndefined();
    await sleep(700);
    const { acked } = await ackedBy(writer);
    expect(acked.filter(({ at }) => at > heldMs && at < heldMs + 700).length).toBeGreaterThan(10);
  });

  test("the time ends by itself", { timeout: 60_000 }, async () => {
    const { db, writer, to, file } = await written("ends.db");
    writer.kill();
    const startedMs = performance.now();
    const { restored } = await restoreHolding(db, to, 1500, () => new Promise(() => undefined));
    expect(restored.timings.hold).toBeLessThan(1600);
    expect(performance.now() - startedMs).toBeGreaterThan(1400);
    expect(writerOf(file)).toBeNull();
  });

  test("a database whose lock somebody else keeps is left as it is, with a clear error", {
    timeout: 60_000,
  }, async () => {
    const file = world.file("busy.db");
    execFileSync("python3", [
      "-c",
      `import sqlite3; c=sqlite3.connect(${JSON.stringify(file)}); c.execute('pragma journal_mode=wal'); c.execute('create table acked(n integer primary key)')`,
    ]);
    const db = await world.attach(file);
    const { bookmark } = await world.engine.current(db);
    execFileSync("python3", [
      "-c",
      `import sqlite3; c=sqlite3.connect(${JSON.stringify(file)}); c.execute('insert into acked values(1)'); c.commit()`,
    ]);
    const before = await world.engine.current(db);
    const holder = spawn(
      "python3",
      [
        "-c",
        `import sqlite3,sys; c=sqlite3.connect(${JSON.stringify(file)}, isolation_level=None); c.execute('begin immediate'); print('held', flush=True); sys.stdin.read()`,
      ],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    const refused = world.engine.restore(db, randomUUID(), bookmark, quietRun(), { ...alone, holdWritesMs: 1000 });
    await expect(refused).rejects.toMatchObject({ code: "restore_conflict" });
    holder.stdin.end();
    await once(holder, "exit");
    expect((await world.engine.current(db)).bookmark).toBe(before.bookmark);
    expect(numbersIn(file)).toEqual([1]);
  });

  test("what is called before it may stop it, and what is called after it finds writes still held", {
    timeout: 60_000,
  }, async () => {
    const { file, db, writer, to } = await written("around.db");
    const refused = world.engine.restore(db, randomUUID(), to, quietRun(), {
      ...alone,
      before: () => Promise.reject(new LastgoodError("restore_failed", "The hook failed.")),
    });
    await expect(refused).rejects.toThrow("The hook failed.");
    const found: (number | null)[] = [];
    const around: RestoreAround = {
      holdWritesMs: 1000,
      before: async () => void found.push(writerOf(file)),
      after: async () => void found.push(writerOf(file)),
    };
    const writerPid = writer.process.pid;
    await world.engine.restore(db, randomUUID(), to, quietRun(), around);
    writer.kill();
    expect(found).toHaveLength(2);
    expect([null, writerPid]).toContain(found[0]);
    expect(found[1]).toBeGreaterThan(0);
    expect(found[1]).not.toBe(writerPid);
  });

  test("they cannot be held around a restore that copies the file back", { timeout: 60_000 }, async () => {
    const { db, writer, to } = await written("copied.db");
    const refused = world.engine.restore({ ...db, restoreWay: "backup" }, randomUUID(), to, quietRun(), {
      ...alone,
      holdWritesMs: 5000,
    });
    await expect(refused).rejects.toThrow("Writes cannot be held");
    writer.kill();
  });
});

describe.each(["killed", "stopped"] as const)("an agent that is %s while writes are held", (how) => {
  test("they go on without it, the restore stands, and its repeat changes nothing", { timeout: 60_000 }, async () => {
    const { file, db, writer, to } = await written(`${how}.db`);
    writer.kill();
    const holdWritesMs = how === "killed" ? 50_000 : 2500;
    const restoreId = randomUUID();
    const before = await world.engine.current(db);
    const input = JSON.stringify({ data: world.capture.data, db, restoreId, to, holdWritesMs });
    const agent = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", RESTORE_ONCE, input], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(agent, "exit");
    for await (const line of createInterface({ input: agent.stdout })) if (line === "hold") break;
    expect(writerOf(file)).toBeGreaterThan(0);
    agent.kill(how === "killed" ? "SIGKILL" : "SIGSTOP");
    const freeAfterMs = await untilFree(file, 10_000);
    expect(freeAfterMs).toBeLessThan(how === "killed" ? 2000 : 5000);
    agent.kill("SIGKILL");
    await exited;
    const restored = await world.engine.restore(db, restoreId, to, quietRun(), { ...alone, holdWritesMs });
    expect(restored.previous.bookmark).toBe(before.bookmark);
    expect((await world.engine.current(db)).bookmark).toBe(restored.restoreBookmark);
    await untilFree(file, 2000);
  });
});

test("the death of the process that holds them lets writers go on, and the restore ends well", {
  timeout: 60_000,
}, async () => {
  const { file, db, writer, to } = await written("holder.db");
  writer.kill();
  const { restored } = await restoreHolding(db, to, 50_000, async () => {
    const holder = writerOf(file);
    if (holder === null) throw new Error("nobody holds the lock");
    process.kill(holder, "SIGKILL");
    await untilFree(file, 2000);
    await new Promise(() => undefined);
  });
  expect((await world.engine.current(db)).bookmark).toBe(restored.restoreBookmark);
});
