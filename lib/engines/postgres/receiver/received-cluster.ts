import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { Logger } from "pino";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { type KeptBase, listBases } from "../bases/base-record.ts";
import { takeBase } from "../bases/take-base.ts";
import type { ClusterPlaces } from "../cluster.ts";
import type { RegisteredCluster } from "../cluster-registry.ts";
import { beginStretch, current, emptyHistory, nextIncarnation } from "../history/begin-stretch.ts";
import { readCapturedThrough, writeCapturedThrough } from "../history/captured-through.ts";
import {
  type ClusterHistory,
  incarnationFolders,
  readClusterHistory,
  writeClusterHistory,
} from "../history/cluster-history.ts";
import { FLUSH_PREFIX, RESTORE_PREFIX } from "../history/flush-message.ts";
import { type PostgresPrograms, requirePrograms } from "../programs/find-programs.ts";
import type { Hosted, HostOrder } from "../receiver-protocol.ts";
import { readAccess } from "./access-file.ts";
import { BaseSchedule } from "./base-schedule.ts";
import { ClusterSampler, type Sample } from "./cluster-sampler.ts";
import { ClusterStream } from "./cluster-stream.ts";
import { ClusterSwaps } from "./cluster-swaps.ts";
import { folderBytes } from "./folder-bytes.ts";
import { APP, makeApp, setRolePassword } from "./make-cluster.ts";
import { OneAfterAnother } from "./one-after-another.ts";
import { type Session, withSession } from "./open-session.ts";
import { prepareHosted } from "./prepare-hosted.ts";
import { dropSlot, makeSlot, slotName } from "./replication-slot.ts";
import { readClusterBytes, readLogEnd, readServerFacts } from "./server-facts.ts";
import { ServingCluster } from "./serving-cluster.ts";
import { ZeroLoss } from "./zero-loss.ts";

const LOOK_EVERY_MS = 1000;
const INDEX_EVERY_MS = 3000;
const SIZE_EVERY_MS = 30_000;
const STREAM_WITHIN_MS = 30_000;

export type ReceivedClusterOrder = {
  registered: RegisteredCluster;
  /** Of the registry. */
  programs: string | null;
  /** Ports of all hosted clusters, running or not. */
  takenPorts(): ReadonlySet<number>;
  log: Logger;
};

/** One cluster of the registry: kept running where it is hosted, received, and everything that is done to it one after the other. */
export class ReceivedCluster {
  registered: RegisteredCluster;
  readonly places: ClusterPlaces;
  readonly sampler = new ClusterSampler();
  readonly queue = new OneAfterAnother();
  readonly swaps = new ClusterSwaps(this);
  readonly #bases = new OneAfterAnother();
  readonly #schedule = new BaseSchedule();
  readonly #order: ReceivedClusterOrder;
  readonly log: Logger;
  stream: ClusterStream | null = null;
  sample: Sample | null = null;
  /** Why it does not go on; null while it does. */
  problem: { error: LastgoodError; sinceMs: number } | null = null;
  baseRunning = false;
  #basing = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #stopping = false;
  #indexedMs = 0;
  #sizedMs = Number.NEGATIVE_INFINITY;
  readonly zeroLoss = new ZeroLoss();
  sizes: { databaseBytes: number | null; historyBytes: number | null } = { databaseBytes: null, historyBytes: null };

  constructor(order: ReceivedClusterOrder) {
    this.#order = order;
    this.registered = order.registered;
    const { id, root, history, access } = order.registered;
    this.log = order.log.child({ database: id });
    const at = (name: string) => path.join(root, name);
    this.places = { root, live: at("live"), aside: at("aside"), work: at("work"), history, access };
    this.sampler.startFrom(readCapturedThrough(history));
  }

  get isHosted(): boolean {
    return this.registered.origin === "hosted";
  }

  history(): ClusterHistory | null {
    return readClusterHistory(this.places.history);
  }

  access(): ClusterConnection {
    const access = readAccess(this.places.access);
    if (access) return access;
    throw new LastgoodError("not_protected", "It is not known yet how this cluster is reached.");
  }

  programs(major: number | null = this.history()?.serverVersion ?? null): PostgresPrograms {
    return requirePrograms(this.#order.programs, major);
  }

  serving(): ServingCluster {
    return new ServingCluster({ places: this.places, programs: this.programs(), log: this.log, synchronous: null });
  }

  /** Looks after it from now on. */
  begin(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  /** Looks how it stands, and does what follows from that; nothing while something else is done to it. */
  look(): void {
    if (this.queue.isBusy || this.#stopping) return;
    void this.queue.do(() => this.#turn()).catch((error: unknown) => this.#failed(error));
  }

  /** Makes a hosted cluster, out of nothing or of a directory that was made for it. May be repeated. */
  host(order: HostOrder): Promise<Hosted> {
    return this.queue.do(async () => {
      const serving = await prepareHosted(this, order, this.#order.takenPorts);
      await serving.start();
      const session = await this.sampler.session(this.access());
      if (order.appPassword !== null) await makeApp(session, order.appPassword);
      if (!this.history()) await this.#beginHistory(session, order);
      const { port } = this.access();
      return { serverVersion: this.programs().major, port, role: APP, database: APP };
    });
  }

  /** Everything acknowledged so far is in the history when it answers. */
  async flush(): Promise<{ lsn: string; capturedThroughMs: number }> {
    const stream = this.stream;
    if (!stream) throw new LastgoodError("not_protected", "The log of this cluster is not received yet.");
    const session = await this.sampler.session(this.access()).catch(() => null);
    if (session) {
      const { clockMs } = await readLogEnd(session);
      await session.query("SELECT pg_logical_emit_message(true, $1, '')", [FLUSH_PREFIX]);
      const { lsn } = await readLogEnd(session);
      await stream.received(session, parseLsn(lsn) ?? 0n);
      this.sampler.reached(clockMs);
    }
    await stream.index();
    const newest = stream.keeper.newest();
    if (!newest) throw new LastgoodError("not_protected", "No commit of this cluster was received yet.");
    this.#noteThrough();
    return { lsn: newest.lsn, capturedThroughMs: this.sampler.capturedThroughMs ?? newest.timeMs };
  }

  /** Takes a base backup of the incarnation that serves; answers once it counts. */
  base(label: string): Promise<KeptBase> {
    return this.#bases.do(async () => {
      const history = this.history();
      const now = history && current(history);
      if (!now) throw new LastgoodError("not_protected", "The log of this cluster is not received yet.");
      const { number } = now.incarnation;
      this.baseRunning = true;
      try {
        const base = await takeBase(
          {
            access: this.access(),
            programs: this.programs(),
            folders: incarnationFolders(this.places.history, number),
            incarnation: number,
            label,
            compress: this.isHosted ? "server" : "client",
          },
          this.#basing.signal,
        );
        this.#schedule.succeeded();
        this.log.info({ directory: base.directory, stopLsn: base.stopLsn }, "a base backup was taken");
        return base;
      } catch (error) {
        this.#schedule.failed(Date.now());
        throw error;
      } finally {
        this.baseRunning = false;
      }
    });
  }

  setPassword(role: string, password: string): Promise<void> {
    return this.queue.do(async () => setRolePassword(await this.sampler.session(this.access()), role, password));
  }

  /** The base backups of all incarnations, oldest first. */
  bases(): KeptBase[] {
    const numbers = (this.history()?.incarnations ?? []).map(({ number }) => number);
    return numbers.flatMap((number) => listBases(incarnationFolders(this.places.history, number).bases));
  }

  lastBase(): KeptBase | null {
    const now = this.stream?.incarnation.number;
    if (now === undefined) return this.bases().at(-1) ?? null;
    return listBases(incarnationFolders(this.places.history, now).bases).at(-1) ?? null;
  }

  /** Ends the server in order, after everything was received. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearInterval(this.#timer);
    this.#basing.abort(new LastgoodError("cancelled", "The cluster is being stopped."));
    await this.queue.do(() => this.rest());
  }

  /** Ends its protection: a server of somebody else's is left as it was found, with nothing that would keep its log. */
  async release(): Promise<void> {
    await this.stop();
    const history = this.isHosted ? null : this.history();
    if (!history || !existsSync(this.places.access)) return;
    await withSession(this.access(), async (session) => {
      for (const { slot } of history.incarnations) await dropSlot(session, slot);
    });
  }

  /** Stops what serves and what receives; what was received is indexed. */
  async rest(): Promise<void> {
    const wasStreaming = this.sample?.streaming === true && this.stream?.receiver.isRunning === true;
    await this.sampler.close();
    if (this.isHosted && existsSync(this.places.live)) {
      const isClean = await this.serving().stop();
      // A clean end waits until the receiver has it all.
      if (isClean && wasStreaming) this.sampler.reached(Date.now());
    }
    await this.stream?.stop();
    await this.stream?.index().catch((error: unknown) => this.log.warn({ err: error }, "the log was not indexed"));
    await this.stream?.close();
    this.stream = null;
    this.sample = null;
    this.#noteThrough();
  }

  async #turn(): Promise<void> {
    await this.swaps.resume();
    const history = this.history();
    const now = history && current(history);
    if (!now) return;
    if (this.isHosted) await this.#keepServing();
    const access = this.access();
    const session = await this.sampler.session(access);
    this.sample = await this.sampler.sample(access, now.incarnation.slot);
    const { slot } = this.sample;
    if (slot === null || slot.walStatus === "lost") {
      await this.#goOnAfterGap(session, history, slot === null ? "its slot has vanished" : "its slot was lost");
      return;
    }
    await this.receive(session, history);
    if (this.sample.streaming) this.stream?.receiver.forgive();
    this.problem = null;
    if (performance.now() - this.#indexedMs > INDEX_EVERY_MS) {
      this.#indexedMs = performance.now();
      this.#noteThrough();
      await this.stream?.index();
    }
    this.baseIfDue();
    await this.#measure(session);
  }

  async #measure(session: Session): Promise<void> {
    if (performance.now() - this.#sizedMs < SIZE_EVERY_MS) return;
    this.#sizedMs = performance.now();
    this.sizes = {
      databaseBytes: await readClusterBytes(session),
      historyBytes: await folderBytes(this.places.history),
    };
  }

  async #keepServing(): Promise<void> {
    const serving = this.serving();
    if (serving.pid() !== null) return;
    if (!serving.hasData()) {
      throw new LastgoodError("internal", "The data directory of this cluster is gone.", {
        hint: "Restore the newest moment: everything that was received is there.",
      });
    }
    await this.sampler.close();
    this.log.info("the server is started");
    await serving.start();
  }

  /** Receives the last incarnation of a history. To be called from within the queue. */
  async receive(session: Session, history: ClusterHistory): Promise<void> {
    const now = current(history);
    if (!now || this.stream?.incarnation.number === now.incarnation.number) return;
    await this.stream?.stop();
    this.stream = new ClusterStream({
      history,
      incarnation: now.incarnation,
      directory: this.places.history,
      programs: this.programs(history.serverVersion),
      access: this.access(),
      log: this.log,
    });
    await this.stream.begin(session);
  }

  /** The first incarnation: slot and receiver before the first commit that counts, so that there is one to go back to. */
  async #beginHistory(session: Session, { restoreId, origin }: Pick<HostOrder, "restoreId" | "origin">): Promise<void> {
    mkdirSync(this.places.history, { recursive: true, mode: 0o700 });
    const empty = emptyHistory(await readServerFacts(session, this.registered.id));
    const history = await this.#beginIncarnation(session, empty, { restoreId, origin, previousEnd: null });
    await this.receive(session, history);
    if (this.isHosted) {
      await session.query("SELECT pg_logical_emit_message(true, $1, $2)", [RESTORE_PREFIX, restoreId ?? "made"]);
    }
    const { lsn } = await readLogEnd(session);
    await this.stream?.received(session, parseLsn(lsn) ?? 0n, STREAM_WITHIN_MS);
    this.baseIfDue();
  }

  async #beginIncarnation(
    session: Session,
    history: ClusterHistory,
    facts: { restoreId: string | null; origin: string | null; previousEnd: { lsn: string; timeMs: number } | null },
  ): Promise<ClusterHistory> {
    const slot = slotName(this.registered.id, nextIncarnation(history));
    await makeSlot(session, slot);
    const { timeline, lsn, clockMs } = await readLogEnd(session);
    const begun = beginStretch(history, {
      ...facts,
      timeline,
      slot,
      startLsn: lsn,
      startedAtMs: clockMs,
      parent: null,
    });
    writeClusterHistory(this.places.history, begun);
    return begun;
  }

  /** The server went on without us and has removed log that we do not have: what follows is a past of its own. */
  async #goOnAfterGap(session: Session, history: ClusterHistory, reason: string): Promise<void> {
    const now = current(history);
    if (!now) return;
    await this.stream?.stop();
    await this.stream?.index().catch((error: unknown) => this.log.warn({ err: error }, "the log was not indexed"));
    const throughMs = this.sampler.capturedThroughMs ?? now.stretch.startedAtMs;
    const end = this.stream?.keeper.readThrough()?.lsn ?? now.stretch.startLsn;
    await this.stream?.close();
    this.stream = null;
    await dropSlot(session, now.incarnation.slot);
    const begun = await this.#beginIncarnation(session, history, {
      restoreId: null,
      origin: null,
      previousEnd: { lsn: end, timeMs: throughMs },
    });
    const gap = { fromMs: throughMs, toMs: Math.max(throughMs, Date.now()), reason };
    const told = { ...begun, gaps: [...begun.gaps, gap] };
    writeClusterHistory(this.places.history, told);
    this.log.error({ reason }, "log of this cluster is missing; a new base backup is taken");
    await this.receive(session, told);
    this.baseIfDue();
  }

  /** Has a base backup taken, where it is time for one. */
  baseIfDue(): void {
    const history = this.history();
    const now = history && current(history);
    if (!now || this.baseRunning || this.#bases.isBusy || this.#stopping) return;
    const newest = listBases(incarnationFolders(this.places.history, now.incarnation.number).bases).at(-1) ?? null;
    const isDue = this.#schedule.isDue({
      newest,
      newestStopLsn: newest && parseLsn(newest.stopLsn),
      receivedLsn: this.sample?.receivedLsn ?? 0n,
      nowMs: Date.now(),
    });
    if (!isDue) return;
    void this.base("lastgood scheduled").catch((error: unknown) => {
      if (!this.#stopping) this.log.error({ err: error }, "a base backup failed; it is tried again");
    });
  }

  #noteThrough(): void {
    const throughMs = this.sampler.capturedThroughMs;
    if (throughMs !== null && this.history()) writeCapturedThrough(this.places.history, Math.floor(throughMs));
  }

  #failed(error: unknown): void {
    const known =
      error instanceof LastgoodError
        ? error
        : new LastgoodError("internal", error instanceof Error ? error.message : String(error));
    if (this.problem?.error.message !== known.message) this.log.error({ err: known }, "a cluster is in trouble");
    this.problem = { error: known, sinceMs: this.problem?.sinceMs ?? Date.now() };
    this.sample = null;
  }
}
