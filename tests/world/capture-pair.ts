import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CaptureStatus } from "../../lib/domain/capture.ts";
import { connectLines, type LinePeer } from "../../lib/engines/processes/line-socket.ts";
import type { AgentToReader, Flushed, HistoryNote, ReaderToAgent } from "../../lib/engines/sqlite/capture-protocol.ts";
import { writeRegistry } from "../../lib/engines/sqlite/registry.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";

const ENGINE = path.resolve(import.meta.dirname, "../../lib/engines/sqlite");
type Asking = LinePeer<AgentToReader, ReaderToAgent>;

/** Keepers and reader as real processes over a data directory of their own, without agent and console. */
export class CapturePair {
  readonly data = mkdtempSync(path.join(tmpdir(), "capture-"));
  readonly paths = runtimePaths(this.data);
  readonly keepers: ChildProcess[] = [];
  reader: ChildProcess | null = null;
  readonly #databases: { id: string; path: string; historyDirectory: string }[] = [];

  constructor() {
    mkdirSync(this.paths.run, { recursive: true });
    mkdirSync(this.paths.history, { recursive: true });
  }

  /** Puts a database into the registry; answers the directory of its history. */
  register(id: string, file: string): string {
    const historyDirectory = path.join(this.paths.history, id);
    this.#databases.push({ id, path: file, historyDirectory });
    this.#writeRegistry();
    return historyDirectory;
  }

  /** Takes a database out of the registry. */
  unregister(id: string): void {
    const at = this.#databases.findIndex((database) => database.id === id);
    if (at >= 0) this.#databases.splice(at, 1);
    this.#writeRegistry();
  }

  /** @param env more of the environment, as for a process that is to die at a point */
  startKeeper(env: Record<string, string> = {}): ChildProcess {
    const keeper = this.#start("keeper/main.ts", env);
    this.keepers.push(keeper);
    return keeper;
  }

  startReader(env: Record<string, string> = {}): ChildProcess {
    this.reader = this.#start("reader/main.ts", env);
    return this.reader;
  }

  /** Kills the reader as the kernel would, and waits until it is gone. */
  async killReader(): Promise<void> {
    if (this.reader) await killHard(this.reader);
  }

  /** Lets the reader end as it does in ordinary service; answers its exit code. */
  async endReader(): Promise<number | null> {
    if (!this.reader) return null;
    const exited = once(this.reader, "exit");
    this.reader.stdin?.end();
    await exited;
    return this.reader.exitCode;
  }

  async flush(database: string, watermark = false): Promise<Flushed> {
    return this.#ask((reader) => reader.ask("flush", { database, watermark }, 20_000));
  }

  async annotate(database: string, note: HistoryNote): Promise<{ txid: number }> {
    return this.#ask((reader) => reader.ask("annotate", { database, note }, 10_000));
  }

  async status(database: string): Promise<CaptureStatus | null> {
    const { databases } = await this.#ask((reader) => reader.ask("status", { databases: [database] }, 5000));
    return databases[0] ?? null;
  }

  /** Waits until the database is in this state; fails with its status when it does not come to it. */
  async until(database: string, state: CaptureStatus["state"], withinMs = 20_000): Promise<CaptureStatus> {
    const deadline = Date.now() + withinMs;
    let last: unknown = null;
    while (Date.now() < deadline) {
      try {
        const status = await this.status(database);
        if (status?.state === state) return status;
        last = status;
      } catch (error) {
        last = error;
      }
      await sleep(25);
    }
    throw new Error(`${database} did not become ${state}: ${JSON.stringify(last)}`);
  }

  /** Ends all of them, hard. */
  async close(): Promise<void> {
    await Promise.all([...this.keepers, ...(this.reader ? [this.reader] : [])].map(killHard));
  }

  #writeRegistry(): void {
    writeRegistry(this.paths.registry, {
      version: 1,
      databases: this.#databases.map((database) => ({ ...database, origin: "attached", windowDays: 30 })),
    });
  }

  #start(entry: string, env: Record<string, string>): ChildProcess {
    const level = process.env.CAPTURE_LOG ?? "error";
    return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path.join(ENGINE, entry)], {
      env: { ...process.env, LASTGOOD_DATA: this.data, LASTGOOD_LOG_LEVEL: level, ...env },
      stdio: ["pipe", "inherit", "inherit"],
    });
  }

  async #ask<T>(run: (reader: Asking) => Promise<T>): Promise<T> {
    const reader = await connectLines<AgentToReader, ReaderToAgent>(this.paths.readerSocket, { asks: {}, tells: {} });
    try {
      return await run(reader);
    } finally {
      reader.close();
    }
  }
}

async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
