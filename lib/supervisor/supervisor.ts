import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../domain/errors.ts";
import { type RuntimePaths, runtimePaths } from "../runtime-paths.ts";
import { awaitAgent, awaitHealth } from "./await-health.ts";
import { capturedDatabases, isCapturing, NOTHING_CAPTURED } from "./captured-databases.ts";
import { runInitialise } from "./initialise.ts";
import { takeInstanceLock } from "./instance-lock.ts";
import { awaitLeftovers } from "./leftovers.ts";
import { makeDirectories } from "./make-directories.ts";
import { ProcessLog } from "./process-log.ts";
import { PROJECT, processSpecs } from "./processes.ts";
import type { LineLevel } from "./readable-line.ts";
import type { SupervisorSettings } from "./settings.ts";
import { type ProcessEvents, SupervisedProcess } from "./supervised-process.ts";
import { readSupervisorRecord, type SupervisorRecord, writeSupervisorRecord } from "./supervisor-record.ts";
import type { Terminal } from "./terminal.ts";

const READY_PATIENCE_MS = 60_000;
const LEFTOVER_PATIENCE_MS = 12_000;
const REPEAT_AFTER_MS = 60_000;
const STORE_PAUSE_MS = 2000;

/**
 * All of Lastgood on one machine. Keepers and reader start at once; agent and console as soon as the metadata is
 * migrated. Ended in the order console, agent, reader, keepers, so that the last commits still reach the history.
 */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #terminal: Terminal;
  readonly #paths: RuntimePaths;
  readonly #logs: string;
  readonly #stopping = new AbortController();
  readonly #children: Record<string, number> = {};
  readonly #restarts: Record<string, number> = {};
  readonly #startedAtMs = Date.now();
  readonly #told = new Map<string, number>();
  readonly #displaced = Promise.withResolvers<void>();
  #processes: SupervisedProcess[] = [];
  #lock: { release(): void } | null = null;

  constructor(settings: SupervisorSettings, env: NodeJS.ProcessEnv, terminal: Terminal) {
    this.#settings = settings;
    this.#env = env;
    this.#terminal = terminal;
    this.#paths = runtimePaths(settings.data);
    this.#logs = path.join(settings.data, "logs");
  }

  get #recordFile(): string {
    return path.join(this.#paths.run, "supervisor.json");
  }

  /** Resolves once this data directory's agent counts no more: then all is to end, and not to be started again. */
  get displaced(): Promise<void> {
    return this.#displaced.promise;
  }

  /** Resolves when all is ready, or was told what is not; rejects when it cannot run at all. */
  async start(): Promise<void> {
    const startedMs = performance.now();
    await this.#takeDataDirectory();
    const specs = processSpecs(this.#settings, this.#env);
    this.#processes = specs.map(
      (spec) => new SupervisedProcess(spec, new ProcessLog(path.join(this.#logs, `${spec.name}.log`)), this.#events()),
    );
    const capturing = this.#processes.filter(({ spec }) => /^(keeper|reader)/.test(spec.name));
    for (const process of capturing.toReversed()) process.start();
    const initialised = await this.#initialise();
    if (initialised === null) return;
    const { setupUrl, warnings } = initialised;
    for (const warning of warnings) this.#terminal.notice("metadata", warning, "warning");
    if (this.#stopping.signal.aborted) return;
    for (const process of this.#processes.toReversed()) if (!capturing.includes(process)) process.start();
    await this.#announce(setupUrl, startedMs);
  }

  /**
   * While databases are being captured a metadata store that does not answer is waited for: capture needs none of it. Null
   * when it was stopped meanwhile.
   */
  async #initialise(): Promise<{ setupUrl: string | null; warnings: string[] } | null> {
    const log = new ProcessLog(path.join(this.#logs, "initialise.log"));
    while (!this.#stopping.signal.aborted) {
      try {
        return await runInitialise(this.#settings, this.#env, log);
      } catch (error) {
        if (this.#stopping.signal.aborted) return null;
        const isAway = error instanceof LastgoodError && error.code === "metadata_unavailable";
        if (!isAway || !isCapturing(capturedDatabases(this.#paths))) throw error;
        this.#noticeOnce("metadata", `${error.message} ${error.details.hint ?? ""}`, "error");
      }
      await sleep(STORE_PAUSE_MS);
    }
    return null;
  }

  async #announce(setupUrl: string | null, startedMs: number): Promise<void> {
    const { localUrl, url, data, processes } = this.#settings;
    const isAgent = processes === "agent";
    const waitUntilReady = (patienceMs: number) =>
      isAgent
        ? awaitAgent(this.#paths.agentSocket, patienceMs, this.#stopping.signal)
        : awaitHealth(localUrl, patienceMs, this.#stopping.signal);
    try {
      const missing = await waitUntilReady(READY_PATIENCE_MS);
      if (missing !== null) {
        const text = `Not ready after ${READY_PATIENCE_MS / 1000} s: ${missing}`;
        this.#terminal.failure(text, "It keeps trying. The logs tell which process does not come up.", this.#logs);
        await waitUntilReady(Number.POSITIVE_INFINITY);
      }
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      throw error;
    }
    this.#terminal.ready({
      url: isAgent ? null : url,
      setupUrl,
      data,
      logs: this.#logs,
      tookMs: performance.now() - startedMs,
    });
  }

  async #takeDataDirectory(): Promise<void> {
    makeDirectories(this.#paths.data, this.#paths.run, this.#logs);
    const last = readSupervisorRecord(this.#recordFile);
    this.#lock = takeInstanceLock(path.join(this.#paths.data, "instance.lock"), () =>
      last ? ` (${this.#settings.data}): process ${last.pid}, at ${last.url}` : ` (${this.#settings.data})`,
    );
    const hung = await awaitLeftovers(last?.children ?? {}, PROJECT, LEFTOVER_PATIENCE_MS);
    for (const name of hung)
      this.#terminal.notice(name, "was left over from an earlier start and had to be ended", "warning");
    this.#writeRecord();
  }

  #events(): ProcessEvents {
    return {
      started: (name, pid) => {
        this.#restarts[name] = (this.#restarts[name] ?? -1) + 1;
        this.#children[name] = pid;
        this.#writeRecord();
      },
      died: (name, how, delayMs) => {
        delete this.#children[name];
        this.#writeRecord();
        const again =
          delayMs < 1000
            ? "started again"
            : `will be started again in ${delayMs / 1000} s; its log is ${path.join(this.#logs, `${name}.log`)}`;
        this.#terminal.notice(name, `ended unexpectedly (${how}); ${again}`, delayMs < 1000 ? "warning" : "error");
      },
      endedForGood: () => this.#displaced.resolve(),
      line: (name, { level, text }) => {
        // While all is being ended, each notices that the others go.
        const worthTelling = this.#stopping.signal.aborted ? level === "error" : level !== "info";
        if (worthTelling && text.trim() !== "") this.#noticeOnce(name, text, level);
      },
    };
  }

  /** The same words of the same process are told again after a while only. */
  #noticeOnce(name: string, text: string, level: LineLevel): void {
    const nowMs = performance.now();
    const key = `${name} ${text}`;
    const toldMs = this.#told.get(key);
    if (toldMs !== undefined && nowMs - toldMs < REPEAT_AFTER_MS) return;
    if (this.#told.size > 1000) this.#told.clear();
    this.#told.set(key, nowMs);
    this.#terminal.notice(name, text, level);
  }

  #writeRecord(): void {
    const { url, localUrl } = this.#settings;
    const record: SupervisorRecord = {
      pid: process.pid,
      url,
      localUrl,
      startedAtMs: this.#startedAtMs,
      processes: this.#settings.processes,
      children: this.#children,
      restarts: this.#restarts,
    };
    writeSupervisorRecord(this.#recordFile, record);
  }

  /** Ends everything in order; each process gets its grace. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    const startedMs = performance.now();
    this.#terminal.stopping(this.#lock ? capturedDatabases(this.#paths) : NOTHING_CAPTURED);
    for (const process of this.#processes) await process.stop();
    this.#lock?.release();
    this.#terminal.stopped(performance.now() - startedMs);
  }

  /** Ends everything at once. Nothing acknowledged is lost: what counts is durable already. */
  killAll(): void {
    for (const process of this.#processes) process.kill();
  }
}
