import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pino from "pino";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { Restored } from "../../../lib/domain/restore.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { SqliteEngine } from "../../../lib/engines/sqlite/sqlite-engine.ts";
import { CapturePair } from "../../world/capture-pair.ts";
import { keeperStatus, untilKept } from "../../world/keeper-status.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import type { Findings } from "./check-commits.ts";
import type { Arm } from "./kill-at-point.ts";
import { leaveOut, type Protection } from "./leave-out.ts";
import { NumberedDatabase } from "./numbered-database.ts";

const PRELOAD = pathToFileURL(path.join(import.meta.dirname, "kill-at-point.ts")).href;
const ENGINE = path.resolve(import.meta.dirname, "../../../lib/engines/sqlite");
const RESTORE_ONCE = path.resolve(import.meta.dirname, "../../world/restore-once.ts");
/** Commits after which a segment is sealed here. */
const SEAL_COMMITS = 25;
const BACK_WITHIN_MS = 60_000;
const TORN_WITHIN_MS = 1500;
const LOOK_MS = 20;

export type RestoreWish = {
  db: ProtectedDatabase;
  restoreId: string;
  to: Bookmark;
  holdWritesMs: number | null;
};

export type KillWorldOptions = {
  seed: number;
  /** One database each. */
  pageSizes: readonly number[];
  /** A protection that is left out, or null. */
  control: Protection | null;
};

/** Keepers, reader and foreign programs as processes, any of which can be made to die at a point. */
export class KillWorld {
  readonly pair = new CapturePair();
  readonly findings: Findings = { lost: [], halfway: [] };
  readonly databases: NumberedDatabase[] = [];
  readonly #folder = mkdtempSync(path.join(tmpdir(), "kills-"));
  readonly #env: Record<string, string>;
  readonly #seed: number;
  readonly #bringBack: () => void;
  #made = 0;

  constructor({ seed, control }: KillWorldOptions) {
    this.#seed = seed;
    // Repeated restores run in this process.
    this.#bringBack = control ? leaveOut(control) : () => undefined;
    this.#env = {
      NODE_OPTIONS: `--import=${PRELOAD} --disable-warning=ExperimentalWarning`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(tmpdir(), "lastgood-kills-compiled"),
      CRASH_FOLDER: this.#folder,
      CRASH_SEAL_COMMITS: String(SEAL_COMMITS),
      ...(control ? { CRASH_CONTROL: control } : {}),
    };
    const { hosted, temporary, uploads } = this.pair.paths;
    for (const folder of [hosted, temporary, uploads]) mkdirSync(folder, { recursive: true });
  }

  static async begin(options: KillWorldOptions): Promise<KillWorld> {
    const world = new KillWorld(options);
    world.startKeeper();
    world.startKeeper();
    world.startReader();
    for (const pageSize of options.pageSizes) {
      const database = await world.addDatabase(pageSize);
      await world.captured(database);
      world.databases.push(database);
    }
    await world.kept();
    return world;
  }

  startReader(arms: readonly Arm[] = []): ChildProcess {
    return this.pair.startReader(this.#armed(arms));
  }

  startKeeper(arms: readonly Arm[] = []): ChildProcess {
    return this.pair.startKeeper(this.#armed(arms));
  }

  get reader(): ChildProcess {
    if (!this.pair.reader) throw new Error("the reader was started");
    return this.pair.reader;
  }

  /** Keepers that live, the primary one first. */
  keepers(): ChildProcess[] {
    return this.pair.keepers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  }

  /** A foreign program with a database of its own, which is registered. */
  async addDatabase(pageSize: number, pauseSeconds = 0.025): Promise<NumberedDatabase> {
    const name = `d${++this.#made}`;
    const file = path.join(this.pair.data, `${name}.db`);
    const historyDirectory = path.join(this.pair.paths.history, name);
    const options = { pageSize, seed: this.#seed + this.#made, pauseSeconds };
    const database = new NumberedDatabase(file, historyDirectory, options, this.findings);
    await database.begun();
    this.pair.register(name, file);
    return database;
  }

  /** Waits until a new database is captured, and follows its history from then on. */
  async captured(database: NumberedDatabase): Promise<void> {
    await this.pair.until(database.id, "protected", BACK_WITHIN_MS);
    database.follow();
  }

  /** Ends a database that is no longer wanted. */
  async dropDatabase(database: NumberedDatabase): Promise<void> {
    await this.check(database);
    this.pair.unregister(database.id);
    await database.end();
  }

  /** Has a living process die at a point once it comes there. */
  arm({ pid }: ChildProcess, arm: Arm): void {
    const file = path.join(this.#folder, `${pid}.arm`);
    writeFileSync(`${file}.new`, JSON.stringify([arm]));
    renameSync(`${file}.new`, file);
  }

  /** Waits for a process's death at its point. False: it did not come there in time, and is ended. */
  async diesAt(child: ChildProcess, withinMs: number, meanwhile?: () => void): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    let dyingSince: number | null = null;
    while (child.exitCode === null && child.signalCode === null) {
      if (this.hasDied(child.pid)) dyingSince ??= performance.now();
      // It was to die within its next write, and there was none.
      if (dyingSince !== null && performance.now() - dyingSince > TORN_WITHIN_MS) await this.kill(child);
      if (dyingSince === null && performance.now() > deadline) await this.kill(child);
      meanwhile?.();
      await sleep(LOOK_MS);
    }
    return this.hasDied(child.pid);
  }

  hasDied(pid: number | undefined): boolean {
    return existsSync(path.join(this.#folder, `${pid}.died`));
  }

  /** Where processes died at a point so far, but for those that were asked about before. */
  takeDeaths(): string[] {
    const deaths: string[] = [];
    for (const name of readdirSync(this.#folder)) {
      if (!name.endsWith(".died")) continue;
      deaths.push(readFileSync(path.join(this.#folder, name), "utf8"));
      rmSync(path.join(this.#folder, name));
      rmSync(path.join(this.#folder, name.replace(".died", ".arm")), { force: true });
    }
    return deaths;
  }

  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Waits until both keepers hold every database. */
  async kept(): Promise<void> {
    for (const { id } of this.databases) {
      await untilKept(this.pair.paths.keeperSocket, id, ({ pinned, spare }) => pinned && spare, BACK_WITHIN_MS);
    }
  }

  /** Waits until neither keepers nor reader know a database any more. */
  async unwatched(id: string): Promise<void> {
    for (let isGone = false; !isGone; await sleep(LOOK_MS)) {
      isGone = (await keeperStatus(this.pair.paths.keeperSocket, id)) === null && (await this.pair.status(id)) === null;
    }
  }

  /** Everything acknowledged by now must be captured, and be what it was. */
  async check(database: NumberedDatabase): Promise<number> {
    const { acknowledged, checker } = database;
    if (!checker) throw new Error("the database is captured");
    const { txid, bookmark } = await this.#flush(database);
    // What the writer said before the answer has come by then.
    await nextTurn();
    await nextTurn();
    checker.advance(txid, acknowledged);
    if (checker.states[txid - 1]?.bookmark !== bookmark)
      this.findings.lost.push(`${database.id}: the answer named ${bookmark}`);
    return txid;
  }

  async checkAll(): Promise<void> {
    for (const database of this.databases) await this.check(database);
  }

  /** Runs a child of the engine that does one job; what it said last, or null when it died before. */
  async runJob(script: string, input: object, arms: readonly Arm[]): Promise<object | null> {
    const child = fork(path.join(ENGINE, script), [JSON.stringify(input)], {
      env: { ...process.env, ...this.#armed(arms) },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    let last: object | null = null;
    child.on("message", (message: object) => {
      last = message;
    });
    // It ends itself by a signal once it has answered; what it said is read to the end when it closes.
    await once(child, "close");
    return last;
  }

  /** Begins a restore in a process of its own, which is to die. */
  async dieRestoring(wish: RestoreWish, arms: readonly Arm[]): Promise<void> {
    const child = fork(RESTORE_ONCE, [JSON.stringify({ data: this.pair.data, ...wish })], {
      env: { ...process.env, ...this.#armed(arms) },
      stdio: ["ignore", "ignore", process.env.CAPTURE_LOG ? "inherit" : "ignore", "ipc"],
    });
    await once(child, "exit");
  }

  /** Restores by an agent that knows nothing of any earlier try; a child of it may be to die. */
  async restore({ db, restoreId, to, holdWritesMs }: RestoreWish, arms: readonly Arm[]): Promise<Restored> {
    const before = { ...process.env };
    // Its children get it from there.
    Object.assign(process.env, this.#armed(arms));
    const engine = new SqliteEngine({ paths: this.pair.paths, attachRoots: [], log: pino({ level: "silent" }) });
    try {
      const around = { holdWritesMs, before: async () => undefined, after: async () => undefined };
      return await engine.restore(db, restoreId, to, quietRun(), around);
    } finally {
      await engine.close();
      for (const name of Object.keys(this.#armed(arms))) {
        delete process.env[name];
        if (before[name] !== undefined) process.env[name] = before[name];
      }
    }
  }

  get isBroken(): boolean {
    return this.findings.lost.length + this.findings.halfway.length > 0;
  }

  /** Everything is read once more from its beginning, and the live databases are what their histories end with. */
  async finish(): Promise<void> {
    for (const database of this.databases) {
      await database.tell("pause");
      await this.check(database);
      const { sha, check } = await database.tell("digest");
      const { id, checker, historyDirectory } = database;
      if (check !== "ok") this.findings.halfway.push(`${id}: ${check}`);
      if (sha !== checker?.newestSha()) this.findings.lost.push(`${id}: the history does not end with the live state`);
      checker?.recheck();
      verifyHistory(historyDirectory);
      await database.end();
    }
  }

  /** @param isKept leaves the files for whoever looks for the cause */
  async close(isKept = false): Promise<void> {
    for (const database of this.databases) database.kill();
    await this.pair.close();
    this.#bringBack();
    if (isKept) process.stdout.write(`kept: ${this.pair.data}\n`);
    else rmSync(this.pair.data, { recursive: true, force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #armed(arms: readonly Arm[]): Record<string, string> {
    return { ...this.#env, CRASH_ARMS: JSON.stringify(arms) };
  }

  async #flush(database: NumberedDatabase): Promise<{ txid: number; bookmark: string }> {
    const deadline = performance.now() + BACK_WITHIN_MS;
    for (;;) {
      try {
        return await this.pair.flush(database.id);
      } catch (error) {
        // The reader is on its way back.
        if (performance.now() > deadline) throw new Error(`${database.id} is not captured again: ${String(error)}`);
      }
      await sleep(LOOK_MS);
    }
  }
}
