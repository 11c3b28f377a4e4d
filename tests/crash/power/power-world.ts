import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { connectLines, type LinePeer } from "../../../lib/engines/processes/line-socket.ts";
import type { AgentToReader, ReaderToAgent } from "../../../lib/engines/sqlite/capture-protocol.ts";
import { readRegistry } from "../../../lib/engines/sqlite/registry.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { CuttableDisk, makeDiskFolder, removeDiskFolder } from "./cuttable-disk.ts";
import type { DriverTask } from "./engine-driver.ts";
import { LineProgram } from "./line-program.ts";
import { type DatabaseKind, PowerDatabase } from "./power-database.ts";
import { PowerSwitch } from "./power-switch.ts";
import { StopPipe } from "./stop-pipe.ts";

const ENGINE = path.resolve(import.meta.dirname, "../../../lib/engines/sqlite");
const PROTECTED_WITHIN_MS = 60_000;
const HEARD_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 15;
const DRIVER = path.join(import.meta.dirname, "engine-driver.ts");
const MOST_LOG_LINES = 4000;
const WARNINGS = "--disable-warning=ExperimentalWarning";

/** Which protection is left out, so that something must be lost. */
export type Control = "history sync" | "directory sync" | null;
const CONTROL_PRELOADS = {
  "history sync": "without-history-sync.ts",
  "directory sync": "without-directory-sync.ts",
} as const;
/** Where a process is to come to a stand, if at all. */
export type Stop = { place: string; visit: number } | null;
/** Database and history on one file system, or each on its own. */
export type Layout = "one" | "two";
/** Which of the file systems loses its power. With one of them they are all the same. */
export type CutOf = "both" | "database" | "history";
type Told = Record<string, unknown> & { about?: string };

let cacheFolder: string | null = null;

/** What the engine's processes compile is kept outside, for all worlds of this run: they start again after each cut. */
function compileCache(): string {
  if (cacheFolder === null) {
    const folder = makeDiskFolder();
    process.once("exit", () => removeDiskFolder(folder));
    cacheFolder = folder;
  }
  return cacheFolder;
}

/** Keepers, reader, an agent's work and foreign writers on file systems that are cut and come back. */
export class PowerWorld {
  readonly layout: Layout;
  readonly databases: PowerDatabase[] = [];
  readonly stateReader = LineProgram.python("state_reader.py");
  /** Files of the test itself: they outlive every cut. */
  readonly folder = makeDiskFolder();
  /** What the engine's processes logged last. */
  readonly log: string[] = [];
  readonly #power = new PowerSwitch();
  readonly #stops = new StopPipe(this.folder);
  readonly #databaseDisk: CuttableDisk;
  readonly #historyDisk: CuttableDisk;
  readonly #paths: ReturnType<typeof runtimePaths>;
  readonly #programs: string;
  readonly #seed: string;
  readonly #control: Control;
  #engine: LineProgram[] = [];
  #driver: LineProgram | null = null;
  /** The agent's part is started by its first task. */
  #startDriver: (() => LineProgram) | null = null;

  constructor(layout: Layout, seed: string, control: Control) {
    this.layout = layout;
    this.#seed = seed;
    this.#control = control;
    this.#historyDisk = new CuttableDisk(this.folder, "h");
    this.#databaseDisk = layout === "one" ? this.#historyDisk : new CuttableDisk(this.folder, "d");
    this.#paths = runtimePaths(path.join(this.#historyDisk.mount, "data"));
    this.#programs = path.join(this.#databaseDisk.mount, "programs");
    for (const folder of [this.#paths.run, this.#paths.history, this.#paths.hosted, this.#programs]) {
      mkdirSync(folder, { recursive: true });
    }
  }

  /** A database that is not protected yet. A foreign one is made by its writer, with so many bytes that never change. */
  async addDatabase(name: string, kind: DatabaseKind, fillBytes = 0): Promise<PowerDatabase> {
    const id = randomUUID();
    const isHosted = kind === "hosted";
    const file = isHosted ? path.join(this.#paths.hosted, `${id}.db`) : path.join(this.#programs, `${name}.db`);
    const origin = isHosted ? "hosted" : "attached";
    const db = { id, name, engine: "sqlite", origin, path: file, windowDays: 30 } as const;
    const added = new PowerDatabase(db, kind, path.join(this.#paths.history, id), this.#seed);
    await added.startWriter(fillBytes);
    this.databases.push(added);
    return added;
  }

  /** Starts everything as a machine does that has its power back; the writers wait for their word. */
  async start(stop: Stop): Promise<void> {
    const start = (file: string, preloads: readonly string[], args: readonly string[] = []) =>
      new LineProgram(process.execPath, [WARNINGS, file, ...args], this.#environment(preloads, stop), (line) =>
        this.#hear(line as Told),
      );
    const keeper = path.join(ENGINE, "keeper/main.ts");
    const left = this.#control === null ? [] : [CONTROL_PRELOADS[this.#control]];
    const reader = start(path.join(ENGINE, "reader/main.ts"), ["small-segments.ts", ...left]);
    this.#engine = [start(keeper, []), start(keeper, []), reader];
    this.#startDriver = () =>
      start(DRIVER, this.#control === "directory sync" ? left : [], [this.#paths.data, this.#programs]);
    await Promise.all(this.databases.map((database) => database.startWriter()));
  }

  /** A task for the agent's part; what it tells goes into what was heard of its database. */
  order(task: DriverTask): void {
    this.#driver ??= this.#startDriver?.() ?? null;
    this.#driver?.tell(task);
  }

  /** Databases that the registry does not hold as it was told to. */
  judgeRegistry(): string[] {
    const registered = readRegistry(this.#paths.registry).databases;
    return this.databases.flatMap(({ db, isProtected, heard }) => {
      const found = registered.find(({ id }) => id === db.id);
      if (isProtected && !found) return [`${db.name} was protected and is not registered`];
      const { windowDays } = heard;
      if (!found || windowDays === null || found.windowDays === windowDays) return [];
      // What was ordered last may have been done and not told.
      if (found.windowDays === windowDays + 1) return [];
      return [`${db.name} was registered with ${windowDays} days and has ${found.windowDays}`];
    });
  }

  /** Waits until something was heard. */
  async until(isHeard: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + HEARD_WITHIN_MS;
    while (!isHeard()) {
      const failures = this.databases.flatMap(({ heard }) => heard.failures);
      if (failures.length > 0) throw new Error(`not ${what}: ${failures.join("; ")}`);
      if (performance.now() > deadline) throw new Error(`not ${what} in time`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** From now on a process that comes to the place of this round stands still there. */
  armStop(): void {
    this.#stops.arm();
  }

  /** The place at which a process of the engine has come to a stand. */
  stopped(): Promise<string> {
    return this.#stops.next();
  }

  /** Waits until every commit of the protected databases is captured again; answers why one is not, or null. */
  async untilProtected(): Promise<string | null> {
    const deadline = performance.now() + PROTECTED_WITHIN_MS;
    const wanted = this.databases.filter(({ isProtected }) => isProtected).map(({ db }) => db.id);
    let seen = "no reader answers";
    while (performance.now() < deadline) {
      const { databases } = await this.ask((reader) => reader.ask("status", { databases: "all" }, 5000)).catch(() => ({
        databases: [],
      }));
      const states = wanted.map((id) => databases.find(({ databaseId }) => databaseId === id));
      if (states.every((status) => status?.state === "protected")) return null;
      const stopped = states.find((status) => status?.state === "stopped");
      if (stopped?.problem) return `capture is stopped: ${stopped.problem.cause}`;
      seen = JSON.stringify(states);
      await sleep(LOOK_EVERY_MS);
    }
    return `not protected: ${seen}`;
  }

  /** Everything committed is durable in the history; capture may have to begin once more before it can say so. */
  async flush({ db }: PowerDatabase): Promise<void> {
    for (const deadline = performance.now() + PROTECTED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
      try {
        await this.ask((reader) => reader.ask("flush", { database: db.id }, 20_000));
        return;
      } catch (error) {
        const mayPass = error instanceof LastgoodError && error.code === "not_protected";
        if (!mayPass || performance.now() > deadline) throw error;
      }
    }
  }

  async ask<T>(run: (reader: LinePeer<AgentToReader, ReaderToAgent>) => Promise<T>): Promise<T> {
    const { readerSocket } = this.#paths;
    const reader = await connectLines<AgentToReader, ReaderToAgent>(readerSocket, { asks: {}, tells: {} });
    try {
      return await run(reader);
    } finally {
      reader.close();
    }
  }

  /**
   * Cuts the power. The writers die first; the engine dies before the cut, or it goes on for a moment on disks that are
   * dead. Then the disks come back, and SQLite alone looks at what is left of the databases.
   */
  async cut(of: CutOf, order: "engine first" | "power first"): Promise<void> {
    const writers = this.databases.flatMap(({ writer }) => writer ?? []);
    const engine = [...this.#engine, ...(this.#driver ? [this.#driver] : [])];
    const disks = this.layout === "one" || of === "history" ? [this.#historyDisk] : this.#both(of);
    const groups = (programs: readonly LineProgram[]) => programs.map(({ group }) => group);
    const first = order === "engine first" ? [...writers, ...engine] : writers;
    const last = order === "engine first" ? [] : engine;
    await this.#power.cut({ mounts: disks.map(({ mount }) => mount), first: groups(first), last: groups(last) });
    await Promise.all([...writers, ...engine].map(({ silent }) => silent));
    this.#engine = [];
    this.#driver = null;
    this.#startDriver = null;
    for (const disk of disks) await disk.comeBack();
    this.#stops.renew();
    // What could not be done on a dead disk is no failure.
    for (const { heard } of this.databases) heard.failures = [];
    for (const database of this.databases) await database.lookAlone(this.stateReader, this.folder);
  }

  /** The first start: everything that was added becomes protected. */
  async protectAll(): Promise<void> {
    await this.start(null);
    for (const { db } of this.databases) this.order({ task: "protect", db });
    await this.until(() => this.databases.every(({ isProtected }) => isProtected), "protected");
  }

  get mounts(): string[] {
    return [...new Set([this.#historyDisk.mount, this.#databaseDisk.mount])];
  }

  /** The same as `remove` for a process that is ending itself. */
  removeNow(): void {
    for (const program of this.#running()) {
      try {
        process.kill(-program.group, "SIGKILL");
      } catch {
        // It has ended already.
      }
    }
    removeDiskFolder(this.folder);
  }

  /** Ends everything and removes the disks. Nothing of it is looked at any more. */
  async remove(): Promise<void> {
    const all = this.#running();
    await this.#power.cut({ mounts: [], first: all.map(({ group }) => group), last: [] });
    await Promise.all(all.map(({ silent }) => silent));
    this.stateReader.end();
    this.#power.end();
    this.#stops.close();
    removeDiskFolder(this.folder);
  }

  #running(): LineProgram[] {
    const writers = this.databases.flatMap(({ writer }) => writer ?? []);
    return [...writers, ...this.#engine, ...(this.#driver ? [this.#driver] : [])];
  }

  #both(of: CutOf): CuttableDisk[] {
    return of === "database" ? [this.#databaseDisk] : [this.#databaseDisk, this.#historyDisk];
  }

  #environment(preloads: readonly string[], stop: Stop): Record<string, string> {
    const files = [...preloads, "stop-at-point.ts"].map((name) => path.join(import.meta.dirname, name));
    return {
      LASTGOOD_DATA: this.#paths.data,
      NODE_COMPILE_CACHE: compileCache(),
      LASTGOOD_LOG_LEVEL: "debug",
      NODE_OPTIONS: files.map((file) => `--import=${pathToFileURL(file).href}`).join(" "),
      LASTGOOD_STOP_AT: JSON.stringify(stop && { ...stop, pipe: this.#stops.path, armed: this.#stops.armed }),
    };
  }

  #hear(told: Told): void {
    if (told.about === undefined) {
      if (this.log.push(JSON.stringify(told)) > MOST_LOG_LINES) this.log.splice(0, MOST_LOG_LINES / 2);
      return;
    }
    const database = this.databases.find(({ db }) => db.id === told.about);
    database?.hearDriver(told);
  }
}
