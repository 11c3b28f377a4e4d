import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectLines, type LinePeer } from "../../../lib/engines/processes/line-socket.ts";
import type { KeeperStatus, KeeperToReader, ReaderToKeeper } from "../../../lib/engines/sqlite/capture-protocol.ts";
import { isBusy } from "../../../lib/engines/sqlite/wal/sqlite-busy.ts";
import { CapturePair } from "../../world/capture-pair.ts";
import { ForeignProgram } from "../../world/foreign-program.ts";
import { keeperStatus, untilKept } from "../../world/keeper-status.ts";

let world: CapturePair;
let folder: string;
let programs: ForeignProgram[] = [];
beforeEach(() => {
  world = new CapturePair();
  folder = mkdtempSync(path.join(tmpdir(), "kept-"));
});
afterEach(async () => {
  for (const program of programs) program.kill();
  programs = [];
  await world.close();
  for (const one of [world.data, folder]) rmSync(one, { recursive: true, force: true });
});

function makeDatabase(name: string, mode = "WAL"): string {
  const file = path.join(folder, `${name}.db`);
  const maker = new DatabaseSync(file);
  maker.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t(x); INSERT INTO t VALUES (1)`);
  maker.close();
  return file;
}

async function writeTo(file: string, ...args: string[]): Promise<ForeignProgram> {
  const writer = new ForeignProgram("counter_writer.py", [file, ...args]);
  programs.push(writer);
  await writer.next();
  return writer;
}

const isPinned = ({ pinned }: KeeperStatus) => pinned;
const isPaired = ({ pinned, spare }: KeeperStatus) => pinned && spare;
const kept = (id: string, isSo = isPinned) => untilKept(world.paths.keeperSocket, id, isSo);

async function ended(process: ChildProcess): Promise<number | null> {
  const exited = once(process, "exit");
  process.stdin?.end();
  await exited;
  return process.exitCode;
}

/** What a truncating checkpoint answers: 1 when somebody's hold prevented it. */
function truncate(file: string, timeoutMs: number): number {
  const other = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    return Number(other.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy);
  } finally {
    other.close();
  }
}

describe("a pair of keepers", () => {
  it("lets go in order: the spare takes over, and the last one to end leaves no log behind", async () => {
    const file = makeDatabase("kept");
    world.register("kept", file);
    const first = world.startKeeper();
    await kept("kept");
    const second = world.startKeeper();
    await kept("kept", isPaired);
    expect(await ended(first)).toBe(0);
    await untilKept(world.paths.keeperSocket, "kept", ({ pinned, spare }) => pinned && !spare);
    expect(existsSync(`${file}-wal`)).toBe(true);
    expect(await ended(second)).toBe(0);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  it("leaves an idle database alone", async () => {
    const file = makeDatabase("idle");
    world.register("idle", file);
    world.startKeeper();
    world.startReader();
    await kept("idle");
    world.startKeeper();
    await kept("idle", isPaired);
    await world.until("idle", "protected");
    await sleep(3000);
    const traces = () => [file, `${file}-wal`].map((one) => statSync(one).mtimeMs);
    const before = traces();
    await sleep(4000);
    expect(traces()).toEqual(before);
  });

  it("lets somebody else's TRUNCATE through, also on an idle database", async () => {
    const file = makeDatabase("idle");
    world.register("idle", file);
    world.startKeeper();
    world.startReader();
    await kept("idle");
    await world.until("idle", "protected");
    const app = new DatabaseSync(file);
    app.exec("INSERT INTO t VALUES (2)");
    const startedMs = Date.now();
    // In a program of its own: it waits for the keeper without a pause.
    const writer = await writeTo(file, "--truncate", "0.5", "--reopen", "0", "--pause", "0.01");
    await sleep(5000);
    const report = await writer.end<{ truncates: number; slowestMs: number }>();
    app.close();
    expect(report.truncates).toBeGreaterThan(0);
    expect(report.slowestMs).toBeLessThan(4000);
    expect(Date.now() - startedMs).toBeLessThan(20_000);
  });

  it("restarts the log of a busy database, so that it does not grow without bound", async () => {
    const file = makeDatabase("busy");
    world.register("busy", file);
    world.startKeeper();
    world.startReader();
    await kept("busy");
    await world.until("busy", "protected");
    const writer = await writeTo(file, "--pause", "0.001", "--truncate", "0", "--reopen", "0");
    await sleep(5000);
    const { acknowledged } = await writer.end<{ acknowledged: number }>();
    const framesWritten = acknowledged * 2;
    expect(statSync(`${file}-wal`).size).toBeLessThan((framesWritten * 4096) / 2);
  });

  it("is not held up by a spare that hangs, and no write is lost", async () => {
    const file = makeDatabase("busy");
    world.register("busy", file);
    world.startKeeper();
    world.startReader();
    await kept("busy");
    const spare = world.startKeeper();
    await kept("busy", isPaired);
    await world.until("busy", "protected");
    const writer = await writeTo(file, "--truncate", "0", "--reopen", "0");
    await sleep(500);
    spare.kill("SIGSTOP");
    await untilKept(world.paths.keeperSocket, "busy", ({ pinned, spare: held }) => pinned && !held);
    await sleep(1000);
    spare.kill("SIGCONT");
    await kept("busy", isPaired);
    const report = await writer.end<{ slowestMs: number; acknowledged: number }>();
    expect(report.slowestMs).toBeLessThan(2500);
    expect(report.acknowledged).toBeGreaterThan(100);
  });
});

/** SQLite changes the mode only for a connection that nobody shares the database with. */
function canLeaveWalMode(file: string): boolean {
  const connection = new DatabaseSync(file);
  try {
    return connection.prepare("PRAGMA journal_mode = DELETE").get()?.journal_mode === "delete";
  } catch (error) {
    if (!isBusy(error)) throw error;
    return false;
  } finally {
    connection.close();
  }
}

describe("a database that cannot be held", () => {
  it("says why, does not disturb the others, and is held as soon as it can be", async () => {
    const rollback = makeDatabase("rollback", "DELETE");
    const garbage = path.join(folder, "garbage.db");
    writeFileSync(garbage, "this is no database, but long enough to be looked at ".repeat(40));
    world.register("rollback", rollback);
    world.register("garbage", garbage);
    world.register("missing", path.join(folder, "missing.db"));
    world.register("sound", makeDatabase("sound"));
    world.startKeeper();
    await kept("sound");
    const problems = await Promise.all(
      ["rollback", "garbage", "missing"].map((id) =>
        untilKept(world.paths.keeperSocket, id, (s) => s.problem !== null),
      ),
    );
    expect(problems.map(({ problem }) => problem?.cause)).toEqual([
      "The database is in delete mode, not in WAL mode.",
      "The file is no SQLite database, or it is encrypted.",
      `There is no file ${path.join(folder, "missing.db")} any more.`,
    ]);
    expect(existsSync(path.join(folder, "missing.db"))).toBe(false);
    const app = new DatabaseSync(rollback);
    expect(app.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    app.exec("PRAGMA journal_mode = WAL");
    app.close();
    await kept("rollback");
  });

  it("is held anew when another file was moved into its place", async () => {
    const file = makeDatabase("deployed");
    world.register("deployed", file);
    world.startKeeper();
    await kept("deployed");
    const inode = statSync(`${file}-shm`).ino;
    const fresh = makeDatabase("fresh");
    for (const end of ["-wal", "-shm"]) rmSync(file + end);
    renameSync(fresh, file);
    await untilKept(
      world.paths.keeperSocket,
      "deployed",
      ({ pinned }) => pinned && existsSync(`${file}-shm`) && statSync(`${file}-shm`).ino !== inode,
    );
    expect(truncate(file, 0)).toBe(1);
  });

  it("is let go when it leaves the registry", async () => {
    const file = makeDatabase("leaving");
    world.register("leaving", file);
    world.startKeeper();
    await kept("leaving");
    world.startKeeper();
    await kept("leaving", isPaired);
    writeFileSync(world.paths.registry, JSON.stringify({ version: 1, databases: [] }));
    const deadlineMs = Date.now() + 8000;
    while (!canLeaveWalMode(file) && Date.now() < deadlineMs) await sleep(50);
    expect(canLeaveWalMode(file)).toBe(true);
    expect(await keeperStatus(world.paths.keeperSocket, "leaving")).toBeNull();
  });
});

describe("a hold for the reader", () => {
  let reader: LinePeer<ReaderToKeeper, KeeperToReader>;
  let file: string;
  beforeEach(async () => {
    file = makeDatabase("held");
    world.register("held", file);
    world.startKeeper();
    await kept("held");
    reader = await connectLines<ReaderToKeeper, KeeperToReader>(world.paths.keeperSocket, {
      asks: {
        copied: () => Promise.reject(new Error("this reader copies nothing")),
        near: () => Promise.reject(new Error("this reader copies nothing")),
      },
      tells: { welcome: () => undefined, pinned: () => undefined },
    });
    reader.tell("hello", { as: "reader" });
  });
  afterEach(() => reader.close());

  it("stands until it is released, and no checkpoint passes it", async () => {
    const { holdId } = await reader.ask("hold", { database: "held" }, 5000);
    const app = new DatabaseSync(file);
    app.exec("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (2)");
    expect(truncate(file, 0)).toBe(1);
    expect(await reader.ask("still", { database: "held", holdId }, 1000)).toMatchObject({ unbroken: true });
    reader.tell("release", { database: "held", holdId });
    expect(await reader.ask("still", { database: "held", holdId }, 1000)).toMatchObject({ unbroken: false });
    app.close();
  });

  it("is replaced by a second one of the same database", async () => {
    const first = await reader.ask("hold", { database: "held" }, 5000);
    const second = await reader.ask("hold", { database: "held" }, 5000);
    const unbroken = async (holdId: string) => (await reader.ask("still", { database: "held", holdId }, 1000)).unbroken;
    expect([await unbroken(first.holdId), await unbroken(second.holdId)]).toEqual([false, true]);
  });

  it("is broken when the files were replaced under it", async () => {
    const { holdId } = await reader.ask("hold", { database: "held" }, 5000);
    const fresh = makeDatabase("fresh");
    for (const end of ["-wal", "-shm"]) rmSync(file + end);
    renameSync(fresh, file);
    const deadlineMs = Date.now() + 8000;
    let unbroken = true;
    while (unbroken && Date.now() < deadlineMs) {
      ({ unbroken } = await reader.ask("still", { database: "held", holdId }, 1000));
      await sleep(50);
    }
    expect(unbroken).toBe(false);
  });

  it("of a database that is not held is refused with the cause", async () => {
    world.register("absent", path.join(folder, "absent.db"));
    await untilKept(world.paths.keeperSocket, "absent", (s) => s.problem !== null);
    await expect(reader.ask("hold", { database: "absent" }, 5000)).rejects.toMatchObject({ code: "not_protected" });
  });
});
