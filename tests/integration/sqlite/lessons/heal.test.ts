import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync, rmSync, truncateSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SqlSession } from "../../../world/sql-session.ts";
import { afterTest, CapturedProgram } from "./captured-program.ts";

type Interruption = {
  what: string;
  gaps: 0 | 1;
  /** What happens while nobody captures; answers the program that has the database open afterwards. */
  meanwhile(program: CapturedProgram): Promise<SqlSession>;
};

const CLOSE =
  "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select * from t').fetchone(); c.close()";

async function reopen(program: CapturedProgram): Promise<SqlSession> {
  const session = await SqlSession.open(program.file);
  afterTest(() => session.kill());
  return session;
}

/** Nobody has the database open any more: SQLite's last close has emptied the log and removed it. */
function closeForGood(program: CapturedProgram): void {
  program.session.kill();
  execFileSync("python3", ["-c", CLOSE, program.file]);
}

async function writeOn(session: SqlSession, from: number): Promise<SqlSession> {
  await session.many("insert into t values(?, randomblob(700))", from, from + 9);
  return session;
}

const INTERRUPTIONS: readonly Interruption[] = [
  {
    what: "nothing at all",
    gaps: 0,
    meanwhile: async ({ session }) => session,
  },
  {
    what: "commits behind the position in the same log",
    gaps: 0,
    meanwhile: ({ session }) => writeOn(session, 100),
  },
  {
    what: "the program's death, and commits of its next run in the same log",
    gaps: 0,
    meanwhile: async (program) => {
      program.session.kill();
      return writeOn(await reopen(program), 100);
    },
  },
  {
    what: "a last close that removed the log, without a commit",
    gaps: 0,
    meanwhile: async (program) => {
      closeForGood(program);
      return reopen(program);
    },
  },
  {
    what: "a last close that removed the log, between commits",
    gaps: 1,
    meanwhile: async (program) => {
      await writeOn(program.session, 100);
      closeForGood(program);
      return writeOn(await reopen(program), 200);
    },
  },
  {
    what: "many restarts of the log",
    gaps: 1,
    meanwhile: async ({ session }) => {
      for (let i = 1; i <= 5; i++) {
        await writeOn(session, i * 100);
        await session.sql("pragma wal_checkpoint(restart)");
      }
      return writeOn(session, 900);
    },
  },
  {
    what: "a TRUNCATE checkpoint",
    gaps: 1,
    meanwhile: async ({ session }) => {
      await writeOn(session, 100);
      await session.sql("pragma wal_checkpoint(truncate)");
      return writeOn(session, 200);
    },
  },
  {
    what: "another file in its place",
    gaps: 1,
    meanwhile: async (program) => {
      closeForGood(program);
      copyFileSync(program.file, `${program.file}.next`);
      const other = await SqlSession.open(`${program.file}.next`);
      await other.sql("delete from t where id < 3", "pragma wal_checkpoint(truncate)");
      other.kill();
      for (const end of ["-wal", "-shm"]) rmSync(`${program.file}.next${end}`);
      renameSync(`${program.file}.next`, program.file);
      return writeOn(await reopen(program), 100);
    },
  },
  {
    what: "a power cut that took the newest frames, so that the history is ahead",
    gaps: 1,
    meanwhile: async (program) => {
      program.session.kill();
      rmSync(`${program.file}-shm`);
      truncateSync(`${program.file}-wal`, 32 + 5 * 4120);
      return reopen(program);
    },
  },
];

describe("a start after an interruption", () => {
  test.each(INTERRUPTIONS)(
    "with $what comes to the exact state, with $gaps gap",
    { timeout: 60_000 },
    async ({ gaps, meanwhile }) => {
      const program = await CapturedProgram.start();
      await program.session.many("insert into t values(?, randomblob(700))", 1, 10);
      const before = await program.pair.flush("db");
      const copyBefore = await program.session.copy();
      await program.pair.close();
      const session = await meanwhile(program);
      program.pair.startKeeper();
      program.pair.startKeeper();
      program.pair.startReader();
      await program.pair.until("db", "protected");
      const history = await program.history();
      expect(history.gaps().length).toBe(gaps);
      await program.expectState(before.txid, copyBefore);
      await program.expectState(history.newest().txid, await session.copy());
    },
  );
});
