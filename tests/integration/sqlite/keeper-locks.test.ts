import { execFile } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapturePair } from "../../world/capture-pair.ts";
import { untilKept } from "../../world/keeper-status.ts";

/* POSIX locks belong to a process and an inode: whoever holds SQLite connections must never open and close the file raw. */
const PROBE = path.resolve(import.meta.dirname, "../../foreign/lock_probe.py");
type Sample = { database: number | null; readMarks: (number | null)[] };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "locks-"));
  file = path.join(folder, "live.db");
  const maker = new DatabaseSync(file);
  maker.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1)");
  maker.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The locks on the file as another process sees them, sampled over some time. */
async function probe(times: number): Promise<Sample[]> {
  const { stdout } = await promisify(execFile)("python3", [PROBE, file, String(times), "0.01"]);
  return (JSON.parse(stdout) as { samples: Sample[] }).samples;
}

describe("the keeper's locks, seen from another process", () => {
  let world: CapturePair;
  beforeEach(() => {
    world = new CapturePair();
  });
  afterEach(async () => {
    await world.close();
    rmSync(world.data, { recursive: true, force: true });
  });

  it("stand without a break while databases come and go beside it and the log is checkpointed", async () => {
    world.register("kept", file);
    const keeper = world.startKeeper();
    world.startReader();
    await untilKept(world.paths.keeperSocket, "kept", ({ pinned }) => pinned);
    await world.until("kept", "protected");
    const probing = probe(300);
    for (let i = 0; i < 4; i++) {
      const other = path.join(folder, `other${i}.db`);
      const maker = new DatabaseSync(other);
      maker.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
      maker.close();
      world.register(`other${i}`, other);
      const app = new DatabaseSync(file, { timeout: 5000 });
      app.exec("INSERT INTO t VALUES (2)");
      app.close();
      await untilKept(world.paths.keeperSocket, `other${i}`, ({ pinned }) => pinned);
    }
    const samples = await probing;
    const unheld = samples.filter(
      ({ database, readMarks }) => database === null || readMarks.every((pid) => pid === null),
    );
    expect(unheld).toEqual([]);
    expect(samples.some(({ database }) => database === keeper.pid)).toBe(true);
  });
});

describe("a process that opens and closes a database raw beside its SQLite connection", () => {
  it("loses its locks, which the probe shows", async () => {
    const app = new DatabaseSync(file);
    app.exec("BEGIN; SELECT * FROM t");
    const [held] = await probe(1);
    expect(held?.database).toBe(process.pid);
    closeSync(openSync(file, "r"));
    const [dropped] = await probe(1);
    expect(dropped?.database).toBeNull();
    app.close();
  });
});
