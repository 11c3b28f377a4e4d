import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { CaptureClient } from "../../lib/engines/sqlite/capture-client.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { type RuntimePaths, runtimePaths } from "../../lib/runtime-paths.ts";
import { Keepers } from "./keepers.ts";
import { useMortalDisk } from "./mortal-disk.ts";
import { WriterProcess } from "./writer-process.ts";

/** Files in memory where the system has them: what is simulated are deaths of processes, not of disks. */
const MEMORY = "/dev/shm";

/** The processes that worlds have in common, one world after the other. */
export class Rig {
  readonly data: string;
  readonly paths: RuntimePaths;
  readonly programs: string;
  readonly keepers: Keepers;
  readonly client: CaptureClient;
  readonly engine: SqliteEngine;
  readonly writers = { a: new WriterProcess(), b: new WriterProcess() };
  readonly #useRealDisk = useMortalDisk();
  #worlds: string[] = [];

  constructor() {
    this.data = realpathSync(mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : tmpdir(), "sim-")));
    this.paths = runtimePaths(this.data);
    this.programs = path.join(this.data, "programs");
    for (const folder of [this.paths.run, this.paths.history, this.paths.temporary, this.programs]) {
      mkdirSync(folder, { recursive: true });
    }
    this.keepers = new Keepers(this.data);
    this.client = new CaptureClient(this.paths);
    this.engine = new SqliteEngine({
      paths: this.paths,
      attachRoots: [this.programs],
      log: pino({ level: process.env.SIM_LOG ?? "silent" }),
    });
  }

  async restartWriters(name: "a" | "b"): Promise<void> {
    await this.writers[name].kill();
    this.writers[name] = new WriterProcess();
  }

  /** Removes what worlds before the last one have left: the keepers let go of that one only now. */
  worldEnded(id: string): void {
    this.#worlds.push(id);
    while (this.#worlds.length > 1) this.#remove(this.#worlds.shift() ?? "");
  }

  async close(): Promise<void> {
    await this.engine.close();
    this.client.close();
    await Promise.all([this.keepers.endAll("kill"), this.writers.a.kill(), this.writers.b.kill()]);
    this.#useRealDisk();
    rmSync(this.data, { recursive: true, force: true });
  }

  #remove(id: string): void {
    rmSync(path.join(this.paths.history, id), { recursive: true, force: true });
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path.join(this.programs, `${id}.db${suffix}`), { force: true });
    rmSync(path.join(this.paths.temporary, "restores"), { recursive: true, force: true });
    mkdirSync(path.join(this.paths.temporary, "restores"), { recursive: true });
  }
}
