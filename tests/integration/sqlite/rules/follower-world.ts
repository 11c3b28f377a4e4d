import path from "node:path";
import type { CommitFollower } from "../../../../lib/engines/sqlite/reader/commit-follower.ts";
import { LiveFiles } from "../../../../lib/engines/sqlite/reader/live-files.ts";
import { LogScanner } from "../../../../lib/engines/sqlite/reader/log-scanner.ts";
import { closeCapture, type OpenCapture, openCapture } from "../../../../lib/engines/sqlite/reader/open-capture.ts";
import { CapturePair } from "../../../world/capture-pair.ts";
import { SqlSession } from "../../../world/sql-session.ts";

/**
 * A reader's own follower in this process, standing at the end of a log that a foreign program keeps open and no keeper
 * holds any more: what the log does from here on is the scenario's to say.
 */
export class FollowerWorld {
  readonly file: string;
  readonly session: SqlSession;
  readonly files: LiveFiles;
  readonly open: OpenCapture;

  static async start(folder: string): Promise<FollowerWorld> {
    const file = path.join(folder, "live.db");
    const session = await SqlSession.open(file);
    await session.sql("pragma wal_autocheckpoint = 0", "pragma busy_timeout = 0");
    await session.many("insert into t values (?, randomblob(100))", 1, 20);
    const pair = new CapturePair();
    const history = pair.register("one", file);
    pair.startKeeper();
    pair.startReader();
    await pair.until("one", "protected");
    await session.many("insert into t values (?, randomblob(100))", 21, 40);
    await pair.flush("one");
    await pair.close();
    const files = new LiveFiles(file);
    if (!files.look()) throw new Error("the program has its database open");
    return new FollowerWorld(file, session, files, await openCapture(history, files, new LogScanner(), false));
  }

  private constructor(file: string, session: SqlSession, files: LiveFiles, open: OpenCapture) {
    this.file = file;
    this.session = session;
    this.files = files;
    this.open = open;
  }

  get follower(): CommitFollower {
    return this.open.follower;
  }

  /** One commit of the program's, of about two pages. */
  async commit(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.session.sql("insert into t(v) values (randomblob(100))");
  }

  /** Backfills the log, so that the next commit begins it anew under the next salts. */
  async restartLog(): Promise<void> {
    await this.session.sql("pragma wal_checkpoint(restart)");
  }

  async end(): Promise<void> {
    this.session.kill();
    this.files.close();
    await closeCapture(this.open);
  }
}
