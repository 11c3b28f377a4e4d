import { lstatSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../../domain/assert.ts";
import type { CaptureStatus } from "../../../domain/capture.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { isUuid } from "../../../domain/names.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { CapturePause } from "../../engine-room.ts";
import type { Protected, ProtectSource, Removed } from "../../owned-engine.ts";
import { type RegisteredCluster, readClusterRegistry, writeClusterRegistry } from "../cluster-registry.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Hosted, HostOrder } from "../receiver-protocol.ts";
import { readAccess, removeAccess, writeAccess } from "./access-file.ts";
import { randomPassword } from "./password-verifier.ts";

const STATUS_WITHIN_MS = 5000;
const BEGIN_WITHIN_MS = 10 * 60_000;
const RELEASE_WITHIN_MS = 2 * 60_000;
const LOOK_EVERY_MS = 100;

/** The agent's side of protection: what it writes down for the receiver, and what it asks of it. */
export class ClusterCapture {
  readonly #context: PostgresContext;
  #pause: CapturePause | null = null;

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  /** Has no log received any more, of any cluster; null: it is again. */
  pause(why: CapturePause | null): void {
    if (this.#pause?.cause === why?.cause) return;
    const before = this.#pause;
    this.#pause = why;
    try {
      this.#change((clusters) => [...clusters]);
    } catch (error) {
      // It is tried again with the next look.
      this.#pause = before;
      throw error;
    }
  }

  /** As `Engine.status`. */
  async status(db: ProtectedDatabase): Promise<CaptureStatus> {
    const { receiver } = this.#context;
    try {
      const { status } = await receiver.ask("status", { database: db.id }, STATUS_WITHIN_MS);
      return status ?? notReceived(db.id, null);
    } catch (error) {
      return notReceived(db.id, error);
    }
  }

  /** As `OwnedEngine.protect`. */
  async protect(db: ProtectedDatabase, source: ProtectSource, run: Run): Promise<Protected> {
    run.progress("base", 0, 1);
    if (source.kind === "upload") {
      throw new LastgoodError("not_supported", "A PostgreSQL cluster is not made from an uploaded file.", {
        hint: "Make an empty one and restore a document into it, or attach the server.",
      });
    }
    const made = db.origin === "hosted" ? await this.#host(db, source) : await this.#attach(db, source);
    await this.#untilProtected(db, run);
    return made;
  }

  /** Has a hosted cluster made, registered before anything is done, so that a crash leaves nothing that nobody knows. */
  async host(db: ProtectedDatabase, order: Omit<HostOrder, "password"> & { password?: string }): Promise<Hosted> {
    this.register(db);
    const question = { ...order, password: order.password ?? randomPassword(), database: db.id };
    return this.#context.receiver.ask("host", question, BEGIN_WITHIN_MS);
  }

  /** As `OwnedEngine.register`. */
  register(db: ProtectedDatabase): void {
    this.#change((clusters) => [...clusters.filter(({ id }) => id !== db.id), this.#registered(db)]);
  }

  /** As `OwnedEngine.registerAll`. */
  registerAll(databases: readonly ProtectedDatabase[]): void {
    this.#change(() => databases.map((db) => this.#registered(db)));
  }

  /** As `OwnedEngine.release`. */
  async release(databaseId: string, run: Run | null): Promise<void> {
    this.#change((clusters) => clusters.filter(({ id }) => id !== databaseId));
    if (!run || !this.#isKnown(databaseId)) return;
    await this.#context.receiver.ask("released", { database: databaseId }, RELEASE_WITHIN_MS);
  }

  /** As `OwnedEngine.remove`. */
  async remove(databaseId: string, run: Run): Promise<Removed> {
    assert(isUuid(databaseId), "what is removed is named by an id");
    const places = this.#context.places({ id: databaseId });
    const removed = { files: 0, bytes: 0 };
    if (!this.#isKnown(databaseId)) return removed;
    for (const folder of [places.root, places.history]) removeFolder(folder, removed, run);
    removeAccess(places.access);
    return removed;
  }

  async #host(db: ProtectedDatabase, source: ProtectSource): Promise<Protected> {
    if (source.kind === "connection") {
      throw new LastgoodError("invalid_input", "A server that is there is attached, not hosted.");
    }
    // One that is there already, as after an undelete, keeps the passwords that people know.
    const password = source.kind === "existing" ? null : randomPassword();
    const hosted = await this.host(db, { from: null, appPassword: password, restoreId: null, origin: null });
    const { port, role: user, database, serverVersion } = hosted;
    if (password === null) return { restoreWay: "swap", serverVersion };
    const connection: ClusterConnection = {
      host: "127.0.0.1",
      port,
      user,
      password,
      database,
      sslMode: "disable",
    };
    return { restoreWay: "swap", serverVersion, connection };
  }

  async #attach(db: ProtectedDatabase, source: ProtectSource): Promise<Protected> {
    const { access } = this.#context.places(db);
    const before = readAccess(access);
    if (source.kind === "connection") writeAccess(access, source.connection);
    else if (!before) throw new LastgoodError("not_protected", `It is not known how ${db.name} is reached.`);
    this.register(db);
    try {
      const { serverVersion } = await this.#context.receiver.ask("attach", { database: db.id }, BEGIN_WITHIN_MS);
      return { restoreWay: "transfer", serverVersion };
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "attach_refused") {
        await this.release(db.id, null);
        if (!before) removeAccess(access);
      }
      throw error;
    }
  }

  async #untilProtected(db: ProtectedDatabase, run: Run): Promise<void> {
    for (;;) {
      run.signal.throwIfAborted();
      const { state, progress, problem, cluster } = await this.status(db);
      if (progress) run.progress("base", progress.done, progress.total);
      // It serves, and says of itself that nothing of it is kept.
      const serves = db.origin === "hosted" && cluster?.mode === "limited" ? cluster.server : null;
      if (serves === "running") return;
      if (state === "protected") return;
      if (state === "stopped" && problem && serves !== "starting") {
        throw new LastgoodError("not_protected", problem.cause, { hint: problem.remedy });
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: run.signal });
    }
  }

  /** Whether anything of a cluster by that id is, or was, here. */
  #isKnown(databaseId: string): boolean {
    const { root, access } = this.#context.places({ id: databaseId });
    return [root, access].some((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined);
  }

  #registered(db: ProtectedDatabase): RegisteredCluster {
    const { root, history, access } = this.#context.places(db);
    const { id, name, origin, windowDays, zeroLoss = false } = db;
    return { id, name, origin, windowDays, zeroLoss, root, history, access };
  }

  #change(change: (clusters: readonly RegisteredCluster[]) => RegisteredCluster[]): void {
    const { paths, programsFolder, receiver } = this.#context;
    const before = readClusterRegistry(paths.clusterRegistry);
    const clusters = change(before.clusters);
    const after = { version: 1 as const, programs: programsFolder, paused: this.#pause, clusters };
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    writeClusterRegistry(paths.clusterRegistry, after);
    void receiver.look();
  }
}

/** What is removed is a folder of ours and not behind a link. */
function removeFolder(folder: string, removed: Removed, { signal, progress }: Run): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found) return;
  signal.throwIfAborted();
  if (!found.isDirectory()) {
    throw new LastgoodError("conflict", `${folder} is not what Lastgood put there; nothing of it was removed.`, {
      hint: "Look at what it is. Once it is out of the way the removal goes on by itself.",
    });
  }
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    removed.files += 1;
    removed.bytes += lstatSync(path.join(entry.parentPath, entry.name)).size;
  }
  rmSync(folder, { recursive: true, force: true });
  progress("remove", removed.files, removed.files);
}

/** What is said of a cluster whose receiver does not answer, or knows nothing of it. */
function notReceived(databaseId: string, error: unknown): CaptureStatus {
  const known = error instanceof LastgoodError ? error : null;
  return {
    databaseId,
    state: error === null ? "starting" : "stopped",
    progress: null,
    problem:
      error === null
        ? null
        : {
            cause: known?.message ?? "The receiver does not answer.",
            remedy: known?.details.hint ?? "Check with GET /api/health that the receiver runs.",
          },
    last: null,
    capturedThroughMs: null,
    spare: false,
    databaseBytes: null,
    historyBytes: null,
  };
}
