import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { type LineServer, serveLines } from "../../lib/engines/processes/line-socket.ts";
import type { AgentToReader, ReaderToAgent } from "../../lib/engines/sqlite/capture-protocol.ts";
import type { SealAt } from "../../lib/engines/sqlite/history/history-writer.ts";
import { DatabaseCapture } from "../../lib/engines/sqlite/reader/database-capture.ts";
import { KeeperLink } from "../../lib/engines/sqlite/reader/keeper-link.ts";
import { LogScanner } from "../../lib/engines/sqlite/reader/log-scanner.ts";
import { sealCapture } from "../../lib/engines/sqlite/reader/open-capture.ts";
import type { RegisteredDatabase } from "../../lib/engines/sqlite/registry.ts";
import type { RuntimePaths } from "../../lib/runtime-paths.ts";
import type { Life } from "./mortal-disk.ts";
import type { VirtualTime } from "./virtual-time.ts";

const scanner = new LogScanner();
const log = pino({ level: process.env.SIM_LOG ?? "silent" });
/** What passes in waiting without anybody's answer is put forward, after so long in earnest. */
const PATIENCE_MS = 4;

/**
 * The engine's capture of one database within this process, for as long as its life lasts. It looks at the log when it is told
 * to, and when a keeper asks it; `beforeAnswer` is called before a keeper is told that all is copied.
 */
export class SimReader {
  readonly life: Life;
  readonly capture: DatabaseCapture;
  readonly #link: KeeperLink;
  readonly #time: VirtualTime;
  #server: LineServer<ReaderToAgent, AgentToReader> | null = null;

  static async start(
    paths: RuntimePaths,
    database: RegisteredDatabase,
    sealAt: SealAt,
    { life, time, beforeAnswer }: { life: Life; time: VirtualTime; beforeAnswer: () => void },
  ): Promise<SimReader> {
    return life.run(async () => {
      const reader = new SimReader(paths, database, sealAt, life, time, beforeAnswer);
      const { capture } = reader;
      reader.#server = await serveLines<ReaderToAgent, AgentToReader>(paths.readerSocket, {
        asks: {
          flush: ({ watermark }) => life.run(() => capture.flush(watermark === true)),
          annotate: ({ note }) => life.run(() => capture.annotate(note)),
          seal: () => life.run(() => capture.inTurn(sealCapture)),
          status: () => ({ databases: [capture.status()] }),
          health: () => ({ reader: "ready", keeper: reader.#link.id, databases: 1 }),
        },
        tells: { registry: () => undefined },
      });
      return reader;
    });
  }

  private constructor(
    paths: RuntimePaths,
    database: RegisteredDatabase,
    sealAt: SealAt,
    life: Life,
    time: VirtualTime,
    beforeAnswer: () => void,
  ) {
    this.life = life;
    this.#time = time;
    this.#link = new KeeperLink(
      paths.keeperSocket,
      {
        copied: async (id, keeper) => {
          if (id !== database.id) throw new Error("another world's database");
          const frame = await life.run(() => this.capture.copied(keeper));
          beforeAnswer();
          return frame;
        },
        near: (id) => {
          if (id !== database.id) throw new Error("another world's database");
          return life.run(() => this.capture.near());
        },
        pinned: (word, isAlive) => {
          if (word.database === database.id) life.run(() => this.capture.pinned({ ...word, isAlive }));
        },
        lost: () => this.capture.keeperLost(),
      },
      log,
    );
    this.capture = new DatabaseCapture(database, this.#link, scanner, log, sealAt);
  }

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  poll(): void {
    this.life.run(() => this.capture.poll());
  }

  /** Looks at the log again and again until something is settled. `hurry`: how quickly waits of seconds pass. */
  async drive<T>(work: Promise<T>, hurry: "fast" | "slow" | "none"): Promise<T> {
    let settled = false;
    const done = work.finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    for (let turns = 0; !settled; turns++) {
      if (turns < 50) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      await sleep(PATIENCE_MS);
      if (hurry === "fast") this.#time.skip(500);
      // Where keepers may still answer, they get their time in earnest; only a try to start comes sooner.
      if (hurry === "slow" && turns % 40 === 0) this.#time.skip(200);
      if (!settled && !this.life.dead && this.capture.status().state !== "protected") this.poll();
    }
    return done;
  }

  /** Ends as the reader does in ordinary service. */
  async close(): Promise<void> {
    await this.#server?.close();
    await this.drive(
      this.life.run(() => this.capture.close()),
      "none",
    );
    this.#link.close();
    await this.life.bury();
  }

  /** Drops it, dead as it is. */
  async bury(): Promise<void> {
    this.life.die();
    this.#link.close();
    await this.#server?.close();
    await this.life.run(() => this.capture.close());
    await this.life.bury();
  }
}
