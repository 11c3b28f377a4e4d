import { closeSync, openSync } from "node:fs";
import path from "node:path";
import type { RestartWindow } from "../../../../../lib/engines/sqlite/history/payload.ts";
import type { LogPosition } from "../../../../../lib/engines/sqlite/history/records.ts";
import { judgeRestart } from "../../../../../lib/engines/sqlite/reader/restart-rules.ts";
import { type IndexHeader, readIndexHeader } from "../../../../../lib/engines/sqlite/wal/wal-layout.ts";
import { SqlSession } from "../../../../world/sql-session.ts";
import type { Scenario } from "../scenario.ts";

// The log is read raw here, so no connection to it may be in this process: the program is another one.
class Program {
  readonly session: SqlSession;
  readonly wal: number;
  readonly shm: number;

  static async start(file: string): Promise<Program> {
    const session = await SqlSession.open(file);
    await session.sql("pragma wal_autocheckpoint = 0");
    return new Program(session, file);
  }

  private constructor(session: SqlSession, file: string) {
    this.session = session;
    this.wal = openSync(`${file}-wal`, "r");
    this.shm = openSync(`${file}-shm`, "r");
  }

  async commit(times: number): Promise<LogPosition> {
    for (let i = 0; i < times; i++) await this.session.sql("insert into t(v) values (randomblob(100))");
    const { salt1, salt2, frames, sum1, sum2 } = this.header();
    return { salt1, salt2, frame: frames, sum1, sum2 };
  }

  async restartLog(): Promise<void> {
    await this.session.sql("pragma wal_checkpoint(restart)");
  }

  header(): IndexHeader {
    const header = readIndexHeader(this.shm);
    if (!header) throw new Error("nobody writes, and yet the index has no header");
    return header;
  }

  end(): void {
    this.session.kill();
    closeSync(this.wal);
    closeSync(this.shm);
  }
}

const windowAt = (position: LogPosition): RestartWindow => ({ position, keeper: "one", confirmed: false });

export const scenario: Scenario = async (folder) => {
  const program = await Program.start(path.join(folder, "live.db"));
  const { wal } = program;
  const half = await program.commit(5);
  const end = await program.commit(5);
  await program.restartLog();
  await program.commit(1);
  const next = program.header();
  const judge = (at: LogPosition, window: RestartWindow | null, vouched: IndexHeader | null, mayVouch = false) =>
    judgeRestart(wal, at, program.header(), window, vouched, mayVouch);
  const found = {
    // The old log went on behind the position: only a window there could say otherwise, and none was ever there.
    "a log that went on": [judge(half, null, null), "gap"],
    "a window elsewhere": [judge(half, windowAt(end), next), "gap"],
    "a window elsewhere, with a keeper that may speak": [judge(half, windowAt(end), null, true), "gap"],
    "a vouched window": [judge(end, windowAt(end), next), "accepted"],
    "the remains of a log that ended here": [judge(end, null, null), "accepted"],
    "a window that nobody has vouched for yet": [judge(half, windowAt(half), null, true), "wait"],
  };
  await program.restartLog();
  await program.commit(1);
  const late = {
    // A commit of the log in between is gone, though the remains of the first one look the same.
    "two restarts": [judge(end, null, null), "gap"],
    "a word on another log": [judge(end, windowAt(end), next), "gap"],
  };
  program.end();
  const wrong = Object.entries({ ...found, ...late }).filter(([, [is, should]]) => is !== should);
  return wrong.length === 0 ? null : wrong.map(([what, [is]]) => `${what}: ${is}`).join(", ");
};
