import type { Logger } from "pino";
import type { CaptureStatus } from "../../../domain/capture.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { type LineServer, serveLines } from "../../processes/line-socket.ts";
import type { AgentToReader, ReaderToAgent } from "../capture-protocol.ts";
import { type RegisteredDatabase, type Registry, type RegistryWatch, watchRegistry } from "../registry.ts";
import { DatabaseCapture } from "./database-capture.ts";
import { KeeperLink } from "./keeper-link.ts";
import { LogScanner } from "./log-scanner.ts";
import { sealCapture } from "./open-capture.ts";
import { type Polled, PollSchedule } from "./poll-schedule.ts";

export type ReaderPaths = { registry: string; keeperSocket: string; readerSocket: string };

type Entry = { capture: DatabaseCapture; polled: Polled };

/** The capture of every registered database, and what agent and keeper may ask about it. */
export class Reader {
  private readonly log: Logger;
  private readonly link: KeeperLink;
  private readonly schedule = new PollSchedule();
  private readonly scanner = new LogScanner();
  private readonly entries = new Map<string, Entry>();
  /** Databases that are being let go of: the same history must not be opened twice. */
  private readonly closing = new Map<string, Promise<void>>();
  private readonly registry: RegistryWatch;
  private wanted: Registry = { version: 1, databases: [] };
  private server: LineServer<ReaderToAgent, AgentToReader> | null = null;

  static async start(paths: ReaderPaths, log: Logger): Promise<Reader> {
    const reader = new Reader(paths, log);
    reader.server = await serveLines<ReaderToAgent, AgentToReader>(paths.readerSocket, {
      asks: {
        flush: ({ database, watermark }) => reader.require(database).flush(watermark === true),
        annotate: ({ database, note }) => reader.require(database).annotate(note),
        seal: ({ database }) => reader.require(database).inTurn(sealCapture),
        status: ({ databases }) => ({ databases: reader.statusOf(databases) }),
        health: () => ({ reader: "ready", keeper: reader.link.id, databases: reader.entries.size }),
      },
      tells: { registry: () => reader.registry.look() },
    });
    return reader;
  }

  private constructor(paths: ReaderPaths, log: Logger) {
    this.log = log;
    this.link = new KeeperLink(
      paths.keeperSocket,
      {
        copied: (database, keeper) => this.require(database).copied(keeper),
        near: (database) => this.require(database).near(),
        pinned: (word, isAlive) => this.entries.get(word.database)?.capture.pinned({ ...word, isAlive }),
        lost: () => {
          for (const { capture } of this.entries.values()) capture.keeperLost();
        },
      },
      log,
    );
    this.registry = watchRegistry(
      paths.registry,
      (registry) => this.follow(registry),
      (error) => log.error({ err: error }, "the registry cannot be read"),
    );
  }

  /** Captures what is there, leaves every history and mirror whole, and ends. */
  async close(): Promise<void> {
    this.registry.close();
    this.schedule.close();
    await this.server?.close();
    await Promise.all([...this.entries.values()].map(({ capture }) => capture.close()));
    await Promise.all(this.closing.values());
    this.link.close();
  }

  private follow(registry: Registry): void {
    this.wanted = registry;
    const wanted = new Map(registry.databases.map((database) => [database.id, database]));
    for (const [id, { capture }] of this.entries) {
      const now = wanted.get(id);
      const { database } = capture;
      const isSame = now?.path === database.path && now.historyDirectory === database.historyDirectory;
      if (isSame && now.origin === database.origin) continue;
      this.drop(id);
    }
    for (const database of wanted.values()) if (!this.entries.has(database.id)) this.add(database);
  }

  private add(database: RegisteredDatabase): void {
    const closing = this.closing.get(database.id);
    if (closing) {
      void closing.then(() => this.follow(this.wanted));
      return;
    }
    const capture = new DatabaseCapture(database, this.link, this.scanner, this.log);
    const polled: Polled = { path: database.path, poll: () => capture.poll() };
    this.entries.set(database.id, { capture, polled });
    this.schedule.add(polled);
    this.log.info({ database: database.id, path: database.path }, "capturing");
  }

  private drop(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    this.schedule.remove(entry.polled);
    const closed = entry.capture
      .close()
      .catch((error: unknown) => this.log.error({ err: error, database: id }, "a history was not closed cleanly"))
      .finally(() => this.closing.delete(id));
    this.closing.set(id, closed);
  }

  private require(database: string): DatabaseCapture {
    const entry = this.entries.get(database);
    if (entry) return entry.capture;
    throw new LastgoodError("not_protected", "This database is not being captured.", {
      hint: "Protect the database first; right after that it takes a moment.",
      retryAfterSeconds: 1,
    });
  }

  private statusOf(databases: string[] | "all"): CaptureStatus[] {
    const ids = databases === "all" ? [...this.entries.keys()] : databases;
    return ids.flatMap((id) => this.entries.get(id)?.capture.status() ?? []);
  }
}
