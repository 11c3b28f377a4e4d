import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DatabaseView } from "../lib/client/api-types.ts";
import { CaptureClient } from "../lib/engines/sqlite/capture-client.ts";
import { type RuntimePaths, runtimePaths } from "../lib/runtime-paths.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { prepareBenchTables } from "./shop-writer.ts";
import { WriterPairs } from "./writer-pairs.ts";

export type BenchOptions = {
  /** Of one run of a writer. */
  seconds: number;
  /** Pairs of runs, with and without. */
  rounds: number;
  /** Of the databases that are restored and copied, 10^9 bytes. */
  sizesGb: readonly number[];
  /** Of the history in which moments are looked up. */
  commits: number;
};

export type BenchDatabase = { id: string; path: string };

const SETTLE_WITHIN_MS = 120_000;

/** A whole Lastgood (two keepers, reader, agent, console) for the measurements, and what they need beside it. */
export class BenchWorld {
  readonly options: BenchOptions;
  lastgood: StartedLastgood;
  readonly paths: RuntimePaths;
  capture: CaptureClient;
  /** Where the databases of the measurements are; may be attached from. */
  readonly folder: string;
  /** Writers on a captured file and on a plain one in turns; runs are shared between measurements. */
  readonly pairs: WriterPairs;

  static async start(options: BenchOptions): Promise<BenchWorld> {
    const folder = mkdtempSync(path.join(tmpdir(), "lastgood-bench-"));
    return new BenchWorld(options, folder, await startLastgood({ env: { LASTGOOD_ATTACH_ROOTS: folder } }));
  }

  private constructor(options: BenchOptions, folder: string, lastgood: StartedLastgood) {
    this.options = options;
    this.folder = folder;
    this.lastgood = lastgood;
    this.paths = runtimePaths(lastgood.data);
    this.capture = new CaptureClient(this.paths);
    this.pairs = new WriterPairs(this);
  }

  /** Calls the API below the namespace, `/databases/…`; a body makes it a POST. */
  async call<T>(route: string, body?: unknown, method = body === undefined ? "GET" : "POST"): Promise<T> {
    const { url, namespace, token } = this.lastgood;
    const answer = await fetch(`${url}/api/namespaces/${namespace}${route}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${route} answered ${answer.status}: ${text}`);
    return (text === "" ? null : JSON.parse(text)) as T;
  }

  /** Makes a database with the writer's tables and `extraBytes` of random blobs, and has it captured. */
  async attach(name: string, extraBytes = 0): Promise<BenchDatabase> {
    const file = this.makeFile(name, extraBytes);
    const { id } = await this.call<DatabaseView>("/databases", { name, engine: "sqlite", attach: { path: file } });
    await this.settle(id);
    return { id, path: file };
  }

  /** The same without capture. */
  makeFile(name: string, extraBytes = 0): string {
    const file = path.join(this.folder, `${name}.db`);
    prepareBenchTables(file);
    if (extraBytes > 0) addBlobs(file, extraBytes);
    return file;
  }

  /** Waits until everything committed by now is durable in the history. */
  async settle(id: string): Promise<void> {
    await this.capture.flush(id, false, SETTLE_WITHIN_MS);
  }

  /** Directory of a database's history. */
  historyOf(id: string): string {
    return path.join(this.paths.history, id);
  }

  /** Stops the Lastgood, and starts it again on the same data once `meanwhile` is done. */
  async restart(meanwhile: () => Promise<void>): Promise<void> {
    this.capture.close();
    const { data, token } = this.lastgood;
    await this.lastgood.stop();
    await meanwhile();
    const again = await startLastgood({ data, env: { LASTGOOD_ATTACH_ROOTS: this.folder } });
    // A token is made on the first start only.
    this.lastgood = { ...again, token };
    this.capture = new CaptureClient(this.paths);
  }

  async close(): Promise<void> {
    this.capture.close();
    await this.lastgood.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function addBlobs(file: string, bytes: number): void {
  const rows = Math.ceil(bytes / 3900);
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE archive (id INTEGER PRIMARY KEY, body BLOB);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO archive (body) SELECT randomblob(3900) FROM n; PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
}
