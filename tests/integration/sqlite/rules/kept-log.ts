import path from "node:path";
import type { CheckpointLease } from "../../../../lib/engines/sqlite/keeper/checkpointer.ts";
import { LogHold } from "../../../../lib/engines/sqlite/keeper/log-hold.ts";
import { openLive } from "../../../../lib/engines/sqlite/keeper/open-live.ts";
import type { LogRound } from "../../../../lib/engines/sqlite/keeper/relieve-log.ts";
import { SqlSession } from "../../../world/sql-session.ts";
import { saltsOf } from "./scenario.ts";

/** A log that a foreign program writes and a keeper's own hold pins, in this process; the scenario plays the reader. */
export class KeptLog {
  readonly file: string;
  readonly session: SqlSession;
  readonly hold: LogHold;
  readonly lease: CheckpointLease;

  static async start(folder: string): Promise<KeptLog> {
    const file = path.join(folder, "live.db");
    const session = await SqlSession.open(file);
    await session.sql("pragma wal_autocheckpoint = 0", "pragma busy_timeout = 0");
    await session.many("insert into t values (?, randomblob(100))", 1, 20);
    return new KeptLog(file, session);
  }

  private constructor(file: string, session: SqlSession) {
    this.file = file;
    this.session = session;
    this.hold = new LogHold(file);
    const connection = openLive(file, 0);
    const run = (mode: string) => async () => {
      const row = connection.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
      return { busy: row?.busy !== 0, frames: Number(row?.log), backfilled: Number(row?.checkpointed) };
    };
    this.lease = { checkpoint: run("PASSIVE"), empty: run("TRUNCATE") };
    if (!this.hold.tryWake()) throw new Error("nobody else writes yet");
    this.hold.move("woken");
  }

  round(copied: LogRound["copied"]): LogRound {
    return {
      hold: this.hold,
      copied,
      near: async () => this.frames,
      moveSpare: async () => true,
      signal: new AbortController().signal,
    };
  }

  get frames(): number {
    return this.hold.look().frames;
  }

  get salts(): string {
    return saltsOf(this.file);
  }

  /** One commit of the foreign program's; false when it is locked out. */
  async commits(): Promise<boolean> {
    try {
      await this.session.sql("insert into t(v) values (randomblob(100))");
      return true;
    } catch (error) {
      if (String(error).includes("locked")) return false;
      throw error;
    }
  }

  /** The foreign program does its best to empty the log, then commits. */
  async tryRestart(): Promise<void> {
    await this.session.sql("pragma wal_checkpoint(truncate)");
    await this.commits();
  }
}
