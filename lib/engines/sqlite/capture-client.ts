import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { connectLines, type LinePeer, type Speech } from "../processes/line-socket.ts";
import type {
  AgentToKeeper,
  AgentToReader,
  Flushed,
  HistoryNote,
  KeeperStatus,
  KeeperToAgent,
  ReaderToAgent,
} from "./capture-protocol.ts";

export type CaptureHealth = {
  keeper: boolean;
  spare: boolean;
  reader: boolean;
};

const FLUSH_TIMEOUT_MS = 15_000;
const ASK_TIMEOUT_MS = 3_000;
/** A whole segment is compressed meanwhile. */
const SEAL_TIMEOUT_MS = 60_000;

/** The agent's line to keeper and reader; connects when it is needed, and again after either was restarted. */
export class CaptureClient {
  readonly #reader: Line<AgentToReader, ReaderToAgent>;
  readonly #keeper: Line<AgentToKeeper, KeeperToAgent>;

  constructor(sockets: { readerSocket: string; keeperSocket: string }) {
    this.#reader = new Line(sockets.readerSocket, readerDown, () => undefined);
    this.#keeper = new Line(sockets.keeperSocket, keeperDown, (peer) => peer.tell("hello", { as: "agent" }));
  }

  /**
   * The newest commit, once every commit published before the call is durable in the history; with `watermark`, once that
   * is written down too. Throws `not_protected` when the reader is not there or does not capture the database.
   */
  async flush(databaseId: string, watermark = false, timeoutMs = FLUSH_TIMEOUT_MS): Promise<Flushed> {
    const reader = await this.#reader.peer();
    return asNotProtected(reader.ask("flush", { database: databaseId, watermark }, timeoutMs));
  }

  /** Throws `not_protected` when no reader answers. */
  async requireReader(): Promise<void> {
    await this.#reader.peer();
  }

  /** The reader's view of one database; null when it does not know it (yet). */
  async status(databaseId: string): Promise<CaptureStatus | null> {
    const reader = await this.#reader.peer();
    const { databases } = await asNotProtected(reader.ask("status", { databases: [databaseId] }, ASK_TIMEOUT_MS));
    return databases[0] ?? null;
  }

  /** The keepers' view of one database; null when they do not know it or none answers. */
  async keeperStatus(databaseId: string): Promise<KeeperStatus | null> {
    try {
      const keeper = await this.#keeper.peer();
      const { databases } = await keeper.ask("status", { databases: [databaseId] }, ASK_TIMEOUT_MS);
      return databases[0] ?? null;
    } catch (error) {
      if (error instanceof LastgoodError) return null;
      throw error;
    }
  }

  async annotate(databaseId: string, note: HistoryNote): Promise<void> {
    const reader = await this.#reader.peer();
    await asNotProtected(reader.ask("annotate", { database: databaseId, note }, ASK_TIMEOUT_MS));
  }

  /** Has all that is captured by now sealed. */
  async seal(databaseId: string): Promise<{ txid: number }> {
    const reader = await this.#reader.peer();
    return asNotProtected(reader.ask("seal", { database: databaseId }, SEAL_TIMEOUT_MS));
  }

  async health(): Promise<CaptureHealth> {
    const reader = this.#reader
      .peer()
      .then((peer) => peer.ask("health", {}, ASK_TIMEOUT_MS))
      .then(
        () => true,
        () => false,
      );
    const keeper = this.#keeper
      .peer()
      .then((peer) => peer.ask("health", {}, ASK_TIMEOUT_MS))
      .then(
        ({ spare }) => ({ keeper: true, spare }),
        () => ({ keeper: false, spare: false }),
      );
    return { reader: await reader, ...(await keeper) };
  }

  /** Says that the registry has changed. Those who do not hear it look at the file every second anyway. */
  async nudge(): Promise<void> {
    const [reader, keeper] = await Promise.allSettled([this.#reader.peer(), this.#keeper.peer()]);
    if (reader.status === "fulfilled") reader.value.tell("registry", {});
    if (keeper.status === "fulfilled") keeper.value.tell("registry", {});
  }

  close(): void {
    this.#reader.close();
    this.#keeper.close();
  }
}

/** One connection, made on demand. */
class Line<Out extends Speech, In extends Speech> {
  readonly #path: string;
  readonly #whenDown: () => LastgoodError;
  readonly #opened: (peer: LinePeer<Out, In>) => void;
  #connecting: Promise<LinePeer<Out, In>> | null = null;
  #peer: LinePeer<Out, In> | null = null;

  constructor(path: string, whenDown: () => LastgoodError, opened: (peer: LinePeer<Out, In>) => void) {
    this.#path = path;
    this.#whenDown = whenDown;
    this.#opened = opened;
  }

  async peer(): Promise<LinePeer<Out, In>> {
    if (this.#peer && !this.#peer.closed) return this.#peer;
    this.#connecting ??= connectLines<Out, In>(this.#path, {
      asks: {} as never,
      tells: {} as never,
      opened: this.#opened,
    }).finally(() => {
      this.#connecting = null;
    });
    try {
      this.#peer = await this.#connecting;
      return this.#peer;
    } catch {
      throw this.#whenDown();
    }
  }

  close(): void {
    this.#peer?.close();
  }
}

/** A connection that breaks or times out is, to whoever asked, the reader not being there. */
async function asNotProtected<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "agent_unavailable") throw readerDown(error.message);
    throw error;
  }
}

function readerDown(why = "it does not run"): LastgoodError {
  return new LastgoodError("not_protected", `The reader, which writes the history, does not answer: ${why}.`, {
    hint: "It is restarted by itself; GET /api/health shows it. Try again in a moment.",
    retryAfterSeconds: 2,
  });
}

function keeperDown(): LastgoodError {
  return new LastgoodError("not_protected", "No keeper answers.", {
    hint: "It is restarted by itself; GET /api/health shows it. Try again in a moment.",
    retryAfterSeconds: 2,
  });
}
