import { existsSync } from "node:fs";
import path from "node:path";
import type { Logger } from "pino";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { CapturePause } from "../../engine-room.ts";
import type { ClusterPlaces } from "../cluster.ts";
import type { RegisteredCluster } from "../cluster-registry.ts";
import { current } from "../history/begin-stretch.ts";
import { readCapturedThrough } from "../history/captured-through.ts";
import { type ClusterHistory, type Incarnation, readClusterHistory } from "../history/cluster-history.ts";
import { FLUSH_PREFIX } from "../history/flush-message.ts";
import type { RecentPlan } from "../moments/plan-pruning.ts";
import { pruneCluster } from "../moments/prune-cluster.ts";
import { type PostgresPrograms, requirePrograms } from "../programs/find-programs.ts";
import type { Hosted, HostOrder } from "../receiver-protocol.ts";
import { readAccess } from "./access-file.ts";
import { beginHistory } from "./begin-incarnation.ts";
import { ClusterBases } from "./cluster-bases.ts";
import { ClusterSampler, type Sample } from "./cluster-sampler.ts";
import { ClusterStream } from "./cluster-stream.ts";
import { ClusterSwaps } from "./cluster-swaps.ts";
import { readControlData } from "./control-data.ts";
import { applyZeroLoss } from "./follow-zero-loss.ts";
import { markUnprotected, nothingKept } from "./limited-mode.ts";
import { lookAfter, noteThrough } from "./look-after.ts";
import { APP, makeApp, setRolePassword } from "./make-cluster.ts";
import { OneAfterAnother } from "./one-after-another.ts";
import { type Session, withSession } from "./open-session.ts";
import { requireProtectable } from "./preflight-attached.ts";
import { majorOf, prepareHosted } from "./prepare-hosted.ts";
import { dropSlot, receiverName } from "./replication-slot.ts";
import { readLogEnd } from "./server-facts.ts";
import { ServingCluster } from "./serving-cluster.ts";
import { ZeroLoss, type ZeroLossState } from "./zero-loss.ts";

const LOOK_EVERY_MS = 1000;
const NEVER = { indexedMs: Number.NEGATIVE_INFINITY, sizedMs: Number.NEGATIVE_INFINITY };

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
  readonly log: Logger;
  readonly sampler = new ClusterSampler();
  /** Whatever starts, stops or exchanges the cluster goes through here. */
  readonly queue = new OneAfterAnother();
  readonly bases = new ClusterBases(this);
  readonly swaps = new ClusterSwaps(this);
  readonly zeroLoss: ZeroLoss;
  /** What the server was last told; null: nothing yet. */
  appliedZeroLoss: ZeroLossState | null = null;
  stream: ClusterStream | null = null;
  /** The last look at the server; null while it cannot be asked. */
  sample: Sample | null = null;
  /** Why it does not go on; null while it does. */
  problem: { error: LastgoodError; sinceMs: number } | null = null;
  sizes: { databaseBytes: number | null; historyBytes: number | null } = { databaseBytes: null, historyBytes: null };
  /** Why no log is received for now; null: it is. */
  paused: CapturePause | null = null;
  /** How much log the server may keep meanwhile, bytes; null: as much as always. Undefined: it is not known what it was told last. */
  logLimitBytes: number | null | undefined = undefined;
  /** Whether only the server's programs of its version are there, so that nothing of it can be kept. */
  isLimited = false;
  /** The connection over which the server was found to be the one that it was. */
  provenSession: Session | null = null;
  readonly #order: ReceivedClusterOrder;
  readonly #last = { ...NEVER };
  #timer: NodeJS.Timeout | null = null;
  #stopping = false;
  #looking = false;

  constructor(order: ReceivedClusterOrder) {
    this.#order = order;
    this.registered = order.registered;
    const { id, root, history, access, zeroLoss } = order.registered;
    this.log = order.log.child({ database: id });
    const at = (name: string) => path.join(root, name);
    this.places = { root, live: at("live"), aside: at("aside"), work: at("work"), history, access };
    this.sampler.startFrom(readCapturedThrough(history));
    // From its start on: a server that is started waits for its receiver before it acknowledges anything.
    this.zeroLoss = new ZeroLoss();
    this.zeroLoss.want(zeroLoss, this.isHosted);
  }

  get isHosted(): boolean {
    return this.registered.origin === "hosted";
  }

  /** Whether log arrives: seen at a look after which the receiver has not ended. */
  get isStreaming(): boolean {
    const sinceMs = this.stream?.receiver.runningSinceMs ?? null;
    return this.sample?.streaming === true && sinceMs !== null && sinceMs < this.sample.askedMs;
  }

  readonly history = (): ClusterHistory | null => readClusterHistory(this.places.history);

  access(): ClusterConnection {
    const access = readAccess(this.places.access);
    if (access) return access;
    throw new LastgoodError("not_protected", "It is not known yet how this cluster is reached.");
  }

  programs(major: number | null = this.major()): PostgresPrograms {
    return requirePrograms(this.#order.programs, major);
  }

  /** Of PostgreSQL; null while nothing is there that would tell. */
  major(): number | null {
    return this.history()?.serverVersion ?? (this.isHosted ? majorOf(this.places.live) : null);
  }

  /** Looks which programs there are for it. They may be installed, or taken away, while we run. */
  followPrograms(): void {
    const major = this.major();
    this.isLimited = major !== null && this.programs(major).mode === "limited";
  }

  serving(programs = this.programs()): ServingCluster {
    const synchronous = this.zeroLoss.state === "on" ? receiverName(this.registered.id) : null;
    const logLimitBytes = this.logLimitBytes ?? null;
    return new ServingCluster({ places: this.places, programs, log: this.log, synchronous, logLimitBytes });
  }

  /** Looks after it from now on. */
  begin(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  /** Looks how it stands, and does what follows from that, as soon as nothing else is done to it. */
  look(): void {
    if (this.#stopping || this.#looking) return;
    this.#looking = true;
    void this.#do(() => lookAfter(this, this.#last)).finally(() => {
      this.#looking = false;
    });
  }

  /** Makes a hosted cluster, out of nothing or of a directory that was made for it. May be repeated. */
  host(order: HostOrder): Promise<Hosted> {
    return this.queue.do(async () => {
      const serving = await prepareHosted(this, order, this.#order.takenPorts);
      await serving.start();
      const session = await this.sampler.session(this.access());
      if (order.appPassword !== null) await makeApp(session, order.appPassword);
      this.followPrograms();
      if (this.isLimited) markUnprotected(this.places);
      else if (!this.history()) await beginHistory(this, session, order);
      const { port } = this.access();
      return { serverVersion: this.programs().major, port, role: APP, database: APP };
    });
  }

  /** Begins with a server of somebody else's. May be repeated. Throws `attach_refused`. */
  attach(): Promise<{ serverVersion: number }> {
    return this.queue.do(async () => {
      const serverVersion = await requireProtectable(this.access(), this.registered.id);
      const programs = this.programs(serverVersion);
      if (programs.mode === "limited") {
        const { message, details } = nothingKept(serverVersion);
        throw new LastgoodError("attach_refused", message.replace("this cluster", "that server"), details);
      }
      const session = await this.sampler.session(this.access());
      if (!this.history()) await beginHistory(this, session, { restoreId: null, origin: null });
      return { serverVersion: programs.major };
    });
  }

  /** Everything acknowledged so far is in the history when it answers. */
  async flush(): Promise<{ lsn: string; capturedThroughMs: number }> {
    const { stream, sampler, paused } = this;
    if (this.isLimited) throw nothingKept(this.major());
    if (paused) throw new LastgoodError("storage_full", paused.cause, { hint: paused.remedy });
    if (!stream) throw new LastgoodError("not_protected", "The log of this cluster is not received yet.");
    const session = await sampler.session(this.access()).catch(() => null);
    if (session) {
      const { clockMs } = await readLogEnd(session);
      await session.query("SELECT pg_logical_emit_message(true, $1, '')", [FLUSH_PREFIX]);
      const { rows } = await session.query<{ lsn: string }>("SELECT pg_current_wal_flush_lsn() AS lsn");
      await stream.received(session, parseLsn(rows[0]?.lsn ?? "") ?? 0n);
      sampler.reached(clockMs);
    }
    await stream.index();
    const newest = stream.keeper.newest();
    if (!newest) throw new LastgoodError("not_protected", "No commit of this cluster was received yet.");
    noteThrough(this);
    return { lsn: newest.lsn, capturedThroughMs: Math.floor(sampler.capturedThroughMs ?? newest.timeMs) };
  }

  /** Removes of the history what no commit from a time on needs, nor a plan of lately. */
  prune(keepFromMs: number, recent: readonly RecentPlan[]): Promise<{ removedBytes: number }> {
    return this.queue.do(async () => {
      const history = this.history();
      return history ? pruneCluster(history, this.places.history, keepFromMs, recent) : { removedBytes: 0 };
    });
  }

  setPassword(role: string, password: string): Promise<void> {
    return this.queue.do(async () => setRolePassword(await this.sampler.session(this.access()), role, password));
  }

  /** Has an incarnation received, the current one; answers at once where it is. */
  async receive(session: Session, history: ClusterHistory): Promise<ClusterStream> {
    const now = current(history);
    if (!now) throw new LastgoodError("not_protected", "This cluster has no history yet.");
    if (this.stream?.incarnation.number === now.incarnation.number) return this.stream;
    await this.stream?.stop();
    await this.stream?.close();
    const stream = this.streamOf(history, now.incarnation);
    this.stream = stream;
    await stream.begin(session);
    return stream;
  }

  /** The log of an incarnation, not received yet. */
  streamOf(history: ClusterHistory, incarnation: Incarnation): ClusterStream {
    return new ClusterStream({
      history,
      incarnation,
      directory: this.places.history,
      programs: this.programs(history.serverVersion),
      access: this.access(),
      isAttached: !this.isHosted,
      log: this.log,
    });
  }

  /** Ends the server in order, after everything was received. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.queue.do(async () => {
      await this.bases.cutOff();
      await this.#liftAttached();
      await this.rest();
    });
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
    await this.sampler.close();
    const isClean = this.isHosted && existsSync(this.places.live) && (await this.serving().stop());
    const stoppedAtMs = Date.now();
    const throughLsn = await this.letGoOfLog();
    // A clean end waits for a receiver that is there: whether one was, the log tells.
    if (isClean && throughLsn !== null && (await this.#endedBefore(throughLsn))) this.sampler.reached(stoppedAtMs);
    this.sample = null;
    noteThrough(this);
  }

  /** Ends receiving; what was received is indexed. Answers up to where that goes; null: nothing is known. */
  async letGoOfLog(): Promise<bigint | null> {
    await this.stream?.stop();
    await this.stream?.index().catch((error: unknown) => this.log.warn({ err: error }, "the log was not indexed"));
    const through = this.stream?.keeper.readThrough() ?? null;
    await this.stream?.close();
    this.stream = null;
    return through && parseLsn(through.lsn);
  }

  /** Whether the last record of a server that has stopped in order lies before a position. */
  async #endedBefore(lsn: bigint): Promise<boolean> {
    try {
      const { state, checkpoint } = await readControlData(this.programs(), this.places.live);
      return state === "shut down" && (parseLsn(checkpoint) ?? lsn) < lsn;
    } catch (error) {
      this.log.warn({ err: error }, "where the log of a server ended is not known");
      return false;
    }
  }

  isWell(): void {
    this.problem = null;
  }

  /** Nobody will be there to receive: a server of somebody else's must not wait for us. */
  async #liftAttached(): Promise<void> {
    if (this.isHosted || !this.zeroLoss.lift("Lastgood has ended.")) return;
    const session = await this.sampler.session(this.access()).catch(() => null);
    await applyZeroLoss(this, session);
  }

  async #do(work: () => Promise<unknown>): Promise<void> {
    try {
      await this.queue.do(work);
    } catch (error) {
      const known =
        error instanceof LastgoodError
          ? error
          : new LastgoodError("internal", error instanceof Error ? error.message : String(error));
      if (this.problem?.error.message !== known.message) this.log.error({ err: known }, "a cluster is in trouble");
      this.problem = { error: known, sinceMs: this.problem?.sinceMs ?? Date.now() };
      this.sample = null;
    }
  }
}
